//! What an operator sees: memory, time to start, time until a new plugin is live.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::Result;
use serde_json::Value;

use crate::{
    figure::Figure,
    gateway::{Server, Site, guest, plugin, until},
    process::resident,
    sample::millis,
};

const STARTS: usize = 9;
const DROPS: usize = 5;
/// Until what start-up leaves behind has gone.
const SETTLED: Duration = Duration::from_secs(2);

pub(crate) fn run() -> Result<Vec<Figure>> {
    super::runtime()?.block_on(measure())
}

async fn measure() -> Result<Vec<Figure>> {
    let (three, ten) = (Site::shipped()?, Site::new()?);
    for number in 0..10 {
        ten.enable(&format!("simple-{number}"), &plugin("simple"), "")?;
    }
    let first = started(&three, 3).await?.1;
    drop(started(&ten, 10).await?);
    let [mut threes, mut tens] = [const { Vec::new() }; 2];
    for _ in 0..STARTS {
        threes.push(started(&three, 3).await?.1);
        tens.push(started(&ten, 10).await?.1);
    }
    let (gateway, _) = started(&three, 3).await?;
    tokio::time::sleep(SETTLED).await;
    let memory = resident(gateway.pid())?;
    let [mut compiled, mut cached] = [const { Vec::new() }; 2];
    for _ in 0..DROPS {
        for file in fs::read_dir(three.cache())? {
            fs::remove_file(file?.path())?;
        }
        compiled.push(live(&three, &gateway).await?);
        cached.push(live(&three, &gateway).await?);
    }
    Ok(vec![
        Figure::new("memory, idle with three plugins", "MiB", vec![memory]).at_most(60.0),
        Figure::new("start to ready, three plugins, cached", "ms", threes).at_most(150.0),
        Figure::new("start to ready, ten plugins, cached", "ms", tens),
        Figure::new("start to ready, three plugins, first time", "ms", vec![first]),
        Figure::new("mv of a plugin to live, compiled", "ms", compiled).at_most(1000.0),
        Figure::new("mv of a plugin to live, cached", "ms", cached),
    ])
}

/// A gateway that is ready, and how many milliseconds it took.
async fn started(site: &Site, plugins: usize) -> Result<(Server, f64)> {
    let begun = Instant::now();
    let gateway = site.start()?;
    until(gateway.address, "/health/ready", |health| health["status"] == "ok").await?;
    let time = millis(begun.elapsed());
    let all = |providers: &Value| providers.as_array().is_some_and(|list| list.len() == plugins);
    until(gateway.address, "/auth/providers", all).await?;
    Ok((gateway, time))
}

/// Milliseconds from the `mv` of a plugin into the directory until people can sign in by it; takes it out again.
async fn live(site: &Site, gateway: &Server) -> Result<f64> {
    let is_live = |providers: &Value| providers.as_array().is_some_and(|list| list.iter().any(|one| one["type"] == "hello"));
    let (aside, path) = (site.plugins().join("hello.part"), site.plugins().join("hello.wasm"));
    fs::copy(guest("hello"), &aside)?;
    tokio::time::sleep(SETTLED).await;
    let begun = Instant::now();
    fs::rename(&aside, &path)?;
    until(gateway.address, "/auth/providers", is_live).await?;
    let time = millis(begun.elapsed());
    fs::remove_file(&path)?;
    until(gateway.address, "/auth/providers", |providers| !is_live(providers)).await?;
    Ok(time)
}
