//! Sign-ins, refreshes and checks on each store against SQLite, and two gateways against one, all in the same rounds.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::{
    figure::Figure,
    gateway::{Server, Site, credentials, sign_up, sign_up_pair},
    sample::ratios,
    server::{self, Running},
    wire::{Caller, Connection, Request, Work, pace},
};

const ROUNDS: usize = 9;
const SLICE: Duration = Duration::from_millis(700);
/// Enough that something always waits, and few enough that the tail of one slice does not reach into the next.
const CLIENTS: usize = 16;

/// Renews one session over and over.
struct Refresher {
    connection: Connection,
    token: String,
}

impl Work for Refresher {
    async fn once(&mut self) -> Result<()> {
        self.connection.send(&Request::post("/auth/refresh", &json!({ "refresh_token": self.token }))).await?;
        let answer: Value = serde_json::from_slice(self.connection.body())?;
        answer["refresh_token"].as_str().context("a refresh without a token")?.clone_into(&mut self.token);
        Ok(())
    }
}

/// Gateways on one store, their clients, and what came of them.
struct Target {
    name: &'static str,
    gateways: Vec<Server>,
    _site: Site,
    signers: Vec<Caller>,
    refreshers: Vec<Refresher>,
    checkers: Vec<Caller>,
    signins: Vec<f64>,
    refreshes: Vec<f64>,
    checks: Vec<f64>,
}

impl Target {
    async fn new(name: &'static str, settings: Vec<(&'static str, String)>, gateways: usize) -> Result<Self> {
        let site = Site::shipped()?.with(settings);
        let gateways: Vec<Server> = (0..gateways).map(|_| site.start()).collect::<Result<_>>()?;
        let mut target = Self {
            name,
            signers: Vec::new(),
            refreshers: Vec::new(),
            checkers: Vec::new(),
            signins: Vec::new(),
            refreshes: Vec::new(),
            checks: Vec::new(),
            _site: site,
            gateways: Vec::new(),
        };
        for number in 0..CLIENTS {
            target.add_clients(gateways[number % gateways.len()].address, number).await?;
        }
        target.gateways = gateways;
        Ok(target)
    }

    async fn add_clients(&mut self, address: SocketAddr, number: usize) -> Result<()> {
        let token = sign_up(address, number).await?;
        self.signers.push(Caller::new(address, Request::post("/auth/signin", &credentials(number))).await?);
        self.checkers.push(Caller::new(address, Request::get("/auth/check", Some(&token))).await?);
        let (_, token) = sign_up_pair(address, CLIENTS + number).await?;
        self.refreshers.push(Refresher { connection: Connection::open(address).await?, token });
        Ok(())
    }

    async fn round(&mut self) -> Result<()> {
        self.signins.push(pace(&mut self.signers, SLICE).await?.per_second);
        self.refreshes.push(pace(&mut self.refreshers, SLICE).await?.per_second);
        self.checks.push(pace(&mut self.checkers, SLICE).await?.per_second);
        Ok(())
    }

    /// This one against another, and this one by itself.
    fn figures(&self, other: &Self) -> Vec<Figure> {
        let against = |what: &str, a: &[f64], b: &[f64]| Figure::new(format!("{what}, {} / {}", self.name, other.name), "", ratios(a, b));
        let mut figures = vec![
            against("sign-ins", &self.signins, &other.signins),
            against("refreshes", &self.refreshes, &other.refreshes),
            against("checks", &self.checks, &other.checks),
        ];
        figures.extend(self.rates());
        figures
    }

    fn rates(&self) -> Vec<Figure> {
        let rate = |what: &str, rates: &[f64]| Figure::new(format!("{what}, {}", self.name), "/s", rates.to_vec());
        vec![rate("sign-ins", &self.signins), rate("refreshes", &self.refreshes), rate("checks", &self.checks)]
    }
}

pub(crate) fn run() -> Result<Vec<Figure>> {
    super::runtime()?.block_on(measure())
}

async fn measure() -> Result<Vec<Figure>> {
    let (alone, beside, shared) = (server::redis()?, server::redis()?, server::redis()?);
    let database = |url: String| ("VESTIBULE_DATABASE_URL", url);
    let both = async |name: &str, redis: &Running| Ok::<_, anyhow::Error>(vec![database(server::database(name).await?), sessions(redis)]);
    let mut sqlite = Target::new("SQLite", Vec::new(), 1).await?;
    let mut others = [
        Target::new("PostgreSQL", vec![database(server::database("bench_alone").await?)], 1).await?,
        Target::new("Redis", vec![database(url(&alone))], 1).await?,
        Target::new("PostgreSQL and Redis", both("bench_beside", &beside).await?, 1).await?,
        Target::new("two gateways", both("bench_shared", &shared).await?, 2).await?,
    ];
    for _ in 0..ROUNDS {
        sqlite.round().await?;
        for target in &mut others {
            target.round().await?;
        }
    }
    let mut figures = sqlite.rates();
    let [postgresql, redis, one, two] = &others;
    for (target, other) in [(postgresql, &sqlite), (redis, &sqlite), (one, &sqlite), (two, one)] {
        figures.extend(target.figures(other));
    }
    Ok(figures)
}

fn sessions(redis: &Running) -> (&'static str, String) {
    ("VESTIBULE_SESSIONS_URL", url(redis))
}

fn url(redis: &Running) -> String {
    format!("redis://{}", redis.server.address)
}
