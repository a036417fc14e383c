//! Wrong proofs. Each network has an allowance of them for each account; a right proof clears it. All networks that the
//! account is not known at share another: when it is spent they are held up, and those that it is known at are not.

use std::time::Duration;

use super::{
    super::{Client, Error, Flow, Result},
    Kind, Limited,
};
use crate::model::{Network, Secret, Timestamp, UserId, allowance::Left, provider::Facts};

/// What a try at an account's proof counts against.
pub(in super::super) struct Tries {
    network: Option<Limited>,
    /// None where the account is known.
    strangers: Option<Limited>,
    delay: Option<Limited>,
    /// Strangers' tries are delayed, and this one has waited long enough.
    waited: bool,
}

/// Whether a try goes on, and what it may tell.
pub(in super::super) enum Gate {
    /// It may. Clean: there was no wrong proof lately.
    Open { clean: bool },
    /// The network has guessed too often.
    Wait(Duration),
    /// Strangers have guessed too often.
    Strangers,
}

impl Flow {
    /// Whether this is the user's password, where it is asked for outside of a sign-in. It counts as there, with those of
    /// sign-ins, but strangers are delayed and not challenged.
    ///
    /// # Errors
    /// [`Error::RateLimited`], before and instead of an answer; or what is out of reach.
    pub(in super::super) async fn prove_password(&self, user: UserId, password: &Secret<String>, client: &Client) -> Result<bool> {
        let mut tries = self.tries(Some(user), &account_name(user), client).await?;
        let gate = self.gate(&tries).await?;
        self.pass_or_delay(&mut tries, &gate).await?;
        let right = self.password_is(user, password).await?;
        // Others may have tried meanwhile: whoever comes too late is not told what was right.
        let gate = self.judge(&tries, right).await?;
        self.pass_or_delay(&mut tries, &gate).await?;
        Ok(right)
    }

    async fn pass_or_delay(&self, tries: &mut Tries, gate: &Gate) -> Result<()> {
        match gate {
            Gate::Strangers => self.delay(tries).await,
            gate => self.pass(tries, gate),
        }
    }

    /// `account` as [`account_of`] names it.
    pub(in super::super) async fn tries(&self, user: Option<UserId>, account: &str, client: &Client) -> Result<Tries> {
        let network = Network::of(client.address);
        let limited = |kind, parts: &[&str]| self.guard.allowance(kind, parts);
        let known = self.place_is_known(user, network).await?;
        let network = network.to_string();
        Ok(Tries {
            network: limited(Kind::Failures, &[account, &network]),
            strangers: limited(Kind::Strangers, &[account]).filter(|_| !known),
            delay: limited(Kind::Delay, &[account, &network]),
            waited: false,
        })
    }

    /// Before the proof is looked at. Takes nothing.
    pub(in super::super) async fn gate(&self, tries: &Tries) -> Result<Gate> {
        let now = self.clock.now();
        if self.left(tries.strangers.as_ref().filter(|_| !tries.waited), now).await?.wait > Duration::ZERO {
            return Ok(Gate::Strangers);
        }
        let left = self.left(tries.network.as_ref(), now).await?;
        Ok(if left.wait > Duration::ZERO { Gate::Wait(left.wait) } else { Gate::Open { clean: left.whole } })
    }

    /// After the proof was looked at, and before anything is told about it. Of many tries at once just so many learn that they
    /// were wrong as are allowed; from then on right ones are answered like wrong ones.
    pub(in super::super) async fn judge(&self, tries: &Tries, right: bool) -> Result<Gate> {
        if right {
            let gate = self.gate(tries).await?;
            if let (Gate::Open { clean: false }, Some(network)) = (&gate, &tries.network) {
                self.ephemeral.refill_allowance(&network.allowance.name).await?;
            }
            return Ok(gate);
        }
        let strangers = tries.strangers.iter().filter(|_| !tries.waited);
        let limits: Vec<Limited> = strangers.chain(&tries.network).cloned().collect();
        Ok(match self.take(&limits).await? {
            None => Gate::Open { clean: false },
            Some((Limited { kind: Kind::Strangers, .. }, _)) => Gate::Strangers,
            Some((_, wait)) => Gate::Wait(wait),
        })
    }

    /// Where no code can be mailed: strangers wait their turn, each network its own.
    pub(super) async fn delay(&self, tries: &mut Tries) -> Result<()> {
        tries.waited = true;
        self.take_or_refuse(tries.delay.clone().into_iter().collect()).await
    }

    /// Goes on if the network may; strangers were held up before.
    pub(super) fn pass(&self, tries: &Tries, gate: &Gate) -> Result<()> {
        match (gate, &tries.network) {
            (Gate::Wait(wait), Some(network)) => Err(self.refuse(network, *wait)),
            (Gate::Wait(wait), None) => Err(Error::RateLimited(*wait)),
            (Gate::Open { .. } | Gate::Strangers, _) => Ok(()),
        }
    }

    async fn left(&self, limited: Option<&Limited>, now: Timestamp) -> Result<Left> {
        match limited {
            Some(limited) => Ok(self.ephemeral.allowance_left(&limited.allowance, now).await?),
            None => Ok(Left { wait: Duration::ZERO, whole: true }),
        }
    }
}

/// Whom a claim is about: the account, or what would name one. Somebody who does not exist is counted like everybody else.
pub(in super::super) fn account_of(user: Option<UserId>, provider: &str, facts: &Facts) -> String {
    match (user, &facts.email) {
        (Some(user), _) => account_name(user),
        (None, Some(email)) => format!("nobody {email}"),
        (None, None) => format!("nobody {provider} {}", facts.subject),
    }
}

pub(super) fn account_name(user: UserId) -> String {
    format!("user {user}")
}
