//! Recovery codes: a set for each user.

use async_trait::async_trait;
use redis::cmd;

use super::{
    ACCOUNTS, RedisStore,
    script::{Args, script},
};
use crate::{
    model::UserId,
    store::{Result, recovery_code::RecoveryCodes},
};

#[async_trait]
impl RecoveryCodes for RedisStore {
    async fn replace_recovery_codes(&self, user: UserId, hashes: &[String]) -> Result<bool> {
        self.run(script!("recovery_replace"), ACCOUNTS, Args::new().one(user).list(hashes)).await
    }

    async fn use_recovery_code(&self, user: UserId, hash: &str) -> Result<bool> {
        self.command(cmd("SREM").arg(key(user)).arg(hash)).await
    }

    async fn recovery_codes_left(&self, user: UserId) -> Result<u64> {
        self.command(cmd("SCARD").arg(key(user))).await
    }
}

fn key(user: UserId) -> String {
    format!("{ACCOUNTS}codes:{user}")
}
