//! Ways to sign in as flows see them: which is live, which is off, and the administrator's switch.

mod card;
mod grants;

use std::{collections::BTreeSet, sync::Arc};

pub use self::{
    card::{LiveCard, ProviderCard},
    grants::Grant,
};
use super::{Error, Flow, Result, authenticate::Caller, health::Check};
use crate::{
    model::{
        Timestamp,
        audit::Actor,
        session::{EndReason, Ended},
        switch::Switch,
        user::ADMIN,
    },
    provider::{
        breaker::BreakerState,
        file::is_type_name,
        generation::{Change, ChangeKind, DisabledBy, Entry, Generation},
        sandbox::LoadedProvider,
    },
};

/// A live provider: whoever holds it can finish on it, whatever happens to the directory.
pub type LiveProvider = Arc<Entry<LoadedProvider>>;

/// How a provider type stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// People can sign in by it.
    Live,
    /// Switched off.
    Disabled,
    /// Its file was refused, and no version before it is live.
    Refused,
}

impl Status {
    /// As the API writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Disabled => "disabled",
            Self::Refused => "refused",
        }
    }
}

/// A provider type as it stands, for administrators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderState {
    /// The provider type.
    pub type_name: String,
    /// How it stands.
    pub status: Status,
    /// For people; empty if nothing of it is live.
    pub name: String,
    /// The provider's own version; empty if nothing of it is live.
    pub version: String,
    /// SHA-256 (hex) of the live component.
    pub digest: Option<String>,
    /// The component's file.
    pub file: String,
    /// Why its file was refused (a version before it may be live), or who switched it off.
    pub reason: Option<String>,
    /// What it asks for; empty if nothing of it is live.
    pub asks: Vec<String>,
    /// What it was granted.
    pub grants: Vec<String>,
    /// Whether its file was refused, be a version before it live or not.
    pub file_refused: bool,
    /// Whether the operator's file switches it off, which no switch undoes.
    pub off_in_file: bool,
    /// Live since.
    pub since: Option<Timestamp>,
}

impl Flow {
    /// The provider of a type.
    ///
    /// # Errors
    /// [`Error::UnknownType`] or [`Error::ProviderDisabled`].
    pub fn live(&self, type_name: &str) -> Result<LiveProvider> {
        let generation = self.providers.generation();
        if let Some(entry) = generation.live.get(type_name) {
            return Ok(Arc::clone(entry));
        }
        if generation.disabled.contains_key(type_name) {
            return Err(Error::ProviderDisabled(type_name.to_owned()));
        }
        Err(Error::UnknownType { given: type_name.to_owned(), live: generation.live.keys().cloned().collect() })
    }

    /// All that is live, by type.
    #[must_use]
    pub fn live_providers(&self) -> Vec<LiveProvider> {
        self.providers.generation().live.values().cloned().collect()
    }

    /// Counts up with every change of what is live.
    #[must_use]
    pub fn generation_number(&self) -> u64 {
        self.providers.generation().number
    }

    /// Every provider type that is known at all.
    #[must_use]
    pub fn provider_states(&self) -> Vec<ProviderState> {
        states(&self.providers.generation())
    }

    /// Reads the directory at once.
    ///
    /// # Errors
    /// None but what the type says.
    pub async fn reload_providers(&self, caller: &Caller) -> Result<Vec<ProviderState>> {
        self.audit(Actor::User(caller.user.id), "provider.reload", "provider:*", "").await;
        Ok(states(&*self.providers.reload().await))
    }

    /// Switches a provider type on or off, for all gateways of this store.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::DisabledInFile`], or the store's.
    pub async fn switch_provider(&self, caller: &Caller, type_name: &str, enabled: bool) -> Result<ProviderState> {
        let generation = self.providers.generation();
        if !generation.type_names().contains(type_name) {
            return Err(Error::NotFound("provider"));
        }
        if enabled && generation.disabled.get(type_name) == Some(&DisabledBy::File) {
            return Err(Error::DisabledInFile(format!("{type_name}.toml says enabled = false: change it there")));
        }
        let action = if enabled { "provider.enable" } else { "provider.disable" };
        self.accounts.set_switch(&Switch { provider: type_name.to_owned(), enabled }, self.clock.now()).await?;
        self.audit(Actor::User(caller.user.id), action, format!("provider:{type_name}"), "").await;
        let state = states(&*self.providers.apply_switches().await).into_iter().find(|state| state.type_name == type_name);
        state.ok_or(Error::NotFound("provider"))
    }

    /// Reports every change of the directory, until the task is dropped.
    pub async fn report_changes(self: Arc<Self>) {
        while let Some(change) = self.providers.change().await {
            self.report_change(&change).await;
        }
    }

    /// Writes what changed in the directory into log and audit.
    async fn report_change(&self, change: &Change) {
        let (kind, provider) = (change.kind.as_str(), change.type_name.as_str());
        let reason = change.reason.as_deref().unwrap_or_default();
        let sha256 = change.digest.as_deref().unwrap_or_default();
        if change.kind == ChangeKind::Refused {
            tracing::warn!(provider, file = change.file, sha256, reason, "provider {kind}");
        } else {
            tracing::info!(provider, file = change.file, sha256, reason, "provider {kind}");
        }
        let detail = format!("{} {sha256} {reason}", change.file);
        self.audit(Actor::Operator, &format!("provider.{kind}"), format!("provider:{provider}"), detail.trim()).await;
    }

    /// Ends all sessions in which a provider type took part, or those that one digest of it began, after a compromise. The type
    /// need not be live: it may have been removed already.
    ///
    /// # Errors
    /// [`Error::NotFound`] for what cannot be the name of a type, [`Error::Fields`], or the store's.
    pub async fn logout_provider(&self, caller: &Caller, type_name: &str, digest: Option<&str>) -> Result<usize> {
        caller.require(ADMIN)?;
        if !is_type_name(type_name) {
            return Err(Error::NotFound("provider"));
        }
        if digest.is_some_and(|digest| digest.len() != 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            return Err(Error::field("digest", "invalid_digest", "is not a SHA-256: 64 hexadecimal digits, as GET /providers shows"));
        }
        let digest = digest.map(str::to_ascii_lowercase);
        let ended = Ended { at: self.clock.now(), reason: EndReason::Administrator };
        let ids = self.ephemeral.end_sessions_by(type_name, digest.as_deref(), ended).await?;
        for id in &ids {
            self.seen.forget_session(*id);
        }
        let detail = format!("{} sessions of {}", ids.len(), digest.as_deref().unwrap_or("every digest"));
        self.audit(Actor::User(caller.user.id), "provider.logout_all", format!("provider:{type_name}"), detail).await;
        Ok(ids.len())
    }

    /// The names that live providers declare, sorted.
    pub(super) fn declared_attributes(&self) -> Vec<String> {
        attributes(&self.live_providers())
    }

    /// A refused file and a resting provider do not stop the gateway.
    pub(super) fn provider_health(&self) -> Vec<Check> {
        let generation = self.providers.generation();
        let refused = generation.refused.iter().map(|refused| (refused.type_name.clone(), Some(refused.reason.clone())));
        let live = generation.live.values().map(|entry| (entry.type_name.clone(), resting(entry.live.breaker())));
        live.chain(refused).map(|(name, trouble)| Check { name: format!("provider:{name}"), trouble, vital: false }).collect()
    }
}

/// The names that providers declare, sorted.
#[must_use]
pub fn attributes(providers: &[LiveProvider]) -> Vec<String> {
    let names: BTreeSet<&String> = providers.iter().flat_map(|provider| &provider.live.manifest().attributes).collect();
    names.into_iter().cloned().collect()
}

fn resting(state: BreakerState) -> Option<String> {
    match state {
        BreakerState::Closed => None,
        _ => Some("it failed again and again and is resting; the log says why".to_owned()),
    }
}

/// Every type of a generation.
#[must_use]
pub fn states(generation: &Generation<LoadedProvider>) -> Vec<ProviderState> {
    generation.type_names().into_iter().map(|type_name| state(generation, type_name)).collect()
}

fn state(generation: &Generation<LoadedProvider>, type_name: &str) -> ProviderState {
    let refused = generation.refused.iter().find(|refused| refused.type_name == type_name);
    let disabled = generation.disabled.get(type_name).map(|by| match by {
        DisabledBy::File => format!("{type_name}.toml says enabled = false"),
        DisabledBy::Switch => "an administrator switched it off".to_owned(),
    });
    let reason = refused.map(|refused| refused.reason.clone()).or(disabled);
    if let Some(entry) = generation.live.get(type_name) {
        let manifest = entry.live.manifest();
        return ProviderState {
            type_name: type_name.to_owned(),
            status: Status::Live,
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            digest: Some(entry.digest.clone()),
            file: entry.component.clone(),
            reason,
            asks: entry.live.asks().to_vec(),
            grants: grants::given(entry),
            file_refused: refused.is_some(),
            off_in_file: false,
            since: Some(entry.since),
        };
    }
    ProviderState {
        type_name: type_name.to_owned(),
        status: if generation.disabled.contains_key(type_name) { Status::Disabled } else { Status::Refused },
        name: String::new(),
        version: String::new(),
        digest: None,
        file: refused.map_or_else(|| format!("{type_name}.wasm"), |refused| refused.file.clone()),
        reason,
        asks: Vec::new(),
        grants: Vec::new(),
        file_refused: refused.is_some(),
        off_in_file: generation.disabled.get(type_name) == Some(&DisabledBy::File),
        since: None,
    }
}
