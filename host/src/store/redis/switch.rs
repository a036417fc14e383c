//! Switches of providers: one hash.

use std::collections::BTreeMap;

use async_trait::async_trait;
use redis::cmd;

use super::RedisStore;
use crate::{
    model::{Timestamp, switch::Switch},
    store::{Result, switch::Switches},
};

pub(super) const KEY: &str = "vestibule:switches";

#[async_trait]
impl Switches for RedisStore {
    async fn switches(&self) -> Result<Vec<Switch>> {
        let switches: BTreeMap<String, bool> = self.command(cmd("HGETALL").arg(KEY)).await?;
        Ok(switches.into_iter().map(|(provider, enabled)| Switch { provider, enabled }).collect())
    }

    async fn set_switch(&self, switch: &Switch, _: Timestamp) -> Result<()> {
        self.command(cmd("HSET").arg(KEY).arg(&switch.provider).arg(i32::from(switch.enabled))).await
    }
}
