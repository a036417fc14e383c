//! `GET /me` and `/auth/check` with a good token, against an empty route of the same server.

use std::{net::SocketAddr, time::Duration};

use anyhow::Result;

use crate::{
    empty,
    figure::Figure,
    gateway::{Site, sign_up},
    process::cpu_time,
    sample::ratios,
    wire::{Caller, Request, pace},
};

const ROUNDS: usize = 20;
const SLICE: Duration = Duration::from_millis(400);
const CONNECTIONS: usize = 16;

/// Something that is asked over and over, and what came of it.
struct Target {
    pid: u32,
    callers: Vec<Caller>,
    rates: Vec<f64>,
    /// Of the server, in microseconds a request.
    costs: Vec<f64>,
}

impl Target {
    async fn new(pid: u32, address: SocketAddr, request: Request) -> Result<Self> {
        let mut callers = Vec::new();
        for _ in 0..CONNECTIONS {
            callers.push(Caller::new(address, request.clone()).await?);
        }
        Ok(Self { pid, callers, rates: Vec::new(), costs: Vec::new() })
    }

    async fn slice(&mut self) -> Result<()> {
        let before = cpu_time(self.pid)?;
        let pace = pace(&mut self.callers, SLICE).await?;
        self.rates.push(pace.per_second);
        self.costs.push(crate::sample::micros(cpu_time(self.pid)?.saturating_sub(before)) / f64::from(pace.total));
        Ok(())
    }
}

pub(crate) fn run() -> Result<Vec<Figure>> {
    super::runtime()?.block_on(measure())
}

async fn measure() -> Result<Vec<Figure>> {
    let (floor, site) = (empty::start()?, Site::shipped()?);
    let gateway = site.start()?;
    let token = sign_up(gateway.address, 0).await?;
    let mut empty = Target::new(floor.pid(), floor.address, Request::get("/", None)).await?;
    let mut me = Target::new(gateway.pid(), gateway.address, Request::get("/me", Some(&token))).await?;
    let mut check = Target::new(gateway.pid(), gateway.address, Request::get("/auth/check", Some(&token))).await?;
    for _ in 0..ROUNDS {
        for target in [&mut empty, &mut me, &mut check] {
            target.slice().await?;
        }
    }
    Ok(vec![
        Figure::new("GET /me / empty route, requests a second", "", ratios(&me.rates, &empty.rates)).at_least(0.5),
        Figure::new("GET /auth/check / empty route, requests a second", "", ratios(&check.rates, &empty.rates)).at_least(0.5),
        Figure::new("empty route", "/s", empty.rates),
        Figure::new("GET /me", "/s", me.rates),
        Figure::new("GET /auth/check", "/s", check.rates),
        Figure::new("empty route, CPU of the server", "us", empty.costs),
        Figure::new("GET /me, CPU of the server", "us", me.costs),
        Figure::new("GET /auth/check, CPU of the server", "us", check.costs),
    ])
}
