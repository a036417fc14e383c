//! All that an administrator may know of one provider type.

use super::{super::overview::Calls, Grant, ProviderState, Status, grants::beside};
use crate::{
    flow::{Error, Flow, Result, authenticate::Caller},
    model::{form::Form, user::ADMIN},
};

/// One provider type, whole.
pub struct ProviderCard {
    /// How it stands.
    pub state: ProviderState,
    /// What calls of it came to in this process.
    pub calls: Calls,
    /// What it says of itself, if it is live.
    pub live: Option<LiveCard>,
}

/// What a live provider says of itself, and what it may.
pub struct LiveCard {
    /// One sentence, in the provider's words.
    pub summary: String,
    /// What it asks people for who sign up.
    pub signup: Option<Form>,
    /// What it asks people for who sign in.
    pub signin: Option<Form>,
    /// What it keeps about a user.
    pub attributes: Vec<String>,
    /// What it asks for, beside what it was given.
    pub grants: Vec<Grant>,
    /// What one call may use, under the names of the operator's file.
    pub limits: [(&'static str, u64); 10],
}

impl Flow {
    /// One provider type.
    ///
    /// # Errors
    /// [`Error::Forbidden`], or [`Error::NotFound`].
    pub fn provider_card(&self, caller: &Caller, type_name: &str) -> Result<ProviderCard> {
        caller.require(ADMIN)?;
        let state = self.provider_states().into_iter().find(|state| state.type_name == type_name).ok_or(Error::NotFound("provider"))?;
        let live = if state.status == Status::Live { self.live(type_name).ok() } else { None };
        let live = live.map(|entry| {
            let (manifest, limits) = (entry.live.manifest(), &entry.grants.limits);
            LiveCard {
                summary: manifest.summary.clone(),
                signup: manifest.signup.clone(),
                signin: manifest.signin.clone(),
                attributes: manifest.attributes.clone(),
                grants: beside(&state.asks, &state.grants),
                limits: [
                    ("cpu_ms", limits.cpu_ms),
                    ("wall_ms", limits.wall_ms),
                    ("memory_mib", limits.memory_mib),
                    ("fetches", limits.fetches.into()),
                    ("fetch_kib", limits.fetch_kib.into()),
                    ("mails", limits.mails.into()),
                    ("lookups", limits.lookups.into()),
                    ("hashes", limits.hashes.into()),
                    ("log_lines", limits.log_lines.into()),
                    ("concurrent", limits.concurrent.into()),
                ],
            }
        });
        Ok(ProviderCard { calls: self.calls_of(type_name), state, live })
    }
}
