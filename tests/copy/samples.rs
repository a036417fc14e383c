//! Records of every kind, with every column set in one of them at least, and as little as possible in another.

use vestibule::store::records::{
    Record, Row, Value,
    kind::{Holds, Kind, Table},
};

/// When the tests take place.
pub const NOW: i64 = 1_700_000_000_123_456;

/// A value of a column, or what a record is about.
fn value(table: &Table, column: usize, n: i64) -> Value {
    let Table { name, columns, .. } = table;
    let column = &columns[column];
    let text = |text: &str| Value::Text(text.to_owned());
    let is_even = n % 2 == 0;
    match (*name, column.name) {
        ("users", "email" | "display_name" | "locale" | "invitation_id")
        | ("signins", "user_id")
        | ("identities", "private_data")
        | ("proofs", "user_id" | "sealed" | "confirmed_at")
        | ("invitations", "created_by" | "note" | "used_at" | "used_by")
        | ("audit", "actor_user")
        | ("sessions", "ended_at" | "end_reason")
            if is_even =>
        {
            Value::None
        }
        ("users", "email") => Value::Text(format!("user{n}@example.org")),
        ("roles", "name") => Value::Text(["admin", "editor"][usize::from(!is_even)].to_owned()),
        ("roles", "built_in") => Value::Flag(is_even),
        (_, "role") => text("editor"),
        (_, "provider") => Value::Text(format!("provider-{n}")),
        ("invitations", "revoked_at") => {
            if n == 4 {
                Value::Number(NOW)
            } else {
                Value::None
            }
        }
        ("invitations", "expires_at") => Value::Number(NOW + 1_000_000 + n),
        ("outbox", "state") => text(if n % 3 == 0 {
            "pending"
        } else if n % 3 == 1 {
            "sent"
        } else {
            "failed"
        }),
        ("outbox", "done_at") if n % 3 != 0 => Value::Number(NOW + n),
        ("outbox", "done_at") => Value::None,
        ("outbox", "claimed_by" | "claimed_until" | "sealed" | "last_error") if n % 3 != 0 || is_even => Value::None,
        ("audit", "actor") => text(if is_even { "operator" } else { "user" }),
        ("sessions", "amr" | "roles") => text("[\"simple\",\"totp\"]"),
        ("sessions", "ext") => text("{\"simple\":{\"level\":3}}"),
        ("sessions", "user_id") => Value::Number(n * 3),
        ("sessions" | "steps" | "proofs" | "kv" | "counters", "expires_at") => Value::Number(NOW + 3_600_000_000 + n),
        ("sessions", "idle_expires_at") => Value::Number(NOW + 600_000_000 + n),
        ("signing_keys", "is_first") => Value::Flag(n == 1),
        (_, "user_id" | "created_by" | "used_by" | "actor_user" | "id" | "invitation_id") => Value::Number(n),
        (_, "hour") => Value::Number(472_222 + n / 2),
        (_, "seen_at" | "at" | "created_at" | "used_at") => Value::Number(NOW - n),
        _ => match column.holds {
            Holds::Number => Value::Number(NOW + n),
            Holds::Text => Value::Text(format!("{}-{n}: \"quoted\" 🦀", column.name)),
            Holds::Bytes => Value::Bytes(vec![0, 255, u8::try_from(n % 256).unwrap(), 10]),
            Holds::Flag => Value::Flag(!is_even),
        },
    }
}

fn row(table: &Table, n: i64) -> Row {
    (0..table.columns.len()).map(|column| value(table, column, n)).collect()
}

/// So many records of a kind.
pub fn records(kind: &Kind, count: i64) -> Vec<Record> {
    let count = if kind.table.name == "roles" { 2 } else { count };
    let first = i64::from(kind.table.name != "roles");
    (first..first + count)
        .map(|n| Record { row: row(&kind.table, n), parts: kind.parts.iter().map(|part| parts(part, n)).collect() })
        .collect()
}

/// Of odd records only; up to two rows, where there may be several.
fn parts(table: &Table, n: i64) -> Vec<Row> {
    let most = if matches!(table.name, "credentials" | "user_roles" | "invitation_roles") { 1 } else { 2 };
    (0..most).filter(|_| n % 2 == 1).map(|place| row(table, 100_000 + n * 2 + place)).collect()
}
