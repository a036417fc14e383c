//! The house keeps its shape: data flows one way, and no file grows beyond what one reads in one sitting.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What each room of `host/src` may know, besides itself.
const KNOWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("clock", &["model"]),
    ("random", &[]),
    ("limit", &["model"]),
    ("store", &["model", "clock"]),
    ("token", &["model", "random"]),
    ("password", &["model", "random"]),
    ("mail", &["model"]),
    ("metrics", &[]),
    ("trace", &[]),
    ("provider", &["model", "clock", "random"]),
    ("flow", &["model", "clock", "random", "limit", "store", "token", "password", "mail", "provider", "metrics", "trace"]),
    ("http", &["model", "flow", "random", "trace"]),
    ("config", &["model"]),
    ("log", &["config", "trace"]),
];

/// These build the house, and so know all of it.
const BUILDERS: &[&str] = &["app", "cli", "lib", "main"];

const LONGEST_FILE: usize = 500;

fn sources() -> Vec<PathBuf> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), &mut found);
    assert!(found.len() > 50, "the sources were not found");
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/src")
}

/// The first folder or file name below `host/src`.
fn room(path: &Path) -> String {
    let inside = path.strip_prefix(root()).unwrap();
    inside.iter().next().unwrap().to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// Rooms named after `crate::`, in paths and in groups.
fn rooms_named(text: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut named = BTreeSet::new();
    for (_, rest) in code.match_indices("crate::").map(|(at, found)| code[at..].split_at(found.len())) {
        match rest.strip_prefix('{') {
            None => {
                named.insert(word(rest));
            }
            Some(group) => named.extend(top_level(group)),
        }
    }
    named.remove("");
    named
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The first words of the members of `{a::{..}, b, c::d}`, up to its closing brace.
fn top_level(group: &str) -> Vec<String> {
    let (mut depth, mut members, mut member) = (1, Vec::new(), String::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => members.push(std::mem::take(&mut member)),
            _ if depth == 1 => member.push(c),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    members.push(member);
    members.iter().map(|member| word(member.trim())).collect()
}

#[test]
fn data_flows_one_way() {
    let mut arrows_back = Vec::new();
    for path in sources() {
        let from = room(&path);
        if BUILDERS.contains(&from.as_str()) {
            continue;
        }
        let (_, knows) =
            KNOWS.iter().find(|(name, _)| *name == from).unwrap_or_else(|| panic!("the room {from} has no place in this test"));
        let text = fs::read_to_string(&path).unwrap();
        // Unit tests may use any room's stand-ins.
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        if path.file_name().is_some_and(|name| name == "tests.rs") || path.iter().any(|part| part == "tests") {
            continue;
        }
        let foreign = rooms_named(product).into_iter().filter(|to| *to != from && !knows.contains(&to.as_str()));
        arrows_back.extend(foreign.map(|to| format!("{}: {from} -> {to}", path.strip_prefix(root()).unwrap().display())));
    }
    assert!(arrows_back.is_empty(), "{arrows_back:#?}");
}

#[test]
fn no_file_is_too_long() {
    let long: Vec<_> = sources().into_iter().filter(|path| fs::read_to_string(path).unwrap().lines().count() > LONGEST_FILE).collect();
    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn this_test_sees_groups_and_paths() {
    let text = "use crate::{\n    flow::{Error, key},\n    store,\n};\nfn f() { crate::mail::x() }\n// crate::http";
    assert_eq!(rooms_named(text).into_iter().collect::<Vec<_>>(), ["flow", "mail", "store"]);
}
