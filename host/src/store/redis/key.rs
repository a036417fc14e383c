//! Signing keys: a hash each, and a sorted set of them by the time from which they sign.

use async_trait::async_trait;

use super::{
    RedisStore,
    record::{Fields, Record},
    script::{Args, Pairs, script},
};
use crate::{
    model::{
        Timestamp,
        key::{Algorithm, SigningKey},
    },
    store::{Result, key::Keys},
};

pub(super) const PREFIX: &str = "vestibule:{keys}:";

#[async_trait]
impl Keys for RedisStore {
    async fn signing_keys(&self) -> Result<Vec<SigningKey>> {
        let keys: Vec<(String, Fields)> = self.run(script!("key_list"), PREFIX, Args::new()).await?;
        let read = |(kid, fields): (String, Fields)| {
            let record = Record::new("key", &kid, fields);
            Ok(SigningKey {
                algorithm: record.word("algorithm", Algorithm::parse)?,
                public_jwk: record.text("public_jwk")?,
                sealed_private: record.bytes("sealed_private").ok_or_else(|| record.broken("sealed_private", "missing".to_owned()))?,
                created_at: record.time("created_at")?,
                active_from: record.time("active_from")?,
                kid,
            })
        };
        keys.into_iter().map(read).collect()
    }

    async fn add_signing_key(&self, key: &SigningKey) -> Result<()> {
        self.run(script!("key_add"), PREFIX, args(false, key)).await
    }

    async fn add_first_signing_key(&self, key: &SigningKey) -> Result<bool> {
        self.run(script!("key_add"), PREFIX, args(true, key)).await
    }

    async fn purge_signing_keys(&self, replaced_before: Timestamp) -> Result<u64> {
        self.run(script!("key_purge"), PREFIX, Args::new().one(replaced_before)).await
    }
}

fn args(first: bool, key: &SigningKey) -> Args {
    let fields = Pairs::new()
        .put("algorithm", key.algorithm.as_str())
        .put("public_jwk", &key.public_jwk)
        .put("sealed_private", &key.sealed_private)
        .put("created_at", key.created_at)
        .put("active_from", key.active_from);
    Args::new().one(first).one(&key.kid).one(key.active_from).pairs(fields)
}
