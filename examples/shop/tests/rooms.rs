//! The house keeps its shape: data flows one way, and no file grows beyond what one reads in one sitting.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What each room of `src` may know, besides itself. `app`, `cli`, `lib` and `main` build the house, and so know all of it.
const KNOWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("clock", &["model"]),
    ("random", &[]),
    ("log", &[]),
    ("settings", &[]),
    ("identity", &["model"]),
    ("store", &["model"]),
    ("seed", &["model", "store"]),
    ("flow", &["model", "clock", "identity", "store"]),
    ("http", &["model", "flow", "random"]),
];
const BUILDERS: &[&str] = &["app", "cli", "lib", "main"];
const LONGEST: usize = 500;

fn sources(directory: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// The first words of what is named after `crate::`, in paths and in groups.
fn named(text: &str) -> BTreeSet<String> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut names = BTreeSet::new();
    for (at, found) in code.match_indices("crate::") {
        let mut depth = 0;
        let mut word = String::new();
        for c in code[at + found.len()..].chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                c if depth <= 1 && (c.is_alphanumeric() || c == '_') => word.push(c),
                ',' if depth == 1 => names.extend(first(&mut word)),
                // What follows the first word of a member is not a room.
                c if depth <= 1 && !c.is_whitespace() && !word.ends_with(':') => word.push(':'),
                _ => {}
            }
            if depth == 0 && !(c.is_alphanumeric() || c == '_') {
                break;
            }
        }
        names.extend(first(&mut word));
    }
    names
}

fn first(word: &mut String) -> Option<String> {
    let whole = std::mem::take(word);
    whole.split(':').next().filter(|name| !name.is_empty()).map(ToOwned::to_owned)
}

#[test]
fn data_flows_one_way() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for path in sources(&top) {
        let inside = path.strip_prefix(&top).unwrap();
        let room = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.lines().count() <= LONGEST, "{} is too long", inside.display());
        if BUILDERS.contains(&room.as_str()) {
            continue;
        }
        let (_, knows) = KNOWS.iter().find(|(name, _)| *name == room).unwrap_or_else(|| panic!("{room} has no place in this test"));
        let foreign = named(&text).into_iter().filter(|name| *name != room && !knows.contains(&name.as_str()));
        wrong.extend(foreign.map(|name| format!("{} -> {name}", inside.display())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn this_test_sees_groups_and_paths() {
    let text =
        "use crate::{\n    flow::{Error, key},\n    store,\n};\nfn f() { crate::mail::x(a, b) }\n// crate::http\nuse crate::model::Page;";
    assert_eq!(named(text).into_iter().collect::<Vec<_>>(), ["flow", "mail", "model", "store"]);
}
