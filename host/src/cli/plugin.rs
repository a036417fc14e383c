//! `vestibule plugin`: what is in the directory, and whether a file would be taken.

use std::path::PathBuf;

use clap::Subcommand;

use crate::{
    app,
    config::{Config, Environment},
    flow::{
        port,
        provider::{ProviderState, states},
    },
    model::form::Form,
    provider::{generation::Entry, inspect::inspect, sandbox::LoadedProvider},
};

/// What to do with plugins.
#[derive(Subcommand)]
pub enum PluginCommand {
    /// List the plugins of the directory: live, disabled, refused and why.
    List,
    /// Load a file with the grants beside it, and say what it is or why it is refused.
    Check {
        /// NAME.wasm; NAME.toml beside it holds the grants.
        file: PathBuf,
    },
}

/// Runs one of them.
///
/// # Errors
/// If the directory cannot be read, or the file is refused.
pub async fn run(command: PluginCommand, config: &Config, environment: Environment) -> anyhow::Result<()> {
    match command {
        PluginCommand::List => list(config, environment).await,
        PluginCommand::Check { file } => check(config, environment, &file).await,
    }
}

async fn list(config: &Config, environment: Environment) -> anyhow::Result<()> {
    let store = app::stores::Stores::open(config).await?.accounts();
    let providers = app::providers(config, environment, port::none(), Some(store)).await?;
    let states = states(&*providers.reload().await);
    if states.is_empty() {
        println!("no plugins in {}", config.plugins_dir.display());
    }
    for state in &states {
        print_state(state);
    }
    Ok(())
}

fn print_state(state: &ProviderState) {
    let digest = state.digest.as_deref().map(|digest| &digest[..12]).unwrap_or_default();
    println!("{:<16} {:<9} {:<10} {digest:<12}  {}", state.type_name, state.status.as_str(), state.version, state.name);
    if !state.grants.is_empty() {
        println!("{:<16} granted: {}", "", state.grants.join(", "));
    }
    if let Some(reason) = &state.reason {
        println!("{:<16} {reason}", "");
    }
}

async fn check(config: &Config, environment: Environment, file: &std::path::Path) -> anyhow::Result<()> {
    let entry = inspect(file, app::provider_settings(config, environment)?, port::none()).await;
    print_card(&entry.map_err(|error| anyhow::anyhow!("refused: {error}"))?);
    Ok(())
}

fn print_card(entry: &Entry<LoadedProvider>) {
    let manifest = entry.live.manifest();
    println!("{} would be live as type {:?}", entry.component, entry.type_name);
    println!("  {} {}: {}", manifest.name, manifest.version, manifest.summary);
    println!("  sha256     {}", entry.digest);
    let fields = |form: &Option<Form>| {
        form.as_ref().map_or_else(|| "none".to_owned(), |form| form.fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join(", "))
    };
    println!("  sign-up    {}", fields(&manifest.signup));
    println!("  sign-in    {}", fields(&manifest.signin));
    for (what, names) in
        [("keeps", &manifest.attributes), ("hosts", &manifest.hosts), ("secrets", &manifest.secrets), ("mails", &manifest.mails)]
    {
        if !names.is_empty() {
            println!("  {what:<10} {}", names.join(", "));
        }
    }
}
