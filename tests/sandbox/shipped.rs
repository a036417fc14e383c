//! What the shipped plugins ask for: a new import of one of them is seen here first.

use std::{collections::BTreeSet, fs};

use wasmparser::{Parser, Payload};

use crate::app::plugin;

/// What the component itself imports, nested ones aside.
fn imports(name: &str) -> BTreeSet<String> {
    let bytes = fs::read(plugin(name)).unwrap();
    let (mut depth, mut names) = (0_u32, BTreeSet::new());
    for payload in Parser::new(0).parse_all(&bytes) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                names.extend(section.into_iter().map(|import| import.unwrap().name.name.to_owned()));
            }
            _ => {}
        }
    }
    names
}

fn assert_asks_for(name: &str, wanted: &[&str]) {
    let imports = imports(name);
    let (own, others): (BTreeSet<_>, BTreeSet<_>) = imports.iter().partition(|import| import.starts_with("vestibule:provider/"));
    let own: Vec<_> = own.iter().filter_map(|import| import.strip_prefix("vestibule:provider/")?.strip_suffix("@1.0.0")).collect();
    assert_eq!(own, wanted, "{name}");
    assert!(others.iter().all(|import| import.starts_with("wasi:cli/") || import.starts_with("wasi:io/")), "{name}: {others:?}");
}

#[test]
fn g2_simple_asks_for_nothing_at_all() {
    assert_asks_for("simple", &["types"]);
}

#[test]
fn g2_login_asks_for_nothing_at_all() {
    assert_asks_for("login", &["types"]);
}

#[test]
fn g2_facebook_fetches_and_verifies() {
    assert_asks_for("facebook", &["crypto", "host", "http", "types"]);
}

#[test]
fn g2_email_code_sends_mail_and_counts() {
    assert_asks_for("email-code", &["crypto", "host", "kv", "mail", "types"]);
}

#[test]
fn g4_totp_keeps_secrets_and_counts() {
    assert_asks_for("totp", &["crypto", "host", "identities", "kv", "types"]);
}
