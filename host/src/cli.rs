//! The command line: one table of commands; each is a small file.

pub mod admin;
pub mod document;
pub mod keys;
pub mod migrate;
pub mod plugin;
pub mod serve;
pub mod users;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    config::{self, Config, Environment},
    log,
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
    /// Bring users in from another system, or write them out.
    #[command(subcommand)]
    Users(users::UsersCommand),
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
    log::start(&config)?;
    warn_of_unknown_variables(&environment);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(dispatch(command, config, environment))
}

async fn dispatch(command: Command, mut config: Config, environment: Environment) -> anyhow::Result<()> {
    match command {
        Command::Serve => serve::serve(config, environment).await,
        Command::SetAdmin { email, password } => admin::set_admin(config, environment, &email, password).await,
        Command::Migrate => migrate::migrate(&config).await,
        Command::Openapi { plugins_dir } => {
            config.plugins_dir = plugins_dir.unwrap_or(config.plugins_dir);
            document::openapi(&config, environment).await
        }
        Command::Plugin(command) => plugin::run(command, &config, environment).await,
        Command::Keys(command) => keys::run(command, &config).await,
        Command::Users(command) => users::run(command, &config).await,
        Command::ConfigurationManual | Command::CompileComponent => Ok(()),
    }
}

/// A mistyped name would otherwise be silent.
fn warn_of_unknown_variables(environment: &Environment) {
    let known = |name: &&str| {
        Config::MANUAL.iter().any(|entry| name.strip_prefix(config::source::PREFIX).is_some_and(|key| key.eq_ignore_ascii_case(entry.key)))
    };
    for name in environment.names_with(config::source::PREFIX).filter(|name| !known(name)) {
        tracing::warn!(name, "this environment variable is no setting; `vestibule configuration-manual` lists them");
    }
}
