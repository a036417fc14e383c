//! `vestibule store`.

mod progress;

use std::{path::PathBuf, sync::Arc};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use url::Url;

use self::progress::Progress;
use crate::{
    clock::SystemClock,
    config::Environment,
    flow::copy::{Copy, Side},
    store::{
        OpenError, Store,
        open::{Limits, look, open},
        sql::SqlStore,
    },
};

/// What to do with a store as a whole.
#[derive(Subcommand)]
pub enum StoreCommand {
    /// Copy everything from one store into another, empty one, and compare them afterwards: to begin on SQLite and move to PostgreSQL
    /// or Redis, or back. Stop all gateways first. Nobody is signed out, if the gateway keeps its secret key.
    Copy(CopyArguments),
}

/// Where from, and where to. A URL is written as in `database_url`; env:NAME takes it from an environment variable, since arguments
/// are visible to other users of the machine.
#[derive(Args)]
pub struct CopyArguments {
    /// The store that is there. It is only read.
    #[arg(long, value_name = "URL")]
    from: String,
    /// The new store: no gateway has been started on it yet.
    #[arg(long, value_name = "URL")]
    to: String,
    /// Where sessions are now, if `sessions_url` says another store.
    #[arg(long, value_name = "URL")]
    sessions_from: Option<String>,
    /// Where sessions are to be, if `sessions_url` will say another store.
    #[arg(long, value_name = "URL")]
    sessions_to: Option<String>,
    /// If an earlier copy into the same store has not ended: empty it, and begin again.
    #[arg(long)]
    start_over: bool,
}

/// Runs one of them.
///
/// # Errors
/// If a store is out of reach, is not as it must be, or holds something else afterwards.
pub async fn run(command: StoreCommand, environment: &Environment) -> anyhow::Result<()> {
    let StoreCommand::Copy(arguments) = command;
    let from = Place::read("--from", &arguments.from, environment)?;
    let to = Place::read("--to", &arguments.to, environment)?;
    let sessions_from = other(&from, "--sessions-from", arguments.sessions_from.as_deref(), environment)?;
    let sessions_to = other(&to, "--sessions-to", arguments.sessions_to.as_deref(), environment)?;
    for source in [&from].into_iter().chain(&sessions_from) {
        for target in [&to].into_iter().chain(&sessions_to) {
            anyhow::ensure!(!source.is(target), "{} and {} name the same store", source.option, target.option);
        }
    }
    let from = Opened {
        accounts: from.look().await?,
        ephemeral: match &sessions_from {
            Some(place) => Some(place.look().await?),
            None => None,
        },
    };
    let to = Opened {
        accounts: to.open().await?,
        ephemeral: match &sessions_to {
            Some(place) => Some(place.open().await?),
            None => None,
        },
    };
    let mut progress = Progress::new();
    let copy = Copy { from: from.side(), to: to.side(), clock: &SystemClock, start_over: arguments.start_over };
    let outcome = copy.run(&mut progress).await;
    progress.finish();
    to.close().await;
    from.close().await;
    outcome?;
    println!(
        "copied: both stores hold the same. Set database_url (and sessions_url) to the new one; the gateway needs the same secret key as before"
    );
    Ok(())
}

/// The second store of a side, unless it is the first again.
fn other(first: &Place, option: &'static str, said: Option<&str>, environment: &Environment) -> anyhow::Result<Option<Place>> {
    let second = said.map(|said| Place::read(option, said, environment)).transpose()?;
    Ok(second.filter(|second| !second.is(first)))
}

/// A store as an option names it.
struct Place {
    option: &'static str,
    url: String,
}

impl Place {
    fn read(option: &'static str, said: &str, environment: &Environment) -> anyhow::Result<Self> {
        if let Some(name) = said.strip_prefix("env:") {
            let url = environment.get(name).with_context(|| format!("{option}: there is no environment variable {name}"))?;
            return Ok(Self { option, url: url.to_owned() });
        }
        if Url::parse(said).is_ok_and(|url| url.password().is_some()) {
            eprintln!(
                "warning: {option} has a password, which other users of this machine can see; env:NAME takes the URL from a variable"
            );
        }
        Ok(Self { option, url: said.to_owned() })
    }

    /// Whether both say the same place. A server may have several names: then it is seen that the target is not empty.
    fn is(&self, other: &Self) -> bool {
        let file = |url| SqlStore::file(url).ok().flatten().map(|path| std::fs::canonicalize(&path).unwrap_or(path));
        let files: (Option<PathBuf>, Option<PathBuf>) = (file(&self.url), file(&other.url));
        self.url == other.url || matches!(files, (Some(mine), Some(other)) if mine == other)
    }

    async fn look(&self) -> anyhow::Result<Arc<dyn Store>> {
        look(&self.url).await.map_err(|error| self.named(error))
    }

    async fn open(&self) -> anyhow::Result<Arc<dyn Store>> {
        open(&self.url, Limits::default()).await.map_err(|error| self.named(error))
    }

    fn named(&self, error: OpenError) -> anyhow::Error {
        anyhow::Error::new(error).context(self.option)
    }
}

/// The stores of one side.
struct Opened {
    accounts: Arc<dyn Store>,
    ephemeral: Option<Arc<dyn Store>>,
}

impl Opened {
    fn side(&self) -> Side<'_> {
        let ephemeral = self.ephemeral.as_ref().unwrap_or(&self.accounts);
        Side { accounts: &*self.accounts, ephemeral: &**ephemeral, is_one: self.ephemeral.is_none() }
    }

    async fn close(&self) {
        for store in self.ephemeral.iter().chain([&self.accounts]) {
            store.close().await;
        }
    }
}
