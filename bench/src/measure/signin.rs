//! Sign-ins by `simple` over HTTP against raw Argon2id with the same parameters: the library called in a loop by a thread for
//! each core. Beside it the gateway's own pool without anything around it, which is faster than the library alone, since it keeps its
//! memory from hash to hash: what the house adds to that is the stricter figure.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow, ensure};
use argon2::{Algorithm, Argon2, Version};
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
    let (mut raws, mut hashes, mut signins) = (Vec::new(), Slices::default(), Slices::default());
    for _ in 0..ROUNDS {
        raws.push(raw(cores())?);
        hashes.add(std::process::id(), &mut bare).await?;
        signins.add(gateway.pid(), &mut signers).await?;
    }
    Ok(vec![
        Figure::new("sign-ins / raw Argon2id, a second", "", ratios(&signins.rates, &raws)).at_least(0.95),
        Figure::new("sign-ins / own pool alone, a second", "", ratios(&signins.rates, &hashes.rates)),
        Figure::new("own pool alone / sign-in, CPU", "", ratios(&hashes.costs, &signins.costs)),
        Figure::new("sign-ins", "/s", signins.rates),
        Figure::new("raw Argon2id", "/s", raws),
        Figure::new("own pool alone", "/s", hashes.rates),
        Figure::new("sign-in, CPU of the gateway", "ms", signins.costs),
        Figure::new("own pool alone, CPU", "ms", hashes.costs),
    ])
}

/// Hashes a second of the library, for one slice.
fn raw(threads: usize) -> Result<f64> {
    let params = Params::default();
    let params = argon2::Params::new(params.memory_kib, params.iterations, params.parallelism, None).map_err(|error| anyhow!("{error}"))?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let work = || {
        let (begun, mut done) = (Instant::now(), 0_u32);
        let mut output = [0; 32];
        while begun.elapsed() < SLICE {
            argon2.hash_password_into(PASSWORD.as_bytes(), b"sixteen bytes it", &mut output).map_err(|error| anyhow!("{error}"))?;
            done += 1;
        }
        Ok(f64::from(done) / begun.elapsed().as_secs_f64())
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a thread that hashes panicked"))?).sum()
    })
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
