//! Whether this gateway can do its work.

use super::Flow;

/// One thing that has to work.
pub struct Check {
    /// Its name.
    pub name: String,
    /// What is wrong, if anything.
    pub trouble: Option<String>,
    /// Whether the gateway cannot serve without it.
    pub vital: bool,
}

impl Flow {
    /// Tries the stores and looks at the providers.
    pub async fn health(&self) -> Vec<Check> {
        let (accounts, ephemeral) = tokio::join!(self.accounts.ping(), self.ephemeral.ping());
        let store = |name: &str, outcome: Result<(), crate::store::StoreError>| Check {
            name: name.to_owned(),
            trouble: outcome.err().map(|error| error.to_string()),
            vital: true,
        };
        let mut checks = vec![store("accounts", accounts), store("sessions", ephemeral)];
        checks.extend(self.provider_health());
        checks
    }
}
