//! Proofs by mail: a hash each, a key that leads to it from its link's token, and a set of them for each user. Few live at the
//! same time, and all are in one slot. Redis removes them in time.

use async_trait::async_trait;

use super::{
    RedisStore, keep,
    record::{Fields, Record},
    script::{Args, Pairs, Script, script},
};
use crate::{
    model::{
        Timestamp, UserId,
        proof::{Proof, Purpose},
    },
    store::{Result, proof::Proofs},
};

pub(super) const PREFIX: &str = "vestibule:{proofs}:";

#[async_trait]
impl Proofs for RedisStore {
    async fn put_proof(&self, proof: &Proof) -> Result<()> {
        let fields = Pairs::new()
            .put("id_hash", &proof.id_hash)
            .put("token_hash", &proof.token_hash)
            .put("code_hash", &proof.code_hash)
            .put("purpose", proof.purpose.as_str())
            .put_if("user", proof.user)
            .put("email", proof.email.as_str())
            .put_if("sealed", proof.sealed.as_ref())
            .put("attempts", proof.attempts)
            .put_if("confirmed_at", proof.confirmed_at)
            .put("created_at", proof.created_at)
            .put("expires_at", proof.expires_at);
        let args = Args::new()
            .one(&proof.id_hash)
            .one(&proof.token_hash)
            .maybe(proof.user)
            .one(keep(proof.created_at, proof.expires_at))
            .pairs(fields);
        self.run(script!("proof", "proof_put"), PREFIX, args).await
    }

    async fn proof(&self, id_hash: &str, now: Timestamp) -> Result<Option<Proof>> {
        self.one_proof(script!("proof", "proof_get"), Args::new().maybe(Some(id_hash)).maybe::<&str>(None).one(now)).await
    }

    async fn proof_by_token(&self, token_hash: &str, now: Timestamp) -> Result<Option<Proof>> {
        self.one_proof(script!("proof", "proof_get"), Args::new().maybe::<&str>(None).maybe(Some(token_hash)).one(now)).await
    }

    async fn try_proof(&self, id_hash: &str, most: u32, now: Timestamp) -> Result<Option<Proof>> {
        self.one_proof(script!("proof", "proof_try"), Args::new().one(id_hash).one(most).one(now)).await
    }

    async fn take_proof(&self, id_hash: &str, now: Timestamp) -> Result<Option<Proof>> {
        self.one_proof(script!("proof", "proof_take"), Args::new().one(id_hash).one(now)).await
    }

    async fn confirm_proof(&self, id_hash: &str, now: Timestamp) -> Result<bool> {
        self.run(script!("proof", "proof_confirm"), PREFIX, Args::new().one(id_hash).one(now)).await
    }

    async fn proofs_of(&self, user: UserId, now: Timestamp) -> Result<Vec<Proof>> {
        let proofs: Vec<Fields> = self.run(script!("proof", "proof_of"), PREFIX, Args::new().one(user).one(now)).await?;
        let mut proofs = proofs.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        proofs.sort_by(|a, b| (a.created_at, &a.id_hash).cmp(&(b.created_at, &b.id_hash)));
        Ok(proofs)
    }

    async fn drop_proofs_of(&self, user: UserId, purposes: &[Purpose]) -> Result<u64> {
        let args = Args::new().one(user).list(purposes.iter().map(|purpose| purpose.as_str()));
        self.run(script!("proof", "proof_drop_of"), PREFIX, args).await
    }

    /// Nothing: Redis removes them.
    async fn purge_proofs(&self, _: Timestamp) -> Result<u64> {
        Ok(0)
    }
}

impl RedisStore {
    async fn one_proof(&self, script: &Script, args: Args) -> Result<Option<Proof>> {
        let fields: Fields = self.run(script, PREFIX, args).await?;
        if fields.is_empty() { Ok(None) } else { read(fields).map(Some) }
    }
}

fn read(fields: Fields) -> Result<Proof> {
    let id_hash = fields.get("id_hash").map(|id| String::from_utf8_lossy(id).into_owned()).unwrap_or_default();
    let record = Record::new("proof", id_hash, fields);
    Ok(Proof {
        id_hash: record.text("id_hash")?,
        token_hash: record.text("token_hash")?,
        code_hash: record.text("code_hash")?,
        purpose: record.word("purpose", Purpose::parse)?,
        user: record.maybe_number("user")?.map(UserId),
        email: record.email("email")?,
        sealed: record.bytes("sealed"),
        attempts: record.count("attempts")?,
        confirmed_at: record.maybe_time("confirmed_at")?,
        created_at: record.time("created_at")?,
        expires_at: record.time("expires_at")?,
    })
}
