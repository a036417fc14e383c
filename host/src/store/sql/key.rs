//! Signing keys.

use async_trait::async_trait;

use super::{Query, Record, Row, SqlStore, query};
use crate::{
    model::{
        Timestamp,
        key::{Algorithm, SigningKey},
    },
    store::{Result, key::Keys},
};

#[async_trait]
impl Keys for SqlStore {
    async fn signing_keys(&self) -> Result<Vec<SigningKey>> {
        let rows =
            query("SELECT kid, algorithm, public_jwk, sealed_private, created_at, active_from FROM signing_keys ORDER BY active_from, kid")
                .fetch_all(self)
                .await?;
        rows.iter().map(read).collect()
    }

    async fn add_signing_key(&self, key: &SigningKey) -> Result<()> {
        let insert = query(
            "INSERT INTO signing_keys (kid, algorithm, public_jwk, sealed_private, created_at, active_from)
             VALUES ($1, $2, $3, $4, $5, $6)",
        );
        self.write(bind(insert, key)).await?;
        Ok(())
    }

    async fn add_first_signing_key(&self, key: &SigningKey) -> Result<bool> {
        // Two that see no key at the same time meet at the index over is_first.
        let insert = query(
            "INSERT INTO signing_keys (kid, algorithm, public_jwk, sealed_private, created_at, active_from, is_first)
             SELECT $1, $2, $3, $4, $5, $6, TRUE WHERE NOT EXISTS (SELECT kid FROM signing_keys)
             ON CONFLICT DO NOTHING",
        );
        Ok(self.write(bind(insert, key)).await? > 0)
    }

    async fn purge_signing_keys(&self, replaced_before: Timestamp) -> Result<u64> {
        let delete = query(
            "DELETE FROM signing_keys WHERE EXISTS (
                 SELECT newer.kid FROM signing_keys AS newer
                 WHERE newer.active_from > signing_keys.active_from AND newer.active_from < $1)",
        );
        self.write(delete.bind(replaced_before.0)).await
    }
}

fn bind(insert: Query, key: &SigningKey) -> Query {
    insert
        .bind(key.kid.clone())
        .bind(key.algorithm.as_str())
        .bind(key.public_jwk.clone())
        .bind(key.sealed_private.clone())
        .bind(key.created_at.0)
        .bind(key.active_from.0)
}

fn read(row: &Row) -> Result<SigningKey> {
    let record = Record::new("signing_keys", &["kid"], row);
    Ok(SigningKey {
        kid: record.get("kid")?,
        algorithm: record.word("algorithm", Algorithm::parse)?,
        public_jwk: record.get("public_jwk")?,
        sealed_private: record.get("sealed_private")?,
        created_at: record.time("created_at")?,
        active_from: record.time("active_from")?,
    })
}
