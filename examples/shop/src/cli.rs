//! The command line: one table of commands.

mod health;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{
    clock::{Clock as _, SystemClock},
    http::router,
    log,
    seed::{self, Amount},
    settings::Settings,
    store::{Contents, Store},
};

/// A book shop behind Vestibule.
///
/// Settings are environment variables: `SHOP_LISTEN`, `SHOP_DATABASE_URL`, `SHOP_GATEWAY`, `SHOP_JWKS_URL`, `SHOP_AUDIENCE`, `SHOP_LOG`; see the README.
#[derive(Parser)]
#[command(name = "shop", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, Subcommand)]
enum Command {
    /// Run the shop; applies migrations on start.
    Serve,
    /// Apply migrations alone.
    Migrate,
    /// Fill the database with made-up test data; what is there already stays as it is.
    Seed {
        /// How many books.
        #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=10_000))]
        books: u16,
        /// How many shops.
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
        shops: u16,
        /// Also a history and a cart for the gateway's users 1 to N.
        #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=10_000))]
        users: u16,
        /// Another number gives other data.
        #[arg(long, default_value_t = 1)]
        seed: u16,
    },
    /// Ask the shop that serves with these settings, on this machine, whether it is ready.
    Health,
    /// Print the OpenAPI document.
    Openapi,
}

/// Runs the command of this process.
#[must_use]
pub fn run() -> ExitCode {
    match run_command(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("shop: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run_command(command: Command) -> anyhow::Result<()> {
    if matches!(command, Command::Openapi) {
        println!("{}", serde_json::to_string_pretty(&router::openapi())?);
        return Ok(());
    }
    let settings = Settings::from_environment()?;
    if matches!(command, Command::Health) {
        return health::health(settings.listen);
    }
    log::start(&settings.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Serve => serve::serve(&settings).await,
            Command::Migrate => migrated(&settings).await.map(|_| println!("the database is up to date")),
            Command::Seed { books, shops, users, seed } => {
                let amount = Amount { books: books.into(), shops: shops.into(), users: users.into(), seed: seed.into() };
                fill(&settings, amount).await
            }
            Command::Health | Command::Openapi => Ok(()),
        }
    })
}

async fn migrated(settings: &Settings) -> anyhow::Result<Store> {
    let store = Store::open(&settings.database_url).await?;
    store.migrate().await?;
    Ok(store)
}

async fn fill(settings: &Settings, amount: Amount) -> anyhow::Result<()> {
    let store = migrated(settings).await?;
    store.seed(&seed::make(amount, SystemClock.now())).await?;
    let Contents { books, shops, buyers } = store.contents().await?;
    store.close().await;
    println!("there are {books} books, {shops} shops, and histories of {buyers} users");
    Ok(())
}
