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
    process::cpu_time,
    sample::{millis, ratios},
    wire::{Work, pace},
};

const ROUNDS: usize = 15;
const SLICE: Duration = Duration::from_secs(1);

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
    let (mut hashes, mut signins) = (Slices::default(), Slices::default());
    for _ in 0..ROUNDS {
        hashes.add(std::process::id(), &mut bare).await?;
        signins.add(gateway.pid(), &mut signers).await?;
    }
    Ok(vec![
        Figure::new("sign-ins / bare Argon2id, a second", "", ratios(&signins.rates, &hashes.rates)).at_least(0.95),
        Figure::new("bare Argon2id / sign-in, CPU", "", ratios(&hashes.costs, &signins.costs)),
        Figure::new("sign-ins", "/s", signins.rates),
        Figure::new("bare Argon2id", "/s", hashes.rates),
        Figure::new("sign-in, CPU of the gateway", "ms", signins.costs),
        Figure::new("bare Argon2id, CPU", "ms", hashes.costs),
    ])
}

/// Of each round.
#[derive(Default)]
struct Slices {
    rates: Vec<f64>,
    costs: Vec<f64>,
}

impl Slices {
    async fn add(&mut self, pid: u32, workers: &mut [impl Work]) -> Result<()> {
        let before = cpu_time(pid)?;
        let pace = pace(workers, SLICE).await?;
        self.rates.push(pace.per_second);
        self.costs.push(millis(cpu_time(pid)?.saturating_sub(before)) / f64::from(pace.total));
        Ok(())
    }
}
