//! Places that a user is known at: networks from which a sign-in was completed, or where the user's mailbox was proven.

use std::time::Duration;

use super::{
    super::{Client, Flow, Result},
    Kind,
    proof::account_name,
};
use crate::model::{Network, UserId};

/// A place is noted again at most so often.
const NOTED_EVERY: Duration = Duration::from_hours(24);
/// Places that a user can have; the oldest goes.
const PLACES: u32 = 20;
/// Nobody has this id: an unknown user costs the same look.
const NOBODY: UserId = UserId(0);

impl Flow {
    /// The user is at this place: guesses from elsewhere do not hold them up here. What fails must not keep anybody from
    /// signing in: it is logged.
    pub(in super::super) async fn know_place(&self, user: UserId, client: &Client) {
        let network = Network::of(client.address);
        if let Err(reason) = self.note_place(user, network).await {
            tracing::error!(%reason, "the place was not noted");
        }
    }

    /// The user has proven here that their mailbox is theirs: the place is known, and wrong passwords from it are forgotten.
    pub(in super::super) async fn trust_place(&self, user: UserId, client: &Client) -> Result<()> {
        self.know_place(user, client).await;
        let network = Network::of(client.address).to_string();
        self.refill(self.guard.allowance(Kind::Failures, &[&account_name(user), &network])).await
    }

    async fn note_place(&self, user: UserId, network: Network) -> Result<()> {
        if self.guard.places.contains_key(&(user, network)) {
            return Ok(());
        }
        let now = self.clock.now();
        let seen = self.accounts.place_seen(user, network).await?;
        if seen.is_none_or(|seen| now.since(seen) >= NOTED_EVERY) {
            self.accounts.note_place(user, network, now, PLACES).await?;
        }
        self.guard.places.insert((user, network), ());
        Ok(())
    }

    pub(super) async fn place_is_known(&self, user: Option<UserId>, network: Network) -> Result<bool> {
        let user = user.unwrap_or(NOBODY);
        if self.guard.places.contains_key(&(user, network)) {
            return Ok(true);
        }
        let now = self.clock.now();
        let Some(seen) = self.accounts.place_seen(user, network).await? else { return Ok(false) };
        let ago = now.since(seen);
        if ago < NOTED_EVERY.min(self.guard.rates.place_ttl) {
            self.guard.places.insert((user, network), ());
        }
        Ok(ago < self.guard.rates.place_ttl)
    }

    /// Forgets places where nobody was seen for long.
    pub(in super::super) async fn purge_places(&self) -> Result<u64> {
        Ok(self.accounts.purge_places(self.clock.now().minus(self.guard.rates.place_ttl)).await?)
    }
}
