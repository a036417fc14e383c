//! Switches of providers.

use async_trait::async_trait;

use super::{Record, SqlStore, query};
use crate::{
    model::{Timestamp, switch::Switch},
    store::{Result, switch::Switches},
};

#[async_trait]
impl Switches for SqlStore {
    async fn switches(&self) -> Result<Vec<Switch>> {
        let rows = query("SELECT provider, enabled FROM provider_switches ORDER BY provider").fetch_all(self).await?;
        let records = rows.iter().map(|row| Record::new("provider_switches", &["provider"], row));
        records.map(|record| Ok(Switch { provider: record.get("provider")?, enabled: record.get("enabled")? })).collect()
    }

    async fn set_switch(&self, switch: &Switch, at: Timestamp) -> Result<()> {
        let set = query(
            "INSERT INTO provider_switches (provider, enabled, changed_at) VALUES ($1, $2, $3)
             ON CONFLICT (provider) DO UPDATE SET enabled = excluded.enabled, changed_at = excluded.changed_at",
        );
        self.write(set.bind(switch.provider.clone()).bind(switch.enabled).bind(at.0)).await?;
        Ok(())
    }
}
