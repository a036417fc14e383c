//! Sign-ins by `simple` over HTTP against bare Argon2id with the same parameters, on as many threads of the same pool: what
//! the house adds to the hash.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use vestibule::{
    model::Secret,
    password::{HashPool, Params, PoolSettings, Verdict},
    random::SystemRandom,
};

use super::{cores, signers};
use crate::{
    figure::Figure,
    gateway::{PASSWORD, Site},
    sample::ratios,
    wire::{Work, pace},
};

const ROUNDS: usize = 7;
const SLICE: Duration = Duration::from_secs(2);

/// Verifies a password.
struct Bare {
    pool: Arc<HashPool>,
    hash: String,
}

impl Work for Bare {
    async fn once(&mut self) -> Result<()> {
        let verdict = self.pool.verify(Some(self.hash.clone()), Secret::new(PASSWORD.to_owned())).await?;
        ensure!(verdict == (Verdict::Match { needs_rehash: false }), "the password does not match its hash");
        Ok(())
    }
}

pub(crate) fn run() -> Result<Vec<Figure>> {
    super::runtime()?.block_on(measure())
}

async fn measure() -> Result<Vec<Figure>> {
    let settings = PoolSettings { threads: cores(), queue_len: 256, deadline: Duration::from_mins(1), params: Params::default() };
    let pool = Arc::new(HashPool::new(settings, Arc::new(SystemRandom))?);
    let hash = pool.hash(Secret::new(PASSWORD.to_owned())).await?;
    let site = Site::shipped()?;
    let gateway = site.start()?;
    let mut signers = signers(gateway.address).await?;
    let mut bare: Vec<Bare> = signers.iter().map(|_| Bare { pool: pool.clone(), hash: hash.clone() }).collect();
    let [mut signins, mut hashes] = [const { Vec::new() }; 2];
    for _ in 0..ROUNDS {
        hashes.push(pace(&mut bare, SLICE).await?.per_second);
        signins.push(pace(&mut signers, SLICE).await?.per_second);
    }
    Ok(vec![
        Figure::new("sign-ins / bare Argon2id, a second", "", ratios(&signins, &hashes)).at_least(0.95),
        Figure::new("sign-ins", "/s", signins),
        Figure::new("bare Argon2id", "/s", hashes),
    ])
}
