//! Changes of rows, carried back to keys of Redis.

use std::collections::{BTreeMap, BTreeSet};

use redis::Pipeline;

use super::Row;

const ACCOUNTS: &str = "vestibule:{accounts}:";

/// A row that came, went, or is another: what Redis has of it follows, with everything that it is found by.
pub(super) fn carry(table: &str, before: Option<&Row>, after: Option<&Row>, changes: &mut Pipeline) {
    let change = Change { before, after };
    match table {
        "credentials" => credential(&change, changes),
        "identities" => identity(&change, changes),
        "imports" => {
            changes.hset(format!("{ACCOUNTS}imports"), change.now("file_hash"), change.now("lines_done")).ignore();
        }
        "invitations" => invitation(&change, changes),
        "known_places" => place(&change, changes),
        "outbox" => mail(&change, changes),
        "profile_entries" => {
            let field = format!("p:{}:{}", change.now("provider"), change.now("name"));
            changes.hset(format!("{ACCOUNTS}user:{}", change.now("user_id")), field, change.now("value")).ignore();
        }
        "proofs" => proof(&change, changes),
        "recovery_codes" => _ = changes.sadd(format!("{ACCOUNTS}codes:{}", change.now("user_id")), change.now("code_hash")).ignore(),
        "signins" => signin(&change, changes),
        "signing_keys" => {
            change.fields(&format!("vestibule:{{keys}}:key:{}", change.now("kid")), &["kid", "is_first"], changes);
            changes.zadd("vestibule:{keys}:active", change.now("kid"), change.now("active_from")).ignore();
        }
        "steps" => change.fields(&format!("vestibule:step:{}", change.now("id_hash")), &["id_hash"], changes),
        "user_roles" => match (before, after) {
            (None, Some(_)) => _ = changes.sadd(change.role_key(), change.any("user_id")).ignore(),
            (Some(_), None) => _ = changes.srem(change.role_key(), change.any("user_id")).ignore(),
            _ => panic!("a role is given or taken away"),
        },
        "users" => user(&change, changes),
        other => panic!("tell this function how a change of {other} is carried back"),
    }
}

/// The roles of all users of whom any changed, which stand in the user's hash too.
pub(super) fn carry_roles(before: &BTreeMap<i64, Row>, after: &BTreeMap<i64, Row>, changes: &mut Pipeline) {
    let of = |rows: &BTreeMap<i64, Row>| rows.values().map(|row| (text(row, "user_id"), text(row, "role"))).collect::<BTreeSet<_>>();
    let (before, after) = (of(before), of(after));
    let users: BTreeSet<&String> = before.symmetric_difference(&after).map(|(user, _)| user).collect();
    for user in users {
        let roles: Vec<&str> = after.iter().filter(|(of, _)| of == user).map(|(_, role)| role.as_str()).collect();
        let key = format!("{ACCOUNTS}user:{user}");
        if roles.is_empty() {
            changes.hdel(key, "roles").ignore();
        } else {
            changes.hset(key, "roles", roles.join(",")).ignore();
        }
    }
}

fn text(row: &Row, column: &str) -> String {
    row.get(column).map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
}

struct Change<'a> {
    before: Option<&'a Row>,
    after: Option<&'a Row>,
}

impl Change<'_> {
    /// Of the row as it is now; empty for null.
    fn now(&self, column: &str) -> String {
        text(self.after.expect("a row that stays"), column)
    }

    fn old(&self, column: &str) -> Option<String> {
        self.before.filter(|row| row.contains_key(column)).map(|row| text(row, column))
    }

    /// Of the row as it is now, or was.
    fn any(&self, column: &str) -> String {
        text(self.after.or(self.before).expect("a row"), column)
    }

    fn is_null(&self, column: &str) -> bool {
        !self.after.is_some_and(|row| row.contains_key(column))
    }

    fn role_key(&self) -> String {
        format!("{ACCOUNTS}role:{}:users", self.any("role"))
    }

    /// Sets the fields of a hash that are another now.
    fn fields(&self, key: &str, except: &[&str], changes: &mut Pipeline) {
        let none = Row::new();
        let (before, after) = (self.before.unwrap_or(&none), self.after.expect("a row that stays"));
        let columns: BTreeSet<&String> = before.keys().chain(after.keys()).filter(|column| !except.contains(&column.as_str())).collect();
        for column in columns.into_iter().filter(|column| before.get(*column) != after.get(*column)) {
            let field = match column.as_str() {
                "user_id" => "user",
                "private_data" => "private",
                "invitation_id" => "invitation",
                same => same,
            };
            match after.get(column) {
                Some(value) => changes.hset(key, field, value).ignore(),
                None => changes.hdel(key, field).ignore(),
            };
        }
    }
}

fn credential(change: &Change<'_>, changes: &mut Pipeline) {
    let key = format!("{ACCOUNTS}password:{}", change.any("user_id"));
    if change.after.is_some() {
        changes.set(key, change.now("password_hash")).ignore();
    } else {
        changes.del(key).ignore();
    }
}

fn identity(change: &Change<'_>, changes: &mut Pipeline) {
    let name = |row: &Row| format!("{}:{}", text(row, "provider"), text(row, "subject"));
    let after = change.after.expect("an identity that stays");
    let of = format!("{ACCOUNTS}identities:{}", change.now("user_id"));
    if let Some(before) = change.before.filter(|before| name(before) != name(after)) {
        changes.rename(format!("{ACCOUNTS}identity:{}", name(before)), format!("{ACCOUNTS}identity:{}", name(after))).ignore();
        changes.srem(&of, name(before)).ignore();
    }
    changes.sadd(&of, name(after)).ignore();
    change.fields(&format!("{ACCOUNTS}identity:{}", name(after)), &[], changes);
}

fn invitation(change: &Change<'_>, changes: &mut Pipeline) {
    let id = change.now("id");
    change.fields(&format!("{ACCOUNTS}invitation:{id}"), &[], changes);
    let member = format!("{id:0>16}");
    for set in ["open", "used", "revoked"] {
        changes.zrem(format!("{ACCOUNTS}invitations:{set}"), &member).ignore();
    }
    let decides = [("used", "used_at"), ("revoked", "revoked_at"), ("open", "expires_at")];
    let (set, column) = decides.into_iter().find(|(_, column)| !change.is_null(column)).expect("an end");
    changes.zadd(format!("{ACCOUNTS}invitations:{set}"), member, change.now(column)).ignore();
}

fn mail(change: &Change<'_>, changes: &mut Pipeline) {
    let id = change.now("id");
    change.fields(&format!("{ACCOUNTS}mail:{id}"), &["id"], changes);
    if change.before.is_none() {
        changes.zadd(format!("{ACCOUNTS}mails"), &id, &id).ignore();
        changes.zadd(format!("{ACCOUNTS}mails:{}", change.now("state")), &id, &id).ignore();
        changes.sadd(format!("{ACCOUNTS}mails:to:{}", change.now("recipient")), &id).ignore();
    }
    if change.now("state") == "pending" {
        let claimed: i64 = change.now("claimed_until").parse().unwrap_or(0);
        let at = claimed.max(change.now("next_at").parse().expect("a time"));
        changes.zadd(format!("{ACCOUNTS}mails:due"), format!("{id:0>16}"), at).ignore();
    }
}

fn place(change: &Change<'_>, changes: &mut Pipeline) {
    let (user, network, at) = (change.now("user_id"), change.now("network"), change.now("seen_at"));
    changes.zadd(format!("{ACCOUNTS}places:{user}"), &network, &at).ignore();
    changes.zadd(format!("{ACCOUNTS}places"), format!("{user} {network}"), &at).ignore();
}

fn proof(change: &Change<'_>, changes: &mut Pipeline) {
    let (id, proofs) = (change.now("id_hash"), "vestibule:{proofs}:");
    change.fields(&format!("{proofs}proof:{id}"), &[], changes);
    if change.before.is_none() {
        changes.set(format!("{proofs}token:{}", change.now("token_hash")), &id).ignore();
        changes.sadd(format!("{proofs}of:{}", change.now("user_id")), &id).ignore();
    }
}

fn signin(change: &Change<'_>, changes: &mut Pipeline) {
    assert!(change.before.is_none(), "a history has no second thoughts");
    let number = format!("{:0>16}", change.now("id"));
    change.fields(&format!("{ACCOUNTS}signin:{number}"), &["id"], changes);
    let mut found_by = vec!["signins".to_owned()];
    for (set, column) in [("user", "user_id"), ("provider", "provider"), ("result", "result")] {
        if !change.is_null(column) {
            found_by.push(format!("signins:{set}:{}", change.now(column)));
        }
    }
    for set in found_by {
        changes.zadd(format!("{ACCOUNTS}{set}"), &number, change.now("at")).ignore();
    }
}

fn user(change: &Change<'_>, changes: &mut Pipeline) {
    assert!(change.before.is_some(), "a user is made by the gateway");
    let id = change.now("id");
    change.fields(&format!("{ACCOUNTS}user:{id}"), &["id"], changes);
    let (old, new) = (change.old("email"), change.after.and_then(|row| row.get("email")));
    if old.as_ref().map(String::as_bytes) == new.map(Vec::as_slice) {
        return;
    }
    if let Some(old) = old {
        changes.hdel(format!("{ACCOUNTS}emails"), &old).ignore();
        changes.zrem(format!("{ACCOUNTS}addresses"), &old).ignore();
    }
    if let Some(new) = new {
        changes.hset(format!("{ACCOUNTS}emails"), new, &id).ignore();
        changes.zadd(format!("{ACCOUNTS}addresses"), new, 0).ignore();
    }
}
