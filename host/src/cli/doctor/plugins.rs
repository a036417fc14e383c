//! The plugins directory: every plugin is loaded as the gateway would, into a cache of its own that is thrown away.

use std::{collections::BTreeSet, fs};

use super::report::Report;
use crate::{
    app,
    config::{Config, Environment},
    flow::{
        port,
        provider::{Status, states},
    },
    model::Secret,
    random::{self, SystemRandom},
};

pub(super) async fn examine(config: &Config, environment: Environment, report: &mut Report) {
    let directory = &config.plugins_dir;
    if !directory.is_dir() {
        let text = format!("{} is not there: nobody can sign in", directory.display());
        return report.warn("plugins_dir", text, "make it, and put the plugins there that people sign in by");
    }
    let scratch = std::env::temp_dir().join(format!("vestibule-doctor-{}", &random::token(&SystemRandom)[..22]));
    let apart = Config {
        cache_dir: Some(scratch.clone()),
        // It seals that cache alone.
        secret_key: Some(Secret::new("00".repeat(32))),
        ..config.clone()
    };
    match app::providers(&apart, environment, port::none(), None).await {
        Err(error) => report.fail("plugins_dir", format!("{error:#}"), "mend what the message names"),
        Ok(providers) => {
            let generation = providers.generation();
            let states = states(&generation);
            if states.is_empty() {
                let text = format!("{} holds no plugins: nobody can sign in", directory.display());
                report.warn("plugins_dir", text, "put the plugins there that people sign in by");
            }
            for state in &states {
                tell(state, report);
            }
            let known = states.iter().flat_map(|state| [state.file.as_str(), state.type_name.as_str()]).collect();
            unfinished(config, &known, report);
        }
    }
    // What is left in the place for temporary files harms nobody.
    let _ = fs::remove_dir_all(&scratch);
}

fn tell(state: &crate::flow::provider::ProviderState, report: &mut Report) {
    let name = format!("plugin {}", state.type_name);
    let reason = state.reason.clone().unwrap_or_default();
    match state.status {
        Status::Live => report.ok(&name, format!("{} {}", state.name, state.version)),
        Status::Disabled => report.warn(&name, format!("disabled: {reason}"), "if it should be live: enabled = true"),
        Status::Refused => {
            // The other check looks at components alone.
            let again = match state.file.strip_suffix(".wasm") {
                Some(_) => format!("plugin check {}", state.file),
                None => "doctor".to_owned(),
            };
            let mend = format!("correct what the reason names, then `vestibule {again}`");
            report.fail(&name, format!("refused: {reason}"), mend);
        }
    }
}

/// A large component may take longer to compile than anybody waits here. Known are files and types: what was decided on may be the `.toml`.
fn unfinished(config: &Config, known: &BTreeSet<&str>, report: &mut Report) {
    let entries = fs::read_dir(&config.plugins_dir).into_iter().flatten().flatten();
    for file in entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|file| std::path::Path::new(file).extension().is_some_and(|extension| extension == "wasm"))
    {
        let name = file.strip_suffix(".wasm").unwrap_or_default();
        if !known.contains(file.as_str()) && !known.contains(name) {
            let mend = "look again with `vestibule plugin check FILE`; a name has small letters, digits and dashes";
            report.warn("plugins_dir", format!("{file} was not decided on"), mend);
        }
    }
}
