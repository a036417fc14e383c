//! Proofs by mail.

use async_trait::async_trait;

use super::{Query, Record, Row, SqlStore, again, commit, execute, query};
use crate::{
    model::{
        Email, Timestamp, UserId,
        proof::{Proof, Purpose},
    },
    store::{Result, proof::Proofs},
};

/// The columns in the order of the table.
macro_rules! columns {
    () => {
        "id_hash, token_hash, code_hash, purpose, user_id, email, sealed, attempts, confirmed_at, created_at, expires_at"
    };
}

#[async_trait]
impl Proofs for SqlStore {
    async fn put_proof(&self, proof: &Proof) -> Result<()> {
        let insert = query(concat!("INSERT INTO proofs (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"))
            .bind(proof.id_hash.clone())
            .bind(proof.token_hash.clone())
            .bind(proof.code_hash.clone())
            .bind(proof.purpose.as_str())
            .bind(proof.user.map(|user| user.0))
            .bind(proof.email.as_str().to_owned())
            .bind(proof.sealed.clone())
            .bind(i64::from(proof.attempts))
            .bind(proof.confirmed_at.map(|at| at.0))
            .bind(proof.created_at.0)
            .bind(proof.expires_at.0);
        self.write(insert).await?;
        Ok(())
    }

    async fn proof(&self, id_hash: &str, now: Timestamp) -> Result<Option<Proof>> {
        let select = query(concat!("SELECT ", columns!(), " FROM proofs WHERE id_hash = $1 AND expires_at > $2"));
        self.look(select.bind(id_hash.to_owned()).bind(now.0)).await
    }

    async fn proof_by_token(&self, token_hash: &str, now: Timestamp) -> Result<Option<Proof>> {
        let select = query(concat!("SELECT ", columns!(), " FROM proofs WHERE token_hash = $1 AND expires_at > $2"));
        self.look(select.bind(token_hash.to_owned()).bind(now.0)).await
    }

    async fn try_proof(&self, id_hash: &str, most: u32, now: Timestamp) -> Result<Option<Proof>> {
        let count = query(concat!(
            "UPDATE proofs SET attempts = attempts + 1 WHERE id_hash = $1 AND expires_at > $2 AND attempts < $3 RETURNING ",
            columns!()
        ));
        self.change(count.bind(id_hash.to_owned()).bind(now.0).bind(i64::from(most))).await
    }

    async fn take_proof(&self, id_hash: &str, now: Timestamp) -> Result<Option<Proof>> {
        let take = query(concat!("DELETE FROM proofs WHERE id_hash = $1 AND expires_at > $2 RETURNING ", columns!()));
        self.change(take.bind(id_hash.to_owned()).bind(now.0)).await
    }

    async fn confirm_proof(&self, id_hash: &str, now: Timestamp) -> Result<bool> {
        let confirm = query("UPDATE proofs SET confirmed_at = $2 WHERE id_hash = $1 AND expires_at > $2 AND confirmed_at IS NULL");
        Ok(self.write(confirm.bind(id_hash.to_owned()).bind(now.0)).await? > 0)
    }

    async fn proofs_of(&self, user: UserId, now: Timestamp) -> Result<Vec<Proof>> {
        let select =
            query(concat!("SELECT ", columns!(), " FROM proofs WHERE user_id = $1 AND expires_at > $2 ORDER BY created_at, id_hash"));
        let rows = select.bind(user.0).bind(now.0).fetch_all(self).await?;
        rows.iter().map(read).collect()
    }

    async fn drop_proofs_of(&self, user: UserId, purposes: &[Purpose]) -> Result<u64> {
        again(|| async {
            let (mut transaction, mut dropped) = (self.begin().await?, 0);
            for purpose in purposes {
                let drop = query("DELETE FROM proofs WHERE user_id = $1 AND purpose = $2");
                dropped += execute(&mut transaction, drop.bind(user.0).bind(purpose.as_str())).await?;
            }
            commit(transaction).await?;
            Ok(dropped)
        })
        .await
    }

    async fn purge_proofs(&self, now: Timestamp) -> Result<u64> {
        self.write(query("DELETE FROM proofs WHERE expires_at <= $1").bind(now.0)).await
    }
}

impl SqlStore {
    async fn look(&self, query: Query) -> Result<Option<Proof>> {
        let row = query.fetch_optional(self).await?;
        row.as_ref().map(read).transpose()
    }

    async fn change(&self, query: Query) -> Result<Option<Proof>> {
        self.write_returning(query).await?.first().map(read).transpose()
    }
}

fn read(row: &Row) -> Result<Proof> {
    let record = Record::new("proofs", &["id_hash"], row);
    Ok(Proof {
        id_hash: record.get("id_hash")?,
        token_hash: record.get("token_hash")?,
        code_hash: record.get("code_hash")?,
        purpose: record.word("purpose", Purpose::parse)?,
        user: record.get::<Option<i64>>("user_id")?.map(UserId),
        email: record.word("email", |text| Email::parse(text).ok())?,
        sealed: record.get("sealed")?,
        attempts: record.count("attempts")?,
        confirmed_at: record.get::<Option<i64>>("confirmed_at")?.map(Timestamp),
        created_at: record.time("created_at")?,
        expires_at: record.time("expires_at")?,
    })
}
