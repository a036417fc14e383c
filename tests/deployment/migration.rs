//! What an upgrade without downtime rests on: a migration adds, and what is running goes on.

use std::fs;

use super::repository;

/// These were there before anything was in use.
const FIRST: [&str; 2] = ["0001_foundation.sql", "0002_accounts.sql"];

/// Statements without comments, in small letters.
fn statements(text: &str) -> Vec<String> {
    let code: Vec<&str> = text.lines().map(|line| line.split("--").next().unwrap()).collect();
    code.join(" ").to_lowercase().split(';').map(|statement| statement.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn takes_something_away(statement: &str) -> bool {
    let needs_a_value = statement.contains(" add column ") && statement.contains(" not null") && !statement.contains(" default ");
    let changes = ["drop table", "drop column", " rename ", "alter column", "truncate ", "delete from"];
    needs_a_value || changes.iter().any(|part| format!(" {statement} ").contains(part))
}

#[test]
fn migrations_only_add() {
    let mut seen = 0;
    for entry in fs::read_dir(repository("migrations")).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if FIRST.contains(&name.as_str()) || entry.path().extension().is_none_or(|extension| extension != "sql") {
            continue;
        }
        for statement in statements(&fs::read_to_string(entry.path()).unwrap()) {
            assert!(!takes_something_away(&statement), "{name}: gateways of the version before would fail: {statement}");
        }
        seen += 1;
    }
    assert!(seen >= 2, "the migrations were not found");
}

#[test]
fn what_takes_away_is_recognised() {
    for statement in ["drop table x", "alter table x rename to y", "alter table x add column y text not null", "delete from x"] {
        assert!(takes_something_away(statement), "{statement}");
    }
    assert!(!takes_something_away("alter table x add column y text not null default ''"));
}
