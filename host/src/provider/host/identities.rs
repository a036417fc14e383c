//! `identities`: those of this provider type alone.

use crate::provider::{
    bindings::imported::identities::{Host, Identity},
    budget::Work,
    call::Halt,
    state::CallState,
};

impl Host for CallState {
    async fn find(&mut self, subject: String) -> wasmtime::Result<Option<Identity>> {
        self.spend(Work::Lookup, "identities.find")?;
        let declared = &self.manifest("identities.find")?.attributes;
        let port = &self.reach.ports.identities;
        let found = port.find(&self.reach.provider, declared, &subject).await.map_err(|error| Halt::Unavailable(error.to_string()))?;
        Ok(found.map(|known| Identity { subject: known.subject, attributes: known.attributes, private: known.private }))
    }
}
