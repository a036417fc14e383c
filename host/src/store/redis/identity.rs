//! Identities: a hash each, and a set of them for each user.

use async_trait::async_trait;
use redis::cmd;

use super::{
    ACCOUNTS, RedisStore,
    error::unexpected,
    record::{Fields, Record},
    script::{Args, script},
};
use crate::{
    model::{
        Email, IdentityId, Timestamp, UserId,
        identity::{Added, Detached, Enrolled, Identity, NewWay},
        user::NewIdentity,
    },
    store::{Result, identity::Identities},
};

#[async_trait]
impl Identities for RedisStore {
    async fn identity(&self, provider: &str, subject: &str) -> Result<Option<Identity>> {
        let fields: Fields = self.command(cmd("HGETALL").arg(format!("{ACCOUNTS}identity:{provider}:{subject}"))).await?;
        if fields.is_empty() { Ok(None) } else { read(fields).map(Some) }
    }

    async fn identities_of(&self, user: UserId) -> Result<Vec<Identity>> {
        let ways: Vec<Fields> = self.run(script!("identity_of"), ACCOUNTS, Args::new().one(user)).await?;
        let mut ways = ways.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        ways.sort_by(|a, b| (a.created_at, &a.provider, &a.subject).cmp(&(b.created_at, &b.provider, &b.subject)));
        Ok(ways)
    }

    async fn attach_identity(&self, user: UserId, identity: &NewIdentity, at: Timestamp) -> Result<bool> {
        let args = put_identity(Args::new().one(user), identity).one(at);
        self.run(script!("accounts", "identity_attach"), ACCOUNTS, args).await
    }

    async fn add_identity(&self, user: UserId, way: &NewWay, at: Timestamp) -> Result<Added> {
        let args = put_identity(Args::new().one(user), &way.identity)
            .one(at)
            .maybe(way.email.as_ref().map(Email::as_str))
            .maybe(way.password_hash.as_ref());
        let (word, fields): (String, Option<Fields>) = self.run(script!("accounts", "identity_add"), ACCOUNTS, args).await?;
        match (word.as_str(), fields) {
            ("new", Some(fields)) => read(fields).map(Added::New),
            ("own", Some(fields)) => read(fields).map(Added::Own),
            ("identity", _) => Ok(Added::IdentityTaken),
            ("email", _) => Ok(Added::EmailTaken),
            _ => Err(unexpected(word)),
        }
    }

    async fn enrol_factor(&self, user: UserId, identity: &NewIdentity, code_hashes: &[String], at: Timestamp) -> Result<Option<Enrolled>> {
        let args = put_identity(Args::new().one(user), identity).one(at).list(code_hashes);
        let made: Option<(bool, Fields)> = self.run(script!("accounts", "identity_enrol"), ACCOUNTS, args).await?;
        made.map(|(codes_kept, fields)| Ok(Enrolled { identity: read(fields)?, codes_kept })).transpose()
    }

    async fn detach_identity(&self, user: UserId, id: IdentityId, vouching: &[String]) -> Result<Detached> {
        let args = Args::new().one(user).one(id).list(vouching);
        let (word, fields): (String, Option<Fields>) = self.run(script!("accounts", "identity_detach"), ACCOUNTS, args).await?;
        match (word.as_str(), fields) {
            ("done", Some(fields)) => read(fields).map(Detached::Done),
            ("none", _) => Ok(Detached::NotFound),
            ("last", _) => Ok(Detached::Last),
            _ => Err(unexpected(word)),
        }
    }

    async fn take_over(&self, user: UserId, email: &Email, identity: &NewIdentity, at: Timestamp) -> Result<bool> {
        let args = put_identity(Args::new().one(user).one(email.as_str()), identity).one(at);
        self.run(script!("accounts", "identity_take_over"), ACCOUNTS, args).await
    }

    async fn set_identity_private(&self, provider: &str, subject: &str, private: Option<&[u8]>) -> Result<()> {
        self.run(script!("identity_private"), ACCOUNTS, Args::new().one(provider).one(subject).maybe(private)).await
    }
}

/// As `read_identity()` in the scripts takes it.
pub(super) fn put_identity(args: Args, new: &NewIdentity) -> Args {
    args.one(&new.provider).one(&new.subject).one(new.is_factor).maybe(new.private.as_ref())
}

pub(super) fn read(fields: Fields) -> Result<Identity> {
    let name = |field| fields.get(field).map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default();
    let key = format!("{}:{}", name("provider"), name("subject"));
    let record = Record::new("identity", key, fields);
    Ok(Identity {
        id: IdentityId(record.number("id")?),
        user: UserId(record.number("user")?),
        provider: record.text("provider")?,
        subject: record.text("subject")?,
        private: record.bytes("private"),
        is_factor: record.flag("is_factor")?,
        created_at: record.time("created_at")?,
    })
}
