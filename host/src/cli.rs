//! The command line: one table of commands; each is a small file.

pub mod admin;
pub mod doctor;
pub mod document;
pub mod health;
pub mod keys;
pub mod migrate;
pub mod plugin;
pub mod provision;
pub mod seed;
pub mod serve;
pub mod store;
pub mod users;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    config::{self, Config, Environment},
    log,
    trace::export::Exporter,
};

/// An auth gateway whose ways to sign in are sandboxed WebAssembly components.
#[derive(Parser)]
#[command(name = "vestibule", version, about)]
struct Arguments {
    /// The configuration file (default: vestibule.toml, if there).
    #[arg(long, short, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the gateway; applies migrations on start unless told not to.
    Serve,
    /// Create or promote an administrator; - reads the password from standard input.
    SetAdmin {
        /// The administrator's address.
        email: String,
        /// The password, or - for standard input (arguments are visible to other users of the machine).
        password: String,
    },
    /// Apply migrations alone.
    Migrate,
    /// Put example users and roles into the store, to try things out; not in production. Twice is once.
    Seed {
        /// The password of all of them, or - for standard input; one is drawn and printed unless given.
        password: Option<String>,
    },
    /// Make or repair a role and a database on a PostgreSQL server, for Vestibule alone; prints the `database_url` to use.
    Provision(provision::Provision),
    /// Print the OpenAPI document with the providers of the plugins directory.
    Openapi {
        /// Instead of the configured one.
        #[arg(long, value_name = "DIR")]
        plugins_dir: Option<PathBuf>,
    },
    /// Look at plugins: list those of the directory, or check a file.
    #[command(subcommand)]
    Plugin(plugin::PluginCommand),
    /// Signing keys.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// The store as a whole: move to another one.
    #[command(subcommand)]
    Store(store::StoreCommand),
    /// Bring users in from another system, or write them out.
    #[command(subcommand)]
    Users(users::UsersCommand),
    /// Look at configuration, database, plugins, mail and network; say what is wrong and how to mend it. Changes nothing.
    Doctor {
        /// For machines.
        #[arg(long)]
        json: bool,
    },
    /// Ask the gateway that serves with this configuration, on this machine, whether it is ready.
    Health,
    /// Print the manual of the configuration (docs/configuration.md).
    ConfigurationManual,
    /// Compile a component from standard input to standard output (the gateway runs this itself, with limits).
    #[command(hide = true)]
    CompileComponent,
}

/// Runs the command of this process.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        // Without configuration, environment or logs: the child gets bytes and gives bytes.
        Command::CompileComponent => return serve::compile_component(),
        Command::Health => asked_for_health(arguments.config.as_deref()),
        Command::Doctor { json } => return doctor::run(arguments.config.as_deref(), json),
        Command::ConfigurationManual => {
            print!("{}", document::configuration_manual());
            Ok(())
        }
        command => configured(command, arguments.config.as_deref()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vestibule: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn configured(command: Command, file: Option<&std::path::Path>) -> anyhow::Result<()> {
    let environment = Environment::read().map_err(anyhow::Error::msg)?;
    let config = config::load(file, &environment)?;
    let exporter = log::start(&config)?;
    warn_of_unknown_variables(&environment);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(dispatch(command, config, environment, exporter))
}

/// Without logs and runtime, since it runs every few seconds.
fn asked_for_health(file: Option<&std::path::Path>) -> anyhow::Result<()> {
    let environment = Environment::read().map_err(anyhow::Error::msg)?;
    health::health(&config::read(file, &environment)?)
}

async fn dispatch(command: Command, mut config: Config, environment: Environment, exporter: Option<Exporter>) -> anyhow::Result<()> {
    match command {
        Command::Serve => serve::serve(config, environment, exporter).await,
        Command::SetAdmin { email, password } => admin::set_admin(config, environment, &email, password).await,
        Command::Migrate => migrate::migrate(&config).await,
        Command::Seed { password } => seed::seed(config, environment, password).await,
        Command::Provision(arguments) => provision::run(arguments, &config).await,
        Command::Openapi { plugins_dir } => {
            config.plugins_dir = plugins_dir.unwrap_or(config.plugins_dir);
            document::openapi(&config, environment).await
        }
        Command::Plugin(command) => plugin::run(command, &config, environment).await,
        Command::Keys(command) => keys::run(command, &config).await,
        Command::Store(command) => store::run(command, &environment).await,
        Command::Users(command) => users::run(command, &config).await,
        Command::Doctor { .. } | Command::Health | Command::ConfigurationManual | Command::CompileComponent => Ok(()),
    }
}

/// A mistyped name would otherwise be silent.
fn warn_of_unknown_variables(environment: &Environment) {
    for name in unknown_variables(environment) {
        tracing::warn!(name, "this environment variable is no setting; `vestibule configuration-manual` lists them");
    }
}

/// Variables that have our prefix and are no setting.
fn unknown_variables(environment: &Environment) -> impl Iterator<Item = &str> {
    let known = |name: &&str| {
        Config::MANUAL.iter().any(|entry| name.strip_prefix(config::source::PREFIX).is_some_and(|key| key.eq_ignore_ascii_case(entry.key)))
    };
    environment.names_with(config::source::PREFIX).filter(move |name| !known(name))
}
