//! Everything that is live at one moment, and what changed since the moment before.

mod change;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use async_trait::async_trait;

pub use self::change::{Change, ChangeKind};
use super::grant::Grants;
use crate::model::Timestamp;

/// A component that passed the checks of its file, on its way to becoming a provider type.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The provider type.
    pub type_name: String,
    /// The component's file name.
    pub component: String,
    /// The operator's file name, whether or not it is there: where grants are to be added.
    pub toml: String,
    /// The component.
    pub bytes: Arc<[u8]>,
    /// Of the component; lower-case hex.
    pub sha256: String,
    /// What the operator grants.
    pub grants: Arc<Grants>,
}

/// Why a candidate cannot be loaded: what is wrong and how to mend it.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct LoadRefused(pub String);

/// Makes a live provider of a candidate: compile or take from the cache, link against the grants, describe, check.
#[async_trait]
pub trait Loader: Send + Sync + 'static {
    /// What is called to sign people in.
    type Live: Send + Sync + 'static;

    /// Called off the request path, for several candidates at once. Dropped when the file changes meanwhile.
    async fn load(&self, candidate: &Candidate) -> Result<Self::Live, LoadRefused>;
}

/// A live provider type.
#[derive(Debug)]
pub struct Entry<L> {
    /// The provider type.
    pub type_name: String,
    /// SHA-256 of the component, lower-case hex.
    pub digest: String,
    /// The component's file name.
    pub component: String,
    /// What the operator grants.
    pub grants: Arc<Grants>,
    /// Live in this form since.
    pub since: Timestamp,
    /// What is called.
    pub live: L,
}

/// A file that is not live, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The provider type; for a misnamed file its name without the extension.
    pub type_name: String,
    /// The file with the mistake.
    pub file: String,
    /// What is wrong and how to mend it.
    pub reason: String,
    /// Whether the version before it is still live.
    pub kept: bool,
}

/// Who disabled a provider type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisabledBy {
    /// `enabled = false` in the operator's file.
    File,
    /// An administrator's switch, or the switches could never be read yet.
    Switch,
}

impl DisabledBy {
    /// As the API and the log write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Switch => "switch",
        }
    }
}

/// Everything that is live at one moment. Calls in flight hold their entry and finish on it.
#[derive(Debug)]
pub struct Generation<L> {
    /// Counts up; 0 is the empty one before the first look at the directory.
    pub number: u64,
    /// By provider type.
    pub live: BTreeMap<String, Arc<Entry<L>>>,
    /// Ordered by type, then file.
    pub refused: Vec<Refused>,
    /// By provider type.
    pub disabled: BTreeMap<String, DisabledBy>,
}

impl<L> Default for Generation<L> {
    fn default() -> Self {
        Self { number: 0, live: BTreeMap::new(), refused: Vec::new(), disabled: BTreeMap::new() }
    }
}

impl<L> Generation<L> {
    /// Every provider type that is known at all: live, disabled or refused.
    #[must_use]
    pub fn type_names(&self) -> BTreeSet<&str> {
        let refused = self.refused.iter().map(|refused| &refused.type_name);
        self.live.keys().chain(self.disabled.keys()).chain(refused).map(String::as_str).collect()
    }

    /// Whether the other says the same, apart from its number.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let same_live = self.live.len() == other.live.len()
            && self.live.iter().all(|(name, entry)| other.live.get(name).is_some_and(|found| Arc::ptr_eq(found, entry)));
        same_live && self.refused == other.refused && self.disabled == other.disabled
    }
}
