use std::collections::BTreeMap;

use super::*;
use crate::provider::grant::secret_files;

fn parse_in(directory: &Path, text: &str) -> Result<Grants, GrantError> {
    let variable = |name: &str| (name == "APP_SECRET").then(|| "hunter2".to_owned());
    Grants::parse(text, "facebook.toml", Surroundings { variable: &variable, directory, allow_loopback: true })
}

fn parse(text: &str) -> Result<Grants, String> {
    parse_in(Path::new("/nowhere"), text).map_err(|error| error.to_string())
}

#[test]
fn an_empty_file_grants_nothing() {
    let grants = parse("").unwrap();
    assert_eq!(grants, Grants::default());
    assert!(grants.enabled && grants.signup && !grants.vouch && !grants.mail && grants.hosts.is_empty());
    assert!(grants.mails["code"].subject.contains("{code}"));
}

#[test]
fn every_key_is_read() {
    let digest = "AB".repeat(32);
    let text = format!(
        r#"
enabled = true
component = "oidc.wasm"
sha256 = "{digest}"
vouch = true
signup = false
hosts = ["Graph.facebook.com", "127.0.0.1:9000"]
mail = true
[settings]
app_id = 123
name = "x"
strict = true
[secrets]
app_secret = {{ env = "APP_SECRET", hosts = ["graph.facebook.com:443"] }}
all = {{ env = "APP_SECRET" }}
hmac = {{ env = "APP_SECRET", hosts = [] }}
[mails.welcome]
subject = "Hello {{name}}"
text = "Hello"
[limits]
cpu_ms = 1_000
fetches = 0x0a
"#
    );
    let grants = parse(&text).unwrap();
    assert!(grants.enabled && grants.vouch && !grants.signup && grants.mail);
    assert_eq!(grants.component.as_deref(), Some("oidc.wasm"));
    assert_eq!(grants.sha256, Some("ab".repeat(32)));
    assert_eq!(grants.hosts, ["graph.facebook.com", "127.0.0.1:9000"]);
    let settings = [("app_id", "123"), ("name", "x"), ("strict", "true")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(grants.settings, BTreeMap::from(settings));
    assert_eq!(grants.secrets["app_secret"].value.expose(), "hunter2");
    assert_eq!(grants.secrets["app_secret"].hosts, ["graph.facebook.com"]);
    assert_eq!(grants.secrets["all"].hosts, grants.hosts, "a secret goes to every granted host unless the file says less");
    assert!(grants.secrets["hmac"].hosts.is_empty());
    assert_eq!(grants.mails.keys().collect::<Vec<_>>(), ["code", "welcome"]);
    assert_eq!((grants.limits.cpu_ms, grants.limits.fetches), (1000, 10));
}

#[test]
fn a_provider_that_is_off_needs_no_secrets_yet() {
    let secrets = "[secrets]\napp_secret = { env = \"NOT_SET\" }";
    assert!(parse(secrets).is_err());
    assert!(!parse(&format!("enabled = false\n{secrets}")).unwrap().enabled);
}

#[test]
fn mistakes_name_file_line_and_mend() {
    for (text, expected) in [
        ("\nenabeld = true", "facebook.toml line 2: unknown key `enabeld`; known are enabled, component"),
        ("[limits]\ncpu = 1", "facebook.toml line 2: unknown key `limits.cpu`; known are cpu_ms, wall_ms"),
        ("enabled = \"yes\"", "facebook.toml line 1: `enabled` must be true or false"),
        ("enabled = ", "facebook.toml line 1: not TOML"),
        ("component = \"../x.wasm\"", "`component` must be the name of a file in this directory"),
        ("component = \"x.cwasm\"", "`component` must be the name of a file in this directory"),
        ("sha256 = \"abc\"", "`sha256` must be the 64 hexadecimal digits"),
        ("hosts = \"a.b\"", "`hosts` must be a list"),
        ("hosts = [\n\"a.b\",\n\"*.c\"]", "facebook.toml line 3: `hosts` has an entry that cannot be granted: `*.c` has a wildcard"),
        ("settings = 1", "`settings` must be a table: begin it with [settings]"),
        ("[settings]\nx = 1.5", "`settings.x` must be a text, a whole number, true or false"),
        ("[settings]\n\"a b\" = 1", "line 2: the name `settings.a b`"),
        ("[secrets]\nx = \"hunter2\"", "`secrets.x` must be { env = \"NAME\" } or { file = \"PATH\" }"),
        ("[secrets]\nx = { env = \"A\", file = \"B\" }", "`secrets.x` must be { env"),
        ("[secrets]\nx = { env = \"A\", host = [] }", "unknown key `secrets.x.host`; known are env, file, hosts"),
        ("[secrets]\nx = { env = \"MISSING\" }", "line 2: `secrets.x.env` names the environment variable MISSING, which is not set"),
        ("[secrets]\nx = { file = \"x\" }", "`secrets.x.file` names /nowhere/x: No such file"),
        ("[secrets]\nx = { env = \"APP_SECRET\", hosts = [\"a.b\"] }", "`secrets.x` may go to a.b, which is not granted"),
        ("[mails.x]\nsubject = \"a\"", "`mails.x` needs both `subject` and `text`"),
        ("[mails.x]\nsubject = \"a\\nb\"\ntext = \"b\"", "`mails.x.subject` must be one line"),
        ("[limits]\ncpu_ms = 0", "`limits.cpu_ms` must be a whole number from 10 to 10000"),
        ("[limits]\nconcurrent = -1", "`limits.concurrent` must be a whole number from 1 to 1024"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.contains(expected) && error.starts_with("facebook.toml line "), "{text}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn secrets_are_read_from_files() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("secret"), "hunter2\r\n").unwrap();
    std::fs::write(directory.path().join("empty"), "\n").unwrap();
    let grants = parse_in(directory.path(), "[secrets]\nx = { file = \"secret\" }").unwrap();
    assert_eq!(grants.secrets["x"].value.expose(), "hunter2");
    let error = parse_in(directory.path(), "[secrets]\nx = { file = \"empty\" }").unwrap_err();
    assert!(error.problem.ends_with("which is empty"), "{error}");
    let error = parse_in(directory.path(), "[secrets]\nx = { file = \".\" }").unwrap_err();
    assert!(error.problem.contains("not a regular file"), "{error}");
}

#[test]
fn the_files_of_secrets_are_known_even_if_the_rest_is_broken() {
    let files = secret_files("nonsense = 1\n[secrets]\na = { file = \"x\" }\nb = { env = \"Y\" }\nc = { file = \"/z\" }", Path::new("/p"));
    assert_eq!(files, [Path::new("/p/x"), Path::new("/z")]);
    assert!(secret_files("secrets = 1", Path::new("/p")).is_empty());
}

#[test]
fn sign_ups_have_a_rule_of_their_own() {
    for (word, policy) in [("open", SignupPolicy::Open), ("invite", SignupPolicy::Invite), ("closed", SignupPolicy::Closed)] {
        let grants = parse(&format!("signup = \"{word}\"")).unwrap();
        assert_eq!((grants.signup, grants.signup_policy), (true, Some(policy)));
    }
    let grants = parse("signup = true").unwrap();
    assert_eq!((grants.signup, grants.signup_policy), (true, None));
    for text in ["signup = \"never\"", "signup = 1", "signup = [\"open\"]"] {
        let refused = parse(text).unwrap_err();
        assert!(
            refused.contains("facebook.toml line 1") && refused.contains("must be true, false, \"open\", \"invite\" or \"closed\""),
            "{refused}"
        );
    }
}
