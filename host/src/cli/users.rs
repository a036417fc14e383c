//! `vestibule users`.

mod export;
mod report;
mod source;
mod table;

use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};

use self::{report::Report, source::Source};
use crate::{
    app::{self, stores::Stores},
    clock::SystemClock,
    config::Config,
    flow::{export::Export, import::Import},
};

/// What to do with users, all at once.
#[derive(Subcommand)]
pub enum UsersCommand {
    /// Bring in users of another system, with the password hashes that they have. The server may run meanwhile.
    Import {
        /// JSON lines or CSV; - for standard input.
        file: PathBuf,
        /// Instead of what the file's name ends in.
        #[arg(long)]
        format: Option<Format>,
        /// Look for mistakes and change nothing.
        #[arg(long)]
        dry_run: bool,
        /// Write the mistakes here instead of to standard error.
        #[arg(long, value_name = "FILE")]
        errors: Option<PathBuf>,
    },
    /// Write all users to a file that only you can read, or to standard output.
    Export {
        /// Where to; - for standard output.
        #[arg(default_value = "-")]
        file: PathBuf,
        /// Instead of what the file's name ends in; JSON lines to standard output.
        #[arg(long)]
        format: Option<Format>,
        /// Also password hashes, and (JSON lines only) second factors and the private data of providers.
        #[arg(long)]
        with_hashes: bool,
    },
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A JSON object a line.
    Jsonl,
    /// A table whose first line names the columns.
    Csv,
}

/// Runs one of them.
///
/// # Errors
/// If a file or the store is out of reach, or a line was bad.
pub async fn run(command: UsersCommand, config: &Config) -> anyhow::Result<()> {
    match command {
        UsersCommand::Import { file, format, dry_run, errors } => {
            let source = Source::open(&file, format_of(&file, format)?, &config.data_dir)?;
            import(config, source, dry_run, errors.as_deref()).await
        }
        UsersCommand::Export { file, format, with_hashes } => {
            let format = if is_standard(&file) { format.unwrap_or(Format::Jsonl) } else { format_of(&file, format)? };
            let store = Stores::open(config).await?.accounts();
            let export = Export { accounts: &*store, clock: &SystemClock, with_hashes };
            export::run(&export, &file, format).await
        }
    }
}

async fn import(config: &Config, mut source: Source, dry_run: bool, errors: Option<&Path>) -> anyhow::Result<()> {
    if let Some(path) = errors {
        anyhow::ensure!(!source.is_at(path)?, "--errors: {} is the file to be imported, and would be emptied", path.display());
    }
    let mut report = Report::new(source.lines, errors)?;
    let entries = source.entries()?;
    let secret_key = app::secret_key(config)?;
    let store = Stores::open(config).await?.accounts();
    let import = Import { accounts: &*store, clock: &SystemClock, secret_key: &secret_key, file: source.digest.clone(), dry_run };
    let outcome = import.run(entries, &mut report).await;
    report.finish()?;
    let tally = outcome?;
    if tally.before > 0 {
        println!("went on after {} lines of an import that was interrupted; bad are those of the whole file", tally.before);
    }
    let verb = if dry_run { "dry run, nothing was changed: to import" } else { "imported" };
    println!("{verb} {}, skipped {} (already there), bad {}", tally.imported, tally.skipped, tally.bad);
    anyhow::ensure!(tally.bad == 0, "{} lines are bad and were left out; mend them and import the file again", tally.bad);
    Ok(())
}

fn is_standard(file: &Path) -> bool {
    file.as_os_str() == "-"
}

fn format_of(file: &Path, given: Option<Format>) -> anyhow::Result<Format> {
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    let known = match extension.as_str() {
        "jsonl" | "ndjson" => Some(Format::Jsonl),
        "csv" => Some(Format::Csv),
        _ => None,
    };
    let unknown = || anyhow::anyhow!("{}: the name does not end in .jsonl or .csv; say --format jsonl or --format csv", file.display());
    given.or(known).ok_or_else(unknown)
}
