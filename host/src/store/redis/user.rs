//! Users: a hash each, with just those profile fields that were declared, and without a schema for them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use redis::cmd;

use super::{
    ACCOUNTS, RedisStore,
    error::unexpected,
    identity::put_identity,
    record::{Fields, Record},
    script::{Args, Pairs, script},
};
use crate::{
    model::{
        Email, InvitationId, UserId,
        page::{COUNTED, From, Page, PageRequest},
        user::{Amended, Amendment, Created, Deleted, EmailChanged, NewUser, User, UserChange},
    },
    store::{Result, StoreError, user::Users},
};

/// The writer of what the user wrote.
pub(super) const OWN: &str = "";

#[async_trait]
impl Users for RedisStore {
    async fn create_user(&self, new: &NewUser) -> Result<Created> {
        let value: redis::Value = self.run(script!("accounts", "user_create"), ACCOUNTS, put_user(Args::new(), new)).await?;
        match made(value)? {
            (_, Some(user)) => Ok(Created::User(user)),
            (word, None) if word == "email" => Ok(Created::EmailTaken),
            (word, None) if word == "identity" => Ok(Created::IdentityTaken),
            (word, None) => Err(unexpected(word)),
        }
    }

    async fn user(&self, id: UserId) -> Result<Option<User>> {
        let fields: Fields = self.command(cmd("HGETALL").arg(format!("{ACCOUNTS}user:{id}"))).await?;
        maybe(id, fields)
    }

    async fn user_by_email(&self, email: &Email) -> Result<Option<User>> {
        let found: Option<(i64, Fields)> = self.run(script!("user_by_email"), ACCOUNTS, Args::new().one(email.as_str())).await?;
        found.map(|(id, fields)| read(UserId(id), fields)).transpose()
    }

    async fn verify_email(&self, id: UserId, email: &Email) -> Result<Option<User>> {
        maybe(id, self.run(script!("user_verify"), ACCOUNTS, Args::new().one(id).one(email.as_str())).await?)
    }

    async fn change_user(&self, id: UserId, change: &UserChange) -> Result<Option<User>> {
        match self.amend_user(id, &Amendment { own: change.clone(), ..Amendment::default() }).await? {
            Amended::Done(user) => Ok(Some(user)),
            Amended::NotFound | Amended::EmailTaken | Amended::LastAdministrator => Ok(None),
        }
    }

    async fn fill_profile(&self, id: UserId, provider: &str, entries: &[(String, String)]) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let pairs = entries.iter().fold(Pairs::new(), |pairs, (name, value)| pairs.put(name, value));
        self.run(script!("user_fill"), ACCOUNTS, Args::new().one(id).one(provider).pairs(pairs)).await
    }

    async fn profile_of(&self, id: UserId, provider: &str) -> Result<Vec<(String, String)>> {
        let fields: Fields = self.command(cmd("HGETALL").arg(format!("{ACCOUNTS}user:{id}"))).await?;
        let mut kept = Vec::new();
        for (writer, name, value) in profile(&Record::new("user", id, fields))? {
            if writer == provider {
                kept.push((name, value));
            }
        }
        kept.sort_unstable();
        Ok(kept)
    }

    async fn change_email(&self, id: UserId, new: Option<&Email>, verified: bool) -> Result<EmailChanged> {
        let change = Amendment { email: Some(new.cloned()), email_verified: Some(verified), ..Amendment::default() };
        Ok(match self.amend_user(id, &change).await? {
            Amended::Done(user) => EmailChanged::Done(user),
            Amended::EmailTaken => EmailChanged::Taken,
            Amended::NotFound | Amended::LastAdministrator => EmailChanged::NotFound,
        })
    }

    async fn amend_user(&self, id: UserId, amendment: &Amendment) -> Result<Amended> {
        let flags = Pairs::new().put_if("email_verified", amendment.email_verified).put_if("disabled", amendment.disabled);
        let address = amendment.email.as_ref().map(|new| new.as_ref().map_or("", Email::as_str));
        let args = put_change(Args::new().one(id), &amendment.own).maybe(address).pairs(flags).maybe(amendment.password_hash.as_ref());
        let (word, fields): (String, Option<Fields>) = self.run(script!("accounts", "user_amend"), ACCOUNTS, args).await?;
        match (word.as_str(), fields) {
            ("done", Some(fields)) => read(id, fields).map(Amended::Done),
            ("none", _) => Ok(Amended::NotFound),
            ("email", _) => Ok(Amended::EmailTaken),
            ("last", _) => Ok(Amended::LastAdministrator),
            _ => Err(unexpected(word)),
        }
    }

    async fn users(&self, request: &PageRequest) -> Result<Page<User>> {
        let args = Args::new().maybe(after(request)).one(request.offset().unwrap_or_default()).one(request.size + 1);
        let (total, users): (u64, Vec<(i64, Fields)>) = self.run(script!("user_page"), ACCOUNTS, args).await?;
        Ok(Page::cut(read_all(users)?, request.size, total, |user| user.id.0))
    }

    async fn users_by_email(&self, prefix: &str, request: &PageRequest) -> Result<Option<Page<User>>> {
        let args = Args::new().one(prefix).maybe(after(request)).one(request.offset().unwrap_or_default()).one(request.size + 1);
        let found: Option<(u64, Vec<(i64, Fields)>)> = self.run(script!("user_by_prefix"), ACCOUNTS, args).await?;
        let Some((total, users)) = found else { return Ok(None) };
        Ok(Some(Page::cut(read_all(users)?, request.size, total.min(COUNTED), |user| user.id.0)))
    }

    async fn delete_user(&self, id: UserId) -> Result<Deleted> {
        let word: String = self.run(script!("accounts", "outbox", "invitation", "user_delete"), ACCOUNTS, Args::new().one(id)).await?;
        match word.as_str() {
            "done" => Ok(Deleted::Done),
            "none" => Ok(Deleted::NotFound),
            "last" => Ok(Deleted::LastAdministrator),
            _ => Err(unexpected(word)),
        }
    }
}

/// As `read_user()` in the scripts takes it.
pub(super) fn put_user(args: Args, new: &NewUser) -> Args {
    let mut fields = Pairs::new().put("email_verified", new.email_verified).put("disabled", false).put("created_at", new.created_at);
    for (name, value) in &new.profile {
        fields = fields.put(profile_field(&new.identity.provider, name), value);
    }
    let args = args.maybe(new.email.as_ref().map(Email::as_str)).pairs(fields);
    put_identity(args, &new.identity).one(new.created_at).maybe(new.password_hash.as_ref()).list(&new.roles)
}

/// What a script says of a new user: a word, and the user if the word is `user`. A role that does not exist is a defect.
pub(super) fn made(value: redis::Value) -> Result<(String, Option<User>)> {
    let parts: Vec<redis::Value> = redis::from_redis_value(value).map_err(unexpected)?;
    let mut parts = parts.into_iter();
    let mut next = || parts.next().unwrap_or(redis::Value::Nil);
    let word: String = redis::from_redis_value(next()).map_err(unexpected)?;
    match word.as_str() {
        "role" => Err(missing_role(&redis::from_redis_value::<String>(next()).map_err(unexpected)?)),
        "user" => {
            let id: i64 = redis::from_redis_value(next()).map_err(unexpected)?;
            let user = read(UserId(id), redis::from_redis_value(next()).map_err(unexpected)?)?;
            Ok((word, Some(user)))
        }
        _ => Ok((word, None)),
    }
}

pub(super) fn missing_role(role: &str) -> StoreError {
    StoreError::Statement(format!("a new user was to have the role {role:?}, which does not exist"))
}

/// What is set, what is removed, and profile names that are removed whoever wrote them.
fn put_change(args: Args, change: &UserChange) -> Args {
    let (mut set, mut clear, mut forget) = (Pairs::new(), Vec::new(), Vec::new());
    for (field, value) in [("display_name", &change.display_name), ("locale", &change.locale)] {
        match value {
            Some(Some(value)) => set = set.put(field, value),
            Some(None) => clear.push(field),
            None => {}
        }
    }
    for (name, value) in &change.profile {
        match value {
            Some(value) => set = set.put(profile_field(OWN, name), value),
            None => forget.push(name),
        }
    }
    args.pairs(set).list(clear).list(forget)
}

/// The names of providers have no colon.
pub(super) fn profile_field(provider: &str, name: &str) -> String {
    format!("p:{provider}:{name}")
}

const fn after(request: &PageRequest) -> Option<i64> {
    match request.from {
        From::After(id) => Some(id),
        From::Number(_) => None,
    }
}

fn read_all(users: Vec<(i64, Fields)>) -> Result<Vec<User>> {
    users.into_iter().map(|(id, fields)| read(UserId(id), fields)).collect()
}

fn maybe(id: UserId, fields: Fields) -> Result<Option<User>> {
    if fields.is_empty() { Ok(None) } else { read(id, fields).map(Some) }
}

/// Writer, name and value of all profile entries.
fn profile(record: &Record) -> Result<Vec<(String, String, String)>> {
    let mut entries = Vec::new();
    for (field, value) in record.fields() {
        if let Some((provider, name)) = field.strip_prefix("p:").and_then(|rest| rest.split_once(':')) {
            let value = String::from_utf8(value.clone()).map_err(|_| record.broken("p:", format!("{field:?} is not UTF-8")))?;
            entries.push((provider.to_owned(), name.to_owned(), value));
        }
    }
    Ok(entries)
}

/// A user's hash. Of several writers of a profile name, the first is seen, and the user ('') before all.
pub(super) fn read(id: UserId, fields: Fields) -> Result<User> {
    let record = Record::new("user", id, fields);
    let mut entries = profile(&record)?;
    entries.sort_unstable_by(|a, b| b.0.cmp(&a.0));
    let roles = record.maybe_text("roles")?.unwrap_or_default();
    Ok(User {
        id,
        email: record.maybe_email("email")?,
        login: record.maybe_text("login")?,
        email_verified: record.flag("email_verified")?,
        display_name: record.maybe_text("display_name")?,
        profile: entries.into_iter().map(|(_, name, value)| (name, value)).collect::<BTreeMap<_, _>>(),
        locale: record.maybe_text("locale")?,
        roles: roles.split(',').filter(|role| !role.is_empty()).map(ToOwned::to_owned).collect(),
        disabled: record.flag("disabled")?,
        invitation: record.maybe_number("invitation")?.map(InvitationId),
        created_at: record.time("created_at")?,
    })
}
