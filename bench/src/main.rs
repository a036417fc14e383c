//! What the gateway costs. Nearly every figure is a ratio of two things measured in turn, slice by slice within one run,
//! so that a machine that is busy with something else slows both alike. An aim that is missed is shown, not punished.

mod empty;
mod figure;
mod gateway;
mod measure;
mod process;
mod sample;
mod server;
mod store;
mod wire;

use std::{env, fs, path::PathBuf};

use anyhow::{Context as _, Result, bail};

use figure::Figure;
use measure::{front, life, pressure, requests, sandbox, scale, signin, stores};

/// What is measured together.
struct Group {
    name: &'static str,
    help: &'static str,
    run: fn() -> Result<Vec<Figure>>,
}

const GROUPS: &[Group] = &[
    Group { name: "sandbox", help: "a call of a provider against a bare instance", run: sandbox::run },
    Group { name: "requests", help: "signed-in requests against an empty route", run: requests::run },
    Group { name: "signin", help: "sign-ins against bare Argon2id", run: signin::run },
    Group { name: "pressure", help: "signed-in requests while sign-ins take every core", run: pressure::run },
    Group { name: "scale", help: "a million users and ten million sign-ins against an empty store", run: scale::run },
    Group { name: "stores", help: "PostgreSQL and Redis against SQLite, two gateways against one", run: stores::run },
    Group {
        name: "front",
        help: "a service behind the gateway, and behind nginx that asks it, against the service itself",
        run: front::run,
    },
    Group { name: "life", help: "memory, start, a new plugin", run: life::run },
];

fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    if words == [empty::COMMAND] {
        return empty::serve();
    }
    if let Some(word) = words.iter().find(|word| GROUPS.iter().all(|group| group.name != **word)) {
        let known: Vec<String> = GROUPS.iter().map(|group| format!("\n  {:10} {}", group.name, group.help)).collect();
        bail!("there is no group {word:?}; without any, all are measured:{}", known.concat());
    }
    let mut figures = Vec::new();
    for group in GROUPS.iter().filter(|group| words.is_empty() || words.iter().any(|word| word == group.name)) {
        eprintln!("measuring {}", group.help);
        figures.extend((group.run)().with_context(|| format!("measuring {}", group.name))?);
    }
    println!("{}", figure::table(&figures));
    let path = beside_the_build("bench.json")?;
    fs::write(&path, figure::json(&figures)).with_context(|| path.display().to_string())?;
    eprintln!("written to {}", path.display());
    Ok(())
}

/// A path in Cargo's target directory, where this program was built.
fn beside_the_build(name: &str) -> Result<PathBuf> {
    let program = env::current_exe()?;
    let target = program.parent().and_then(|profile| profile.parent()).context("the program lies in no target directory")?;
    Ok(target.join(name))
}
