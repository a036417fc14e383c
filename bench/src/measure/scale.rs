//! A store with many users and a long history: pages far down the list of users against the first one, and sign-ins against those
//! of an empty store.

use std::{env, net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::cores;
use crate::{
    figure::Figure,
    gateway::{PASSWORD, Site, credentials, sign_up},
    process::cpu_time,
    sample::{millis, quantile, ratios},
    store,
    wire::{Caller, Connection, Request, Work as _, pace},
};

const ROUNDS: usize = 15;
const SLICE: Duration = Duration::from_secs(1);
/// Requests of each page in a round.
const REQUESTS: usize = 40;
const PAGE_SIZE: u64 = 50;
const ADMIN: &str = "root@example.org";

/// How large the store is made. For a try of this program itself, smaller numbers are given in the environment.
struct Size {
    users: u64,
    signins: u64,
}

impl Size {
    fn read() -> Result<Self> {
        let number = |name: &str, default: u64| match env::var(name) {
            Ok(text) => text.parse().with_context(|| format!("{name} is {text:?}: expected a number")),
            Err(_) => Ok(default),
        };
        let size = Self { users: number("BENCH_SCALE_USERS", 1_000_000)?, signins: number("BENCH_SCALE_SIGNINS", 10_000_000)? };
        ensure!(size.users >= 4 * PAGE_SIZE, "BENCH_SCALE_USERS is {}: expected {} at least", size.users, 4 * PAGE_SIZE);
        Ok(size)
    }

    /// The 10,000th, or one in the middle of a smaller store.
    const fn far_page(&self) -> u64 {
        let middle = self.users / PAGE_SIZE / 2;
        if middle < 10_000 { middle } else { 10_000 }
    }
}

pub(crate) fn run() -> Result<Vec<Figure>> {
    super::runtime()?.block_on(measure())
}

async fn measure() -> Result<Vec<Figure>> {
    let size = Size::read()?;
    let (small, large) = (Site::shipped()?, Site::shipped()?);
    large.set_admin(ADMIN)?;
    eprintln!("filling a store with {} users and {} sign-ins", size.users, size.signins);
    store::fill(&large.database(), size.users, size.signins).await.context("filling the store")?;
    let (small, large) = (small.start()?, large.start()?);
    let mut figures = pages(large.address, size.far_page()).await?;
    let numbers = 0..4 * cores();
    for number in numbers.clone() {
        sign_up(small.address, number).await?;
    }
    let (mut empty, mut full) = (SignIns::default(), SignIns::default());
    // All over the list, so that not the same few rows are read.
    let far = |number: usize| number * usize::try_from(size.users).unwrap_or(usize::MAX) / (4 * cores());
    let mut at_small = signers(small.address, numbers.clone()).await?;
    let mut at_large = signers(large.address, numbers.map(far)).await?;
    for _ in 0..ROUNDS {
        empty.add(small.pid(), &mut at_small).await?;
        full.add(large.pid(), &mut at_large).await?;
    }
    figures.extend([
        Figure::new("sign-in, full store / empty store, time", "", ratios(&empty.rates, &full.rates)).at_most(1.2),
        Figure::new("sign-in, full store / empty store, CPU", "", ratios(&full.costs, &empty.costs)),
        Figure::new("sign-ins, empty store", "/s", empty.rates),
        Figure::new("sign-ins, full store", "/s", full.rates),
    ]);
    Ok(figures)
}

async fn signers(address: SocketAddr, numbers: impl Iterator<Item = usize>) -> Result<Vec<Caller>> {
    let mut signers = Vec::new();
    for number in numbers {
        signers.push(Caller::new(address, Request::post("/auth/signin", &credentials(number))).await?);
    }
    Ok(signers)
}

/// Of each round.
#[derive(Default)]
struct SignIns {
    rates: Vec<f64>,
    /// CPU of the gateway, in milliseconds.
    costs: Vec<f64>,
}

impl SignIns {
    async fn add(&mut self, pid: u32, signers: &mut [Caller]) -> Result<()> {
        let before = cpu_time(pid)?;
        let pace = pace(signers, SLICE).await?;
        self.rates.push(pace.per_second);
        self.costs.push(millis(cpu_time(pid)?.saturating_sub(before)) / f64::from(pace.total));
        Ok(())
    }
}

/// The first page, one far down by its number, and the same one by the cursor of the page before it.
async fn pages(address: SocketAddr, far: u64) -> Result<Vec<Figure>> {
    let token = administrator(address).await?;
    let page = |number: u64| format!("/users?page_num={number}&page_size={PAGE_SIZE}");
    let before = ask(address, &page(far - 1), &token).await?;
    let next = before["next"].as_str().context("the page before the last has no cursor")?;
    let by_cursor = format!("/users?next={next}&page_size={PAGE_SIZE}");
    let (by_number, again) = (ask(address, &page(far), &token).await?, ask(address, &by_cursor, &token).await?);
    ensure!(by_number["items"].as_array().is_some_and(|items| items.len() as u64 == PAGE_SIZE), "the far page is not full");
    ensure!(by_number["items"] == again["items"], "number and cursor lead to different pages");
    let mut targets = Vec::new();
    for path in [page(1), page(far), by_cursor] {
        targets.push((Caller::new(address, Request::get(&path, Some(&token))).await?, Vec::new()));
    }
    for _ in 0..ROUNDS {
        for (caller, medians) in &mut targets {
            medians.push(median(caller).await?);
        }
    }
    let [(_, first), (_, number), (_, cursor)] = <[_; 3]>::try_from(targets).ok().context("three pages")?;
    Ok(vec![
        Figure::new("GET /users, page 10,000 by number / page 1", "", ratios(&number, &first)).at_most(2.0),
        Figure::new("GET /users, page 10,000 by cursor / page 1", "", ratios(&cursor, &first)).at_most(2.0),
        Figure::new("GET /users, page 1, p50", "ms", first),
        Figure::new("GET /users, page 10,000 by number, p50", "ms", number),
        Figure::new("GET /users, page 10,000 by cursor, p50", "ms", cursor),
    ])
}

/// In milliseconds.
async fn median(caller: &mut Caller) -> Result<f64> {
    let mut times = Vec::new();
    for _ in 0..REQUESTS {
        let begun = std::time::Instant::now();
        caller.once().await?;
        times.push(millis(begun.elapsed()));
    }
    Ok(quantile(&times, 0.5))
}

async fn administrator(address: SocketAddr) -> Result<String> {
    let body = serde_json::json!({ "type": "simple", "email": ADMIN, "password": PASSWORD });
    let mut connection = Connection::open(address).await?;
    connection.send(&Request::post("/auth/signin", &body)).await?;
    let answer: Value = serde_json::from_slice(connection.body())?;
    Ok(answer["access_token"].as_str().context("a sign-in without a token")?.to_owned())
}

async fn ask(address: SocketAddr, path: &str, token: &str) -> Result<Value> {
    let mut connection = Connection::open(address).await?;
    connection.send(&Request::get(path, Some(token))).await.with_context(|| path.to_owned())?;
    Ok(serde_json::from_slice(connection.body())?)
}
