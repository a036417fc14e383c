//! A Redis that keeps everything, or sessions: whether it answers, and whether it keeps what it is given.

use std::sync::Arc;

use super::report::Report;
use crate::{
    config::Config,
    store::{
        Store,
        open::{Limits, open},
        upkeep::Kept,
    },
};

/// The store, if it can be reached.
pub(super) async fn database(config: &Config, report: &mut Report) -> Option<Arc<dyn Store>> {
    look("database", "database_url", config.database().expose(), Kept::Accounts, report).await
}

pub(super) async fn sessions(config: &Config, report: &mut Report) {
    if let Some(store) = look("sessions", "sessions_url", config.sessions_url.expose(), Kept::Sessions, report).await {
        store.close().await;
    }
}

async fn look(what: &'static str, setting: &str, url: &str, kept: Kept, report: &mut Report) -> Option<Arc<dyn Store>> {
    let store = match open(url, Limits::default()).await {
        Ok(store) => store,
        Err(error) => {
            report.fail(what, error.to_string(), format!("start the server, or correct {setting}"));
            return None;
        }
    };
    report.ok(what, "Redis answers");
    match store.doubts(kept).await {
        Ok(doubts) if doubts.is_empty() => report.ok(what, "Redis keeps what it is given: appendonly is on, and nothing is evicted"),
        Ok(doubts) => {
            for doubt in doubts {
                report.warn(what, doubt.problem, format!("put `{}` into redis.conf", doubt.mend));
            }
        }
        Err(error) => report.warn(what, error.to_string(), format!("look at the server that {setting} names")),
    }
    Some(store)
}
