//! How often somebody may guess at what guards one account after its password, counted for all gateways together.

use std::time::Duration;

use super::{Error, Flow, Result};
use crate::model::{Timestamp, UserId};

/// Wrong answers in an hour of the clock.
const TRIES: u64 = 20;
const HOUR: i64 = 3600;
/// No provider type has a colon in its name.
const NAMESPACE: &str = "host:tries";

/// A try that was taken and counts as wrong until it is given back.
pub(super) struct Try {
    key: String,
    ends: Timestamp,
}

impl Flow {
    /// Takes one try. It is counted before the answer is looked at, so that guesses at the same time count too; nothing but the
    /// end of the hour brings a wrong one back.
    pub(super) async fn take_try(&self, what: &str, user: UserId) -> Result<Try> {
        let now = self.clock.now();
        let hour = now.seconds().div_euclid(HOUR);
        let ends = Timestamp::from_seconds((hour + 1) * HOUR);
        let key = format!("{what}:{user}:{hour}");
        let taken = self.ephemeral.kv_increment(NAMESPACE, &key, 1, now, ends).await?;
        let given_back = self.ephemeral.kv_increment(NAMESPACE, &returned(&key), 0, now, ends).await?;
        if taken.saturating_sub(given_back) > TRIES {
            return Err(Error::RateLimited(ends.since(now).max(Duration::from_secs(1))));
        }
        Ok(Try { key, ends })
    }

    /// The answer was right, or was never judged.
    pub(super) async fn give_back(&self, taken: Try) -> Result<()> {
        self.ephemeral.kv_increment(NAMESPACE, &returned(&taken.key), 1, self.clock.now(), taken.ends).await?;
        Ok(())
    }
}

fn returned(key: &str) -> String {
    format!("{key}:returned")
}
