//! `vestibule doctor`: looks at everything that a gateway needs, says what is wrong and how to mend it, and changes nothing.

mod data;
mod plugins;
mod reach;
mod redis;
mod report;
mod settings;

use std::{path::Path, process::ExitCode};

use self::report::Report;
use crate::config::{self, Environment};

/// Looks, and prints one line for each check (`json`: one document). The exit code is 1 if anything fails.
#[must_use]
pub fn run(file: Option<&Path>, json: bool) -> ExitCode {
    let mut report = Report::default();
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(examine(file, &mut report)),
        Err(error) => report.fail("process", format!("no threads: {error}"), "look at the limits of this user (ulimit -a)"),
    }
    report.print(json)
}

async fn examine(file: Option<&Path>, report: &mut Report) {
    let environment = match Environment::read() {
        Ok(environment) => environment,
        Err(error) => return report.fail("environment", error, "mend that line of .env"),
    };
    settings::variables(&environment, report);
    let config = match config::read(file, &environment) {
        Ok(config) => config,
        Err(errors) => {
            for error in errors.0 {
                report.fail("configuration", error, "docs/configuration.md, or `vestibule configuration-manual`, names every setting");
            }
            // Nothing else can be looked at without knowing where it is.
            return;
        }
    };
    settings::examine(&config, file, report);
    settings::services(&config, &environment, report);
    data::examine(&config, report).await;
    plugins::examine(&config, environment, report).await;
    reach::examine(&config, report).await;
}
