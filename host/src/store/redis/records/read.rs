//! Reading everything: most kinds along a sorted set, what has no index by a scan of the keys.

use std::{collections::BTreeMap, vec};

use async_trait::async_trait;
use redis::cmd;

use super::{
    super::{
        ACCOUNTS, RedisStore, audit,
        error::unexpected,
        key,
        link::Patience,
        proof,
        record::Fields,
        script::{Args, script},
        session, switch,
    },
    hash::row,
};
use crate::store::{
    Result,
    records::{Kind, PAGE, Pages, Record, Row, Value, kind::USERS},
};

/// A sorted set, and the hashes that its members lead to.
struct Index {
    prefix: String,
    name: &'static str,
    /// How the keys of the hashes begin.
    record: &'static str,
    /// Members lead to hashes as numbers without zeros before them.
    plain: bool,
    /// A field that names a user, who may be gone.
    owner: &'static str,
    /// The field that the member stands for.
    id: &'static str,
}

const fn index(prefix: String, name: &'static str, record: &'static str, plain: bool, owner: &'static str, id: &'static str) -> Index {
    Index { prefix, name, record, plain, owner, id }
}

/// The sorted sets through which all of a kind are found; none if it has none.
fn indexes(kind: &Kind) -> Vec<Index> {
    let accounts = || ACCOUNTS.to_owned();
    match kind.table.name {
        "roles" => vec![index(accounts(), "roles", "role", false, "", "name")],
        "users" => vec![index(accounts(), "users", "user", true, "", "id")],
        "invitations" => vec![index(accounts(), "invitations", "invitation", true, "created_by", "id")],
        "signins" => vec![index(accounts(), "signins", "signin", false, "user", "id")],
        "signin_hours" => vec![index(accounts(), "hours", "hour", false, "", "hour")],
        "outbox" => vec![index(accounts(), "mails", "mail", true, "", "id")],
        "audit" => vec![index(audit::PREFIX.to_owned(), "entries", "entry", false, "", "id")],
        "signing_keys" => vec![index(key::PREFIX.to_owned(), "active", "key", false, "", "kid")],
        "sessions" => (0..session::GROUPS).map(|group| index(session::prefix(group), "ends", "session", true, "", "id")).collect(),
        _ => Vec::new(),
    }
}

/// How the keys begin that are found by a scan.
fn scanned(kind: &Kind) -> Option<String> {
    match kind.table.name {
        "steps" => Some("vestibule:step:".to_owned()),
        "proofs" => Some(format!("{}proof:", proof::PREFIX)),
        "kv" => Some("vestibule:kv:".to_owned()),
        "counters" => Some("vestibule:count:".to_owned()),
        _ => None,
    }
}

pub(super) fn pages<'s>(store: &'s RedisStore, kind: &'static Kind) -> Box<dyn Pages + 's> {
    if std::ptr::eq(kind, &raw const USERS) {
        Box::new(Users { store, after: 0 })
    } else if let Some(prefix) = scanned(kind) {
        Box::new(Scan { store, kind, prefix, keys: None })
    } else if indexes(kind).is_empty() {
        Box::new(One { store, kind, done: false })
    } else {
        Box::new(Stretch { store, kind, indexes: indexes(kind).into_iter(), at: None })
    }
}

pub(super) async fn count(store: &RedisStore, kind: &'static Kind) -> Result<u64> {
    let (indexes, mut count) = (indexes(kind), 0);
    // An hour is several records.
    if indexes.is_empty() || kind.table.name == "signin_hours" {
        let mut pages = pages(store, kind);
        while let Some(page) = pages.next().await? {
            count += page.len() as u64;
        }
        return Ok(count);
    }
    for index in indexes {
        count += store.command::<u64>(cmd("ZCARD").arg(format!("{}{}", index.prefix, index.name))).await?;
    }
    Ok(count)
}

/// Along sorted sets, one after another.
struct Stretch<'s> {
    store: &'s RedisStore,
    kind: &'static Kind,
    indexes: vec::IntoIter<Index>,
    at: Option<(Index, usize)>,
}

#[async_trait]
impl Pages for Stretch<'_> {
    async fn next(&mut self) -> Result<Option<Vec<Record>>> {
        let Some((index, first)) = self.at.take().or_else(|| self.indexes.next().map(|index| (index, 0))) else { return Ok(None) };
        let args = Args::new().one(index.name).one(index.record).one(index.plain).one(index.owner).one(first).one(first + PAGE - 1);
        let found: Vec<(String, Fields)> = self.store.run_patiently(script!("copy_read"), &index.prefix, args, Patience::Long).await?;
        let (id, read) = (index.id, found.len());
        if read == PAGE {
            self.at = Some((index, first + PAGE));
        }
        // The end of what ends by itself may have come before the index was cleaned.
        let there = found.into_iter().filter(|(_, fields)| !fields.is_empty());
        let records: Result<Vec<Vec<Record>>> = there.map(|(member, fields)| records(self.kind, id, &member, fields)).collect();
        Ok(Some(records?.concat()))
    }
}

/// What a hash holds: one record, or the counts of an hour.
fn records(kind: &Kind, id: &'static str, member: &str, mut fields: Fields) -> Result<Vec<Record>> {
    match kind.table.name {
        "signin_hours" => return hour(member, fields),
        "audit" => split_actor(&mut fields),
        _ => {}
    }
    let parts = match kind.table.name {
        "invitations" => vec![names(fields.get("roles"))?],
        _ => Vec::new(),
    };
    // Histories have zeros before their numbers.
    let bytes = if id == "id" { member.parse::<i64>().map_err(unexpected)?.to_string() } else { member.to_owned() }.into_bytes();
    fields.insert(id.to_owned(), bytes);
    Ok(vec![Record { row: row(&kind.table, member, fields)?, parts }])
}

fn hour(hour: &str, fields: Fields) -> Result<Vec<Record>> {
    let hour = Value::Number(hour.parse().map_err(unexpected)?);
    let mut records = Vec::new();
    for (name, count) in fields {
        let (provider, result) = name.split_once(':').ok_or_else(|| unexpected(&name))?;
        let count = text(count)?.parse().map_err(unexpected)?;
        let row = vec![hour.clone(), Value::Text(provider.to_owned()), Value::Text(result.to_owned()), Value::Number(count)];
        records.push(Record { row, parts: Vec::new() });
    }
    Ok(records)
}

/// Here an actor is one word: `user:7`.
fn split_actor(fields: &mut Fields) {
    if let Some(user) = fields.get("actor").and_then(|actor| actor.strip_prefix(b"user:")).map(<[u8]>::to_vec) {
        fields.insert("actor".to_owned(), b"user".to_vec());
        fields.insert("actor_user".to_owned(), user);
    }
}

/// Rows of one name each, of a text with commas.
fn names(text: Option<&Vec<u8>>) -> Result<Vec<Row>> {
    let text = String::from_utf8(text.cloned().unwrap_or_default()).map_err(unexpected)?;
    Ok(text.split(',').filter(|name| !name.is_empty()).map(|name| vec![Value::Text(name.to_owned())]).collect())
}

fn text(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(unexpected)
}

/// Users, with all that belongs to them.
struct Users<'s> {
    store: &'s RedisStore,
    after: i64,
}

/// Id, hash, password, ways in, recovery codes, places with their times.
type Whole = (i64, Fields, Option<String>, Vec<Fields>, Vec<String>, Vec<String>);

#[async_trait]
impl Pages for Users<'_> {
    async fn next(&mut self) -> Result<Option<Vec<Record>>> {
        let args = Args::new().one(self.after).one(PAGE);
        let users: Vec<Whole> = self.store.run_patiently(script!("copy_read_users"), ACCOUNTS, args, Patience::Long).await?;
        let Some((last, ..)) = users.last() else { return Ok(None) };
        self.after = *last;
        users.into_iter().map(user).collect::<Result<_>>().map(Some)
    }
}

fn user((id, mut fields, hash, ways, codes, places): Whole) -> Result<Record> {
    let roles = names(fields.get("roles"))?;
    let mut profile = Vec::new();
    for (field, value) in &fields {
        if let Some((provider, name)) = field.strip_prefix("p:").and_then(|rest| rest.split_once(':')) {
            profile.push([name, provider, &text(value.clone())?].map(|text| Value::Text(text.to_owned())).to_vec());
        }
    }
    fields.insert("id".to_owned(), id.to_string().into_bytes());
    let key = id.to_string();
    let ways = ways.into_iter().map(|way| row(&USERS.parts[1], &key, way)).collect::<Result<_>>()?;
    let seen = |pair: &[String]| match pair {
        [network, at] => at.parse().map(|at| vec![Value::Text(network.clone()), Value::Number(at)]).map_err(unexpected),
        other => Err(unexpected(format!("{other:?}"))),
    };
    let one = |text: String| vec![Value::Text(text)];
    let parts = vec![
        hash.into_iter().map(one).collect(),
        ways,
        profile,
        roles,
        codes.into_iter().map(one).collect(),
        places.chunks(2).map(seen).collect::<Result<_>>()?,
    ];
    Ok(Record { row: row(&USERS.table, &key, fields)?, parts })
}

/// Keys that no index names. They end by themselves and are few: their names are kept.
struct Scan<'s> {
    store: &'s RedisStore,
    kind: &'static Kind,
    prefix: String,
    keys: Option<vec::IntoIter<Vec<u8>>>,
}

#[async_trait]
impl Pages for Scan<'_> {
    async fn next(&mut self) -> Result<Option<Vec<Record>>> {
        let keys = match &mut self.keys {
            Some(keys) => keys,
            none => none.insert(self.store.keys(&format!("{}*", self.prefix)).await?.into_iter()),
        };
        let page: Vec<Vec<u8>> = keys.by_ref().take(PAGE).collect();
        if page.is_empty() {
            return Ok(None);
        }
        let (store, kind, prefix) = (self.store, self.kind, &self.prefix);
        let read = page.into_iter().map(async |name| {
            let fields: Fields = store.command(cmd("HGETALL").arg(&name)).await?;
            if fields.is_empty() { Ok(None) } else { named(kind, &text(name)?[prefix.len()..], fields).map(Some) }
        });
        Ok(Some(store.some_at_once(read.collect()).await?.into_iter().flatten().collect()))
    }
}

/// With what its key says.
fn named(kind: &Kind, name: &str, mut fields: Fields) -> Result<Record> {
    let mut put = |field: &str, value: &str| fields.insert(field.to_owned(), value.as_bytes().to_vec());
    if matches!(kind.table.name, "kv" | "counters") {
        // LENGTH:NAMESPACE:KEY
        let (length, rest) = name.split_once(':').ok_or_else(|| unexpected(name))?;
        let length: usize = length.parse().map_err(unexpected)?;
        let (namespace, key) = rest.split_at_checked(length).ok_or_else(|| unexpected(name))?;
        put("namespace", namespace);
        put("key", key.strip_prefix(':').ok_or_else(|| unexpected(name))?);
    } else {
        put("id_hash", name);
    }
    Ok(Record { row: row(&kind.table, name, fields)?, parts: Vec::new() })
}

/// What is one hash in all.
struct One<'s> {
    store: &'s RedisStore,
    kind: &'static Kind,
    done: bool,
}

#[async_trait]
impl Pages for One<'_> {
    async fn next(&mut self) -> Result<Option<Vec<Record>>> {
        if std::mem::replace(&mut self.done, true) {
            return Ok(None);
        }
        let is_switches = self.kind.table.name == "provider_switches";
        let key = if is_switches { switch::KEY.to_owned() } else { format!("{ACCOUNTS}imports") };
        let fields: BTreeMap<String, i64> = self.store.command(cmd("HGETALL").arg(key)).await?;
        let value = |number| if is_switches { Value::Flag(number != 0) } else { Value::Number(number) };
        let record = |(name, number)| Record { row: vec![Value::Text(name), value(number)], parts: Vec::new() };
        Ok(Some(fields.into_iter().map(record).collect()))
    }
}
