//! `/auth/check` while sign-ins keep every hashing thread busy, against the same on an idle gateway.

use std::time::Duration;

use anyhow::Result;
use futures_util::future::try_join;

use super::signers;
use crate::{
    figure::Figure,
    gateway::{Site, sign_up},
    sample::{micros, quantile, ratios},
    wire::{Caller, Request, pace},
};

const ROUNDS: usize = 11;
const SLICE: Duration = Duration::from_secs(2);
/// Between two requests.
const PAUSE: Duration = Duration::from_millis(2);

pub(crate) fn run() -> Result<Vec<Figure>> {
    super::runtime()?.block_on(measure())
}

async fn measure() -> Result<Vec<Figure>> {
    let site = Site::shipped()?;
    let gateway = site.start()?;
    let mut signers = signers(gateway.address).await?;
    let token = sign_up(gateway.address, signers.len()).await?;
    let mut caller = Caller::new(gateway.address, Request::get("/auth/check", Some(&token))).await?;
    let (mut idle, mut busy) = (Latencies::default(), Latencies::default());
    for _ in 0..ROUNDS {
        idle.add(&caller.latencies(PAUSE, SLICE).await?);
        let (_, loaded) = try_join(pace(&mut signers, SLICE), caller.latencies(PAUSE, SLICE)).await?;
        busy.add(&loaded);
    }
    Ok(vec![
        Figure::new("GET /auth/check, p99 among sign-ins / idle", "", ratios(&busy.tails, &idle.tails)).at_most(3.0),
        Figure::new("GET /auth/check, p50 among sign-ins / idle", "", ratios(&busy.medians, &idle.medians)),
        Figure::new("GET /auth/check, p99 idle", "us", idle.tails),
        Figure::new("GET /auth/check, p99 among sign-ins", "us", busy.tails),
    ])
}

/// Of each round.
#[derive(Default)]
struct Latencies {
    medians: Vec<f64>,
    tails: Vec<f64>,
}

impl Latencies {
    fn add(&mut self, round: &[Duration]) {
        let times: Vec<f64> = round.iter().copied().map(micros).collect();
        self.medians.push(quantile(&times, 0.5));
        self.tails.push(quantile(&times, 0.99));
    }
}
