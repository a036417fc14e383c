//! Taking everything in: each record by one script, which keeps it and puts it into the indexes.

use redis::cmd;

use super::{
    super::{
        ACCOUNTS, RedisStore, audit, key, kv,
        link::Patience,
        proof,
        script::{Args, Pairs, Script, script},
        session, step, switch,
        user::profile_field,
    },
    hash::{bytes, pairs},
};
use crate::{
    model::{SessionId, Timestamp},
    store::{
        Result, StoreError,
        records::{Kind, Record, Row, Value, kind::USERS},
    },
};

/// A record with the names of its columns.
#[derive(Clone, Copy)]
struct Named<'r> {
    kind: &'static Kind,
    record: &'r Record,
}

impl Named<'_> {
    /// What a column has to have.
    fn need(self, column: &'static str) -> Result<Vec<u8>> {
        self.maybe(column).ok_or_else(|| StoreError::Broken {
            table: self.kind.table.name,
            column,
            row: "?".to_owned(),
            problem: "not set".to_owned(),
        })
    }

    fn maybe(self, column: &str) -> Option<Vec<u8>> {
        bytes(self.record.value(self.kind, column))
    }

    fn text(self, column: &'static str) -> Result<String> {
        let broken =
            |problem: &str| StoreError::Broken { table: self.kind.table.name, column, row: "?".to_owned(), problem: problem.to_owned() };
        String::from_utf8(self.need(column)?).map_err(|_| broken("not UTF-8"))
    }

    fn number(self, column: &str) -> i64 {
        if let Value::Number(number) = self.record.value(self.kind, column) { *number } else { 0 }
    }

    fn time(self, column: &str) -> Timestamp {
        Timestamp(self.number(column))
    }

    /// The record's own fields, but for those columns that stand elsewhere.
    fn fields(self, but: &[&str]) -> Pairs {
        pairs(&self.kind.table, &self.record.row, but)
    }

    /// The first values of a part's rows.
    fn firsts(self, part: usize) -> impl Iterator<Item = Vec<u8>> {
        self.record.parts[part].iter().filter_map(|row| row.first().and_then(bytes))
    }
}

pub(super) async fn take_in(store: &RedisStore, kind: &'static Kind, record: &Record, at: Timestamp) -> Result<()> {
    let of = Named { kind, record };
    match kind.table.name {
        "users" => run(store, script!("accounts", "copy_user"), ACCOUNTS, user(of)?).await,
        "invitations" => run(store, script!("invitation", "copy_invitation"), ACCOUNTS, invitation(of)?).await,
        "signins" => run(store, script!("history", "copy_entry"), ACCOUNTS, sign_in(of)?).await,
        "audit" => run(store, script!("history", "copy_entry"), audit::PREFIX, audit(of)?).await,
        "signin_hours" => {
            let name = format!("{}:{}", of.text("provider")?, of.text("result")?);
            run(store, script!("copy_hour"), ACCOUNTS, Args::new().one(of.need("hour")?).one(name).one(of.need("count")?)).await
        }
        "outbox" => {
            let args = Args::new().one(of.need("id")?).one(of.need("recipient")?).one(of.need("state")?).maybe(of.maybe("done_at"));
            run(store, script!("outbox", "copy_mail"), ACCOUNTS, args.pairs(of.fields(&["id", "state"]))).await
        }
        "roles" => role(store, of).await,
        "provider_switches" => store.command(cmd("HSET").arg(switch::KEY).arg(of.need("provider")?).arg(of.need("enabled")?)).await,
        "imports" => {
            store.command(cmd("HSET").arg(format!("{ACCOUNTS}imports")).arg(of.need("file_hash")?).arg(of.need("lines_done")?)).await
        }
        "signing_keys" => {
            let but: &[&str] = if *record.value(kind, "is_first") == Value::Flag(true) { &["kid"] } else { &["kid", "is_first"] };
            let args = Args::new().one(false).one(of.need("kid")?).one(of.need("active_from")?).pairs(of.fields(but));
            run(store, script!("key_add"), key::PREFIX, args).await
        }
        "sessions" => session(store, of, at).await,
        "proofs" => {
            let args = Args::new().one(of.need("id_hash")?).one(of.need("token_hash")?).maybe(of.maybe("user_id"));
            let args = args.one(store.keep(of.time("expires_at"))).pairs(of.fields(&[]));
            run(store, script!("proof", "proof_put"), proof::PREFIX, args).await
        }
        "steps" => passing(store, of, &step::name(&of.text("id_hash")?), &["id_hash"]).await,
        "kv" | "counters" => {
            let word = if kind.table.name == "kv" { "kv" } else { "count" };
            passing(store, of, &kv::name(word, &of.text("namespace")?, &of.text("key")?), &["namespace", "key"]).await
        }
        other => Err(StoreError::Statement(format!("{other} has no place in Redis"))),
    }
}

async fn run(store: &RedisStore, script: &Script, prefix: &str, args: Args) -> Result<()> {
    store.run_patiently(script, prefix, args, Patience::Long).await
}

/// A record of its own, which ends by itself.
async fn passing(store: &RedisStore, of: Named<'_>, name: &str, but: &[&str]) -> Result<()> {
    let args = Args::new().one(store.keep(of.time("expires_at"))).pairs(of.fields(but));
    run(store, script!("record_put"), name, args).await
}

fn user(of: Named<'_>) -> Result<Args> {
    let mut fields = of.fields(&["id", "email"]);
    for row in &of.record.parts[2] {
        if let [Value::Text(name), Value::Text(provider), value] = row.as_slice() {
            fields = fields.put_if(profile_field(provider, name), bytes(value));
        }
    }
    let ways = &of.record.parts[1];
    let args = Args::new()
        .one(of.need("id")?)
        .maybe(of.maybe("email"))
        .pairs(fields)
        .maybe(of.firsts(0).next())
        .list(of.firsts(3))
        .one(ways.len());
    let args = ways.iter().fold(args, |args, row| identity(args, row, of.number("id")));
    let places = of.record.parts[5].iter().flatten().filter_map(bytes);
    Ok(args.list(of.firsts(4)).list(places))
}

fn identity(args: Args, row: &Row, user: i64) -> Args {
    let table = &USERS.parts[1];
    let named = |column| table.place(column).and_then(|place| bytes(&row[place])).unwrap_or_default();
    args.one(named("provider")).one(named("subject")).pairs(pairs(table, row, &[]).put("user", user))
}

/// In the set of its state, by the time that decides it.
fn invitation(of: Named<'_>) -> Result<Args> {
    let (set, at) = match (of.maybe("used_at"), of.maybe("revoked_at")) {
        (Some(at), _) => ("used", at),
        (None, Some(at)) => ("revoked", at),
        (None, None) => ("open", of.need("expires_at")?),
    };
    let mut roles: Vec<Vec<u8>> = of.firsts(0).collect();
    roles.sort_unstable();
    let args = Args::new().one(of.need("id")?).one(of.need("token_hash")?).one(of.need("email")?).one(set).one(at);
    Ok(args.list(&roles).pairs(of.fields(&[]).put("roles", roles.join(&b","[..]))))
}

fn sign_in(of: Named<'_>) -> Result<Args> {
    let mut indexes =
        vec!["signins".to_owned(), format!("signins:provider:{}", of.text("provider")?), format!("signins:result:{}", of.text("result")?)];
    if of.maybe("user_id").is_some() {
        indexes.push(format!("signins:user:{}", of.number("user_id")));
    }
    Ok(Args::new().one("signin").one(of.need("id")?).one(of.need("at")?).pairs(of.fields(&["id"])).list(indexes))
}

fn audit(of: Named<'_>) -> Result<Args> {
    let actor = match of.maybe("actor_user") {
        Some(_) => format!("user:{}", of.number("actor_user")),
        None => of.text("actor")?,
    };
    let indexes = [
        "entries".to_owned(),
        format!("actor:{actor}"),
        format!("action:{}", of.text("action")?),
        format!("target:{}", of.text("target")?),
    ];
    let fields = of.fields(&["id", "actor", "actor_user"]).put("actor", actor);
    Ok(Args::new().one("entry").one(of.need("id")?).one(of.need("at")?).pairs(fields).list(indexes))
}

/// The built-in one is there already, perhaps with other words.
async fn role(store: &RedisStore, of: Named<'_>) -> Result<()> {
    store.command::<()>(cmd("DEL").arg(format!("{ACCOUNTS}role:{}", of.text("name")?))).await?;
    let args = Args::new().one(of.need("name")?).one(of.need("description")?).one(of.need("built_in")?);
    run(store, script!("role_create"), ACCOUNTS, args).await
}

/// In its user's group; where the id says another, that is noted as long as the session can live.
async fn session(store: &RedisStore, of: Named<'_>, at: Timestamp) -> Result<()> {
    let (id, group) = (SessionId(of.number("id")), of.number("user_id").rem_euclid(session::GROUPS));
    if session::group(id) != group {
        let lives = of.time("expires_at").since(at).as_millis();
        let keep = u64::try_from(lives).unwrap_or(u64::MAX).saturating_add(session::stay()).min(1 << 50);
        store.command::<()>(cmd("SET").arg(session::moved(id)).arg(group).arg("PX").arg(keep)).await?;
    }
    let args = Args::new()
        .one(id)
        .one(of.need("user_id")?)
        .one(at)
        .one(session::stay())
        .one(of.need("created_at")?)
        .one(of.need("idle_expires_at")?)
        .list(of.maybe("ended_at").into_iter().chain(of.maybe("end_reason")))
        .pairs(of.fields(&["id", "ended_at", "end_reason"]));
    run(store, script!("session", "copy_session"), &session::prefix(group), args).await
}
