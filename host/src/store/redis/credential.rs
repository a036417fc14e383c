//! Password hashes: a key each, apart from the users, so that no read of a user carries one along.

use async_trait::async_trait;
use redis::cmd;

use super::{
    ACCOUNTS, RedisStore,
    error::unexpected,
    identity::put_identity,
    record::Fields,
    script::{Args, script},
    user,
};
use crate::{
    model::{
        UserId,
        user::{PasswordReset, Reset},
    },
    store::{Result, credential::Credentials},
};

#[async_trait]
impl Credentials for RedisStore {
    async fn password_hash(&self, user: UserId) -> Result<Option<String>> {
        self.command(cmd("GET").arg(format!("{ACCOUNTS}password:{user}"))).await
    }

    async fn set_password_hash(&self, user: UserId, hash: &str) -> Result<bool> {
        self.run(script!("credential_set"), ACCOUNTS, Args::new().one(user).one(hash)).await
    }

    async fn upgrade_password_hash(&self, user: UserId, old: &str, new: &str) -> Result<bool> {
        self.run(script!("credential_upgrade"), ACCOUNTS, Args::new().one(user).one(old).one(new)).await
    }

    async fn reset_password(&self, reset: &PasswordReset) -> Result<Reset> {
        let args = Args::new().one(reset.user).one(reset.email.as_str()).one(&reset.password_hash);
        let args = put_identity(args, &reset.identity).one(reset.at);
        let (word, fields): (String, Option<Fields>) = self.run(script!("accounts", "credential_reset"), ACCOUNTS, args).await?;
        match (word.as_str(), fields) {
            ("none", _) => Ok(Reset::NotFound),
            ("disabled", _) => Ok(Reset::Disabled),
            ("kept" | "taken", Some(fields)) => Ok(Reset::Done { user: user::read(reset.user, fields)?, taken_over: word == "taken" }),
            _ => Err(unexpected(word)),
        }
    }
}
