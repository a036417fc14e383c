use std::collections::BTreeMap;

use super::*;
use crate::{
    model::{Secret, provider::Setting},
    provider::{
        engine::compiler_engine,
        grant::{GrantedSecret, MailTemplate},
    },
};

const PROVIDER: &str = "vestibule:provider/provider@1.0.0";

fn files() -> Files {
    Files { wasm: "facebook.wasm".to_owned(), toml: "facebook.toml".to_owned() }
}

fn grants() -> Grants {
    Grants { mails: BTreeMap::new(), ..Grants::default() }
}

fn manifest() -> Manifest {
    Manifest {
        name: "Facebook".to_owned(),
        summary: String::new(),
        version: "1".to_owned(),
        signup: None,
        signin: None,
        attributes: Vec::new(),
        vouches: true,
        factor: false,
        hosts: vec!["graph.facebook.com".to_owned()],
        settings: vec![
            Setting { name: "app_id".to_owned(), required: true, help: String::new() },
            Setting { name: "graph_url".to_owned(), required: false, help: String::new() },
        ],
        secrets: vec!["app_secret".to_owned()],
        mails: vec!["welcome".to_owned()],
    }
}

fn refusal(imports: &[&str], exports: &[&str]) -> String {
    wanted_by(imports, exports, &files()).unwrap_err().to_string()
}

#[test]
fn a_factor_needs_the_operators_word() {
    let manifest = Manifest { factor: true, vouches: false, settings: Vec::new(), secrets: Vec::new(), mails: Vec::new(), ..manifest() };
    let wanted = Granted { http: false, mail: false };
    let missing = |grants: &Grants| super::missing("totp", wanted, &manifest, grants);
    assert_eq!(Missing::list(&missing(&grants()), "totp.toml"), "is a second factor, not granted in totp.toml: add factor = true");
    assert_eq!(missing(&Grants { factor: true, ..grants() }), []);
}

#[test]
fn names_say_what_a_component_is() {
    assert_eq!(
        refusal(&[], &["wasi:http/incoming-handler@0.2.0"]),
        "facebook.wasm does not export vestibule:provider/provider; is it built for the world way-in?"
    );
    let other = "facebook.wasm is built for vestibule:provider 2.x, this gateway speaks 1.x";
    assert_eq!(refusal(&[], &["vestibule:provider/provider@2.1.0"]), other);
    assert_eq!(refusal(&["vestibule:provider/host@2.0.0"], &[PROVIDER]), other);
}

#[test]
fn what_nobody_gets_is_named() {
    for import in [
        "wasi:filesystem/types@0.2.6",
        "wasi:sockets/tcp@0.2.0",
        "wasi:http/outgoing-handler@0.2.0",
        "wasi:cli/stdin@0.3.0",
        "wasi:cli-evil/stdin@0.2.0",
        "vestibule:provider/accounts@1.0.0",
        "a-function",
    ] {
        assert_eq!(refusal(&[import], &[PROVIDER]), format!("facebook.wasm needs {import}, which no provider gets"));
    }
}

#[test]
fn later_minors_and_wasi_fit() {
    let imports = ["wasi:io/streams@0.2.9", "wasi:cli/stderr@0.2.6", "vestibule:provider/http@1.4.0", "vestibule:provider/kv@1.0.0"];
    assert_eq!(wanted_by(&imports, &[PROVIDER], &files()), Ok(Granted { http: true, mail: false }));
    assert_eq!(wanted_by(&["vestibule:provider/mail@1.0.0"], &[PROVIDER], &files()), Ok(Granted { http: false, mail: true }));
}

#[test]
fn every_missing_line_is_said_at_once() {
    let all = missing("facebook", Granted::EVERYTHING, &manifest(), &grants());
    let text = Unfit::NotGranted { wasm: files().wasm, toml: files().toml, missing: all }.to_string();
    assert_eq!(
        text,
        "facebook.wasm needs http, not granted in facebook.toml: add hosts = [\"graph.facebook.com\"]; \
         it needs mail, not granted in facebook.toml: add mail = true; \
         it vouches for people itself, not granted in facebook.toml: add vouch = true; \
         it needs the setting app_id, missing in facebook.toml: add app_id = \"...\" under [settings]; \
         it needs the secret app_secret, missing in facebook.toml: add app_secret = { env = \"FACEBOOK_APP_SECRET\" } under [secrets]; \
         it sends the mail welcome, missing in facebook.toml: add subject and text under [mails.welcome]"
    );
}

#[test]
fn nothing_is_missing_once_granted() {
    let mut grants = grants();
    grants.vouch = true;
    grants.mail = true;
    grants.hosts = vec!["graph.facebook.com".to_owned()];
    grants.settings.insert("app_id".to_owned(), "123".to_owned());
    let secret = GrantedSecret { value: Secret::new("s".to_owned()), hosts: Vec::new() };
    grants.secrets.insert("app_secret".to_owned(), secret);
    grants.mails.insert("welcome".to_owned(), MailTemplate { subject: String::new(), text: String::new() });
    assert_eq!(missing("facebook", Granted::EVERYTHING, &manifest(), &grants), []);
    assert_eq!(missing("facebook", Granted { http: false, mail: false }, &manifest(), &grants), []);
}

#[test]
fn names_are_read_from_real_components() {
    let engine = compiler_engine().unwrap();
    let read = |text: &str| {
        let component = Component::from_binary(&engine, &wat::parse_str(text).unwrap()).unwrap();
        wanted(&engine, &component, &files())
    };
    assert_eq!(read("(component)"), Err(Unfit::NoProvider { wasm: "facebook.wasm".to_owned() }));
    let exported = |version: &str, imports: &str| {
        read(&format!(r#"(component {imports} (instance $i) (export "vestibule:provider/provider@{version}" (instance $i)))"#))
    };
    assert_eq!(exported("1.0.0", ""), Ok(Granted { http: false, mail: false }));
    assert!(matches!(exported("2.0.0", ""), Err(Unfit::OtherMajor { theirs, .. }) if theirs == "2"));
    let files = r#"(import "wasi:filesystem/preopens@0.2.6" (instance))"#;
    assert!(matches!(exported("1.0.0", files), Err(Unfit::UnknownImport { import, .. }) if import.contains("wasi:filesystem")));
    let http = r#"(import "vestibule:provider/http@1.0.0" (instance))"#;
    assert_eq!(exported("1.0.0", http), Ok(Granted { http: true, mail: false }));
}
