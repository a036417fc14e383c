//! Rows of tables, out of keys of Redis. `docs/redis.md` names the keys.

use super::Row;

/// Where the rows of a table come from.
pub(super) struct Source {
    pub(super) table: &'static str,
    /// Of keys, as `KEYS` takes it.
    pub(super) pattern: &'static str,
    /// Redis's name for the type of these keys.
    pub(super) kind: &'static str,
    pub(super) rows: fn(Kept) -> Vec<Row>,
}

/// A key.
pub(super) struct Kept {
    /// What stands for the star of the pattern.
    pub(super) name: String,
    /// A value, members, or names with values.
    pub(super) held: Vec<Vec<u8>>,
}

const fn source(table: &'static str, kind: &'static str, pattern: &'static str, rows: fn(Kept) -> Vec<Row>) -> Source {
    Source { table, pattern, kind, rows }
}

pub(super) const SOURCES: &[Source] = &[
    source("allowances", "string", "vestibule:{limits}:*", |kept| {
        // Kept until it is spent no more.
        vec![row([("name", kept.name.into_bytes()), ("spent_to", kept.held[0].clone()), ("expires_at", kept.held[0].clone())])]
    }),
    source("audit", "hash", "vestibule:{audit}:entry:*", |kept| vec![audited(kept.record("id", &[]))]),
    source("counters", "hash", "vestibule:count:*", |kept| vec![kept.of_a_provider()]),
    source("credentials", "string", "vestibule:{accounts}:password:*", |kept| {
        vec![row([("user_id", kept.name.into_bytes()), ("password_hash", kept.held[0].clone())])]
    }),
    source("identities", "hash", "vestibule:{accounts}:identity:*", |kept| {
        vec![kept.record("", &[("user", "user_id"), ("private", "private_data")])]
    }),
    source("imports", "hash", "vestibule:{accounts}:imports", |kept| {
        kept.pairs().map(|(file, lines)| row([("file_hash", file), ("lines_done", lines), ("updated_at", b"0".to_vec())])).collect()
    }),
    source("invitation_roles", "hash", "vestibule:{accounts}:invitation:*", |kept| {
        kept.roles().map(|role| row([("invitation_id", kept.name.clone().into_bytes()), ("role", role)])).collect()
    }),
    source("invitations", "hash", "vestibule:{accounts}:invitation:*", |kept| vec![without(kept.record("id", &[]), "roles")]),
    source("known_places", "zset", "vestibule:{accounts}:places:*", |kept| {
        let user = kept.name.clone().into_bytes();
        kept.pairs().map(|(network, at)| row([("user_id", user.clone()), ("network", network), ("seen_at", at)])).collect()
    }),
    source("kv", "hash", "vestibule:kv:*", |kept| vec![kept.of_a_provider()]),
    source("outbox", "hash", "vestibule:{accounts}:mail:*", |kept| vec![kept.record("id", &[])]),
    source("profile_entries", "hash", "vestibule:{accounts}:user:*", Kept::profile),
    source("proofs", "hash", "vestibule:{proofs}:proof:*", |kept| vec![kept.record("", &[("user", "user_id")])]),
    source("provider_switches", "hash", "vestibule:switches", |kept| {
        kept.pairs().map(|(name, on)| row([("provider", name), ("enabled", on), ("changed_at", b"0".to_vec())])).collect()
    }),
    source("recovery_codes", "set", "vestibule:{accounts}:codes:*", |kept| {
        let user = kept.name.clone().into_bytes();
        kept.held.into_iter().map(|hash| row([("user_id", user.clone()), ("code_hash", hash)])).collect()
    }),
    source("roles", "hash", "vestibule:{accounts}:role:*", |kept| vec![kept.record("name", &[])]),
    source("sessions", "hash", "vestibule:{s:*}:session:*", |kept| vec![kept.record("id", &[("user", "user_id")])]),
    source("signin_hours", "hash", "vestibule:{accounts}:hour:*", |kept| {
        let hour = kept.name.clone().into_bytes();
        let counted = kept.pairs().map(|(name, count)| {
            let name = String::from_utf8(name).expect("a text");
            let (provider, result) = name.split_once(':').expect("a provider and a result");
            row([("hour", hour.clone()), ("provider", provider.into()), ("result", result.into()), ("count", count)])
        });
        counted.collect()
    }),
    source("signing_keys", "hash", "vestibule:{keys}:key:*", |kept| vec![kept.record("kid", &[])]),
    source("signins", "hash", "vestibule:{accounts}:signin:*", |kept| vec![kept.record("id", &[("user", "user_id")])]),
    source("steps", "hash", "vestibule:step:*", |kept| vec![kept.record("id_hash", &[])]),
    source("user_blocks", "zset", "vestibule:{accounts}:users", Kept::blocks),
    source("user_roles", "hash", "vestibule:{accounts}:user:*", |kept| {
        kept.roles().map(|role| row([("user_id", kept.name.clone().into_bytes()), ("role", role)])).collect()
    }),
    source("users", "hash", "vestibule:{accounts}:user:*", |kept| {
        let mut user = without(without(kept.record("id", &[("invitation", "invitation_id")]), "roles"), "login");
        user.retain(|column, _| !column.starts_with("p:"));
        vec![user]
    }),
];

fn row<const N: usize>(columns: [(&str, Vec<u8>); N]) -> Row {
    columns.into_iter().map(|(column, value)| (column.to_owned(), value)).collect()
}

fn without(mut row: Row, column: &str) -> Row {
    row.remove(column);
    row
}

fn audited(mut entry: Row) -> Row {
    let actor = String::from_utf8(entry["actor"].clone()).expect("a text");
    if let Some(id) = actor.strip_prefix("user:") {
        entry.insert("actor".to_owned(), b"user".to_vec());
        entry.insert("actor_user".to_owned(), id.into());
    }
    entry
}

impl Kept {
    /// Names with values; a sorted set's are members with scores.
    fn pairs(self) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
        let mut held = self.held.into_iter();
        std::iter::from_fn(move || held.next().zip(held.next()))
    }

    fn field(&self, wanted: &str) -> Option<&Vec<u8>> {
        self.held.chunks_exact(2).find(|pair| pair[0] == wanted.as_bytes()).map(|pair| &pair[1])
    }

    /// A hash as a row: the name of its key is the column `id`, unless that is empty; some fields have other names than columns.
    fn record(self, id: &str, renamed: &[(&str, &str)]) -> Row {
        let name = self.name.clone();
        let column = |field: Vec<u8>| {
            let field = String::from_utf8(field).expect("a text");
            renamed.iter().find(|(old, _)| *old == field).map_or(field, |(_, column)| (*column).to_owned())
        };
        let mut row: Row = self.pairs().map(|(field, value)| (column(field), value)).collect();
        if !id.is_empty() {
            row.insert(id.to_owned(), name.into_bytes());
        }
        row
    }

    fn roles(&self) -> impl Iterator<Item = Vec<u8>> + use<> {
        let names = String::from_utf8(self.field("roles").cloned().unwrap_or_default()).expect("a text");
        let names: Vec<Vec<u8>> = names.split(',').filter(|name| !name.is_empty()).map(Into::into).collect();
        names.into_iter()
    }

    fn profile(self) -> Vec<Row> {
        let user = self.name.clone().into_bytes();
        let entry = |(field, value): (Vec<u8>, Vec<u8>)| {
            let field = String::from_utf8(field).expect("a text");
            let (provider, name) = field.strip_prefix("p:")?.split_once(':')?;
            Some(row([("user_id", user.clone()), ("name", name.into()), ("provider", provider.into()), ("value", value)]))
        };
        self.pairs().filter_map(entry).collect()
    }

    /// `LENGTH:TYPE:KEY` beside the fields.
    fn of_a_provider(self) -> Row {
        let name = self.name.clone();
        let (length, rest) = name.split_once(':').expect("a length");
        let (namespace, key) = rest.split_at(length.parse().expect("a length"));
        let mut row = self.record("", &[]);
        row.insert("namespace".to_owned(), namespace.into());
        row.insert("key".to_owned(), key[1..].into());
        row
    }

    /// The sorted set by which pages of users are found, counted as the blocks of ids are that serve the same end.
    fn blocks(self) -> Vec<Row> {
        let mut blocks = std::collections::BTreeMap::<i64, i64>::new();
        for (id, _) in self.pairs() {
            let id: i64 = String::from_utf8(id).expect("a text").parse().expect("an id");
            *blocks.entry(id / 1024).or_default() += 1;
        }
        blocks.into_iter().map(|(block, users)| row([("block", block.to_string().into()), ("users", users.to_string().into())])).collect()
    }
}
