//! One load: read the component, check its pin, let the loader make a live provider of it.

use std::sync::Arc;

use super::{DirectoryOptions, survey::Order};
use crate::{
    clock::Clock,
    provider::{
        file::{self, FileError},
        generation::{Candidate, Entry, Loader},
    },
};

/// What came of it.
pub(super) enum Outcome<L> {
    /// Live from the next generation on.
    Loaded(Arc<Entry<L>>),
    /// What is live already is just this.
    Same,
    /// Not live.
    Refused(String),
    /// The file changed meanwhile.
    Unsettled,
}

/// All that a load needs, so that it can run on a task of its own.
pub(super) struct Load<T: Loader> {
    pub(super) type_name: String,
    pub(super) order: Order,
    pub(super) before: Option<Arc<Entry<T::Live>>>,
    pub(super) options: Arc<DirectoryOptions>,
    pub(super) loader: Arc<T>,
    pub(super) clock: Arc<dyn Clock>,
}

impl<T: Loader> Load<T> {
    pub(super) async fn run(self) -> Outcome<T::Live> {
        let candidate = match self.read().await {
            Ok(candidate) => candidate,
            Err(outcome) => return outcome,
        };
        if let Some(reason) = self.pin_mistake(&candidate.sha256) {
            return Outcome::Refused(reason);
        }
        if self.before.as_ref().is_some_and(|before| is_same(before, &candidate)) {
            return Outcome::Same;
        }
        match self.loader.load(&candidate).await {
            Ok(live) => Outcome::Loaded(Arc::new(Entry {
                type_name: candidate.type_name,
                digest: candidate.sha256,
                component: candidate.component,
                grants: candidate.grants,
                since: self.clock.now(),
                live,
            })),
            Err(refused) => Outcome::Refused(refused.0),
        }
    }

    async fn read(&self) -> Result<Candidate, Outcome<T::Live>> {
        let (options, order) = (Arc::clone(&self.options), self.order.clone());
        let reading = tokio::task::spawn_blocking(move || {
            file::read_component(&options.path, &order.component, order.fingerprint, options.largest_component)
        });
        match reading.await {
            Ok(Ok(file)) => Ok(Candidate {
                type_name: self.type_name.clone(),
                component: self.order.component.clone(),
                toml: format!("{}.toml", self.type_name),
                bytes: file.bytes,
                sha256: file.sha256,
                grants: Arc::clone(&self.order.grants),
            }),
            Ok(Err(FileError::Unsettled(_))) => Err(Outcome::Unsettled),
            Ok(Err(error)) => Err(Outcome::Refused(error.to_string())),
            Err(error) => Err(Outcome::Refused(format!("{} could not be read: {error}", self.order.component))),
        }
    }

    fn pin_mistake(&self, sha256: &str) -> Option<String> {
        let toml = format!("{}.toml", self.type_name);
        match &self.order.grants.sha256 {
            Some(pin) if pin != sha256 => {
                let kept = if self.before.is_some() { "previous version kept" } else { "not loaded" };
                Some(format!("sha256 is {sha256}, {toml} pins {pin}: {kept}"))
            }
            None if self.options.require_pins => {
                Some(format!("{toml} pins no sha256, and this gateway requires pins: add sha256 = \"{sha256}\""))
            }
            _ => None,
        }
    }
}

fn is_same<L>(before: &Entry<L>, candidate: &Candidate) -> bool {
    before.digest == candidate.sha256 && before.component == candidate.component && before.grants == candidate.grants
}
