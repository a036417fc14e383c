//! Limits on tries: per client address, per account, and per both (security rule 22); delays and challenges, never locks that
//! others can trigger. What counts is in the store, so that all gateways count together and a restart forgets nothing.

mod code;
mod place;
mod proof;
pub mod refusals;

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use moka::sync::Cache;
use tokio::sync::{Mutex, mpsc};

pub(super) use self::proof::account_of;
use self::refusals::{Kind, Refusals};
use super::{Client, Error, Flow, Result};
use crate::{
    limit::Limit,
    model::{
        Email, Network, Secret, SessionId, UserId,
        allowance::{Allowance, Rate, Taken},
        letter::Letter,
    },
    token::mac,
};

/// Letters of challenges that may wait for their way into the outbox.
const LETTERS: usize = 1024;
/// How long this process remembers that a place is known.
const PLACES_REMEMBERED: Duration = Duration::from_hours(1);
/// A client may ask for so many times the mails that one address may get: it may be a whole office.
const ADDRESSES_PER_CLIENT: u32 = 10;

/// How much of each is allowed; `None`: no limit.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// Calls of open routes, by one network.
    pub client: Option<Rate>,
    /// Sign-ups, by one network.
    pub signup: Option<Rate>,
    /// Wrong proofs for one account, by one network.
    pub failures: Option<Rate>,
    /// Wrong proofs for one account, by all networks together that the account is not known at.
    pub strangers: Option<Rate>,
    /// Mails that anybody can ask for, to one address.
    pub mail: Option<Rate>,
    /// How long a place stays known.
    pub place_ttl: Duration,
}

/// What the limits need beside the store.
pub struct Guard {
    rates: Rates,
    /// The first look, in this process alone.
    first: Limit,
    /// Names of allowances and codes are made with it.
    key: Secret<[u8; 32]>,
    /// Places that were found, or noted, to be known a moment ago.
    places: Cache<(UserId, Network), ()>,
    letters: (mpsc::Sender<Letter>, Mutex<mpsc::Receiver<Letter>>),
    /// What was refused so far.
    pub refusals: Refusals,
}

impl Guard {
    /// `key`: a sub-key of the gateway's secret key, the same for all gateways of one store.
    #[must_use]
    pub fn new(rates: Rates, key: Secret<[u8; 32]>) -> Self {
        let (sender, receiver) = mpsc::channel(LETTERS);
        let remembered = PLACES_REMEMBERED.min(rates.place_ttl);
        Self {
            first: Limit::new(rates.client),
            places: Cache::builder().max_capacity(50_000).time_to_live(remembered).build(),
            letters: (sender, Mutex::new(receiver)),
            refusals: Refusals::default(),
            rates,
            key,
        }
    }

    /// The allowance of a kind, for whom the parts name. Its name tells nobody who that is; a changed rate begins anew.
    fn allowance(&self, kind: Kind, parts: &[&str]) -> Option<Limited> {
        let rate = self.rate(kind)?;
        let shape = format!("{kind} {} {}", rate.burst(), rate.every().as_micros());
        let name = std::iter::once(shape.as_str()).chain(parts.iter().copied()).map(str::as_bytes).collect::<Vec<_>>();
        let digest = URL_SAFE_NO_PAD.encode(mac::digest(&self.key, &name));
        Some(Limited { kind, allowance: Allowance { name: format!("{kind}:{digest}"), rate } })
    }

    fn rate(&self, kind: Kind) -> Option<Rate> {
        let rates = &self.rates;
        match kind {
            Kind::Client => rates.client,
            Kind::Signup => rates.signup,
            Kind::Failures | Kind::Session | Kind::Codes => rates.failures,
            Kind::Strangers => rates.strangers,
            Kind::Delay => Rate::new(1, rates.failures.or(rates.strangers)?.every()),
            Kind::Mail | Kind::CodeMail => rates.mail,
            Kind::ClientMail => {
                let mail = rates.mail?;
                Rate::new(mail.burst().saturating_mul(ADDRESSES_PER_CLIENT), mail.every() / ADDRESSES_PER_CLIENT)
            }
        }
    }
}

/// One allowance and what it limits.
#[derive(Clone, Debug)]
struct Limited {
    kind: Kind,
    allowance: Allowance,
}

impl Flow {
    /// Takes one try of the client's allowance: the first line of every open route that costs something.
    pub(super) async fn admit(&self, client: &Client) -> Result<()> {
        let network = Network::of(client.address);
        let Some(limited) = self.guard.allowance(Kind::Client, &[&network.to_string()]) else { return Ok(()) };
        // A flood from one network ends here and never reaches the store.
        self.guard.first.take(network, self.clock.now()).map_err(|wait| self.refuse(&limited, wait))?;
        self.take_or_refuse(vec![limited]).await
    }

    /// Takes one sign-up of the client's allowance.
    pub(super) async fn admit_signup(&self, client: &Client) -> Result<()> {
        let network = Network::of(client.address).to_string();
        self.take_or_refuse(self.guard.allowance(Kind::Signup, &[&network]).into_iter().collect()).await
    }

    /// Takes one try at something that a signed-in session must prove again: whoever copied a token guesses slowly, wherever
    /// they are.
    pub(super) async fn admit_session(&self, session: SessionId) -> Result<()> {
        self.take_or_refuse(self.guard.allowance(Kind::Session, &[&session.to_string()]).into_iter().collect()).await
    }

    /// The proof was right: only wrong ones count.
    pub(super) async fn clear_session(&self, session: SessionId) -> Result<()> {
        self.refill(self.guard.allowance(Kind::Session, &[&session.to_string()])).await
    }

    /// Whether one more mail that anybody can ask for may go to this address now, and this client may ask for one more. If
    /// not, the caller is answered as if it had been sent.
    pub(super) async fn admit_mail(&self, to: &Email, client: &Client) -> Result<bool> {
        self.take_mail(Kind::Mail, to, client).await
    }

    /// The same for codes of challenges, with an allowance of their own for each address, so that neither can be used to keep
    /// the other from leaving.
    async fn admit_code_mail(&self, to: &Email, client: &Client) -> Result<bool> {
        self.take_mail(Kind::CodeMail, to, client).await
    }

    async fn take_mail(&self, kind: Kind, to: &Email, client: &Client) -> Result<bool> {
        let network = Network::of(client.address).to_string();
        let limits = [(kind, to.as_str()), (Kind::ClientMail, network.as_str())];
        let limits: Vec<Limited> = limits.into_iter().filter_map(|(kind, part)| self.guard.allowance(kind, &[part])).collect();
        let refused = self.take(&limits).await?;
        if let Some((limited, wait)) = refused {
            self.refuse(limited, wait);
        }
        Ok(refused.is_none())
    }

    /// Takes one from each, or says which is spent and for how long.
    async fn take<'a>(&self, limits: &'a [Limited]) -> Result<Option<(&'a Limited, Duration)>> {
        let allowances: Vec<Allowance> = limits.iter().map(|limited| limited.allowance.clone()).collect();
        match self.ephemeral.take_allowances(&allowances, self.clock.now()).await? {
            Taken::All => Ok(None),
            Taken::Refused { which, wait } => Ok(limits.get(which).map(|limited| (limited, wait))),
        }
    }

    async fn take_or_refuse(&self, limits: Vec<Limited>) -> Result<()> {
        match self.take(&limits).await? {
            None => Ok(()),
            Some((limited, wait)) => Err(self.refuse(limited, wait)),
        }
    }

    async fn refill(&self, limited: Option<Limited>) -> Result<()> {
        match limited {
            Some(limited) => Ok(self.ephemeral.refill_allowance(&limited.allowance.name).await?),
            None => Ok(()),
        }
    }

    /// Counts and logs a refusal.
    fn refuse(&self, limited: &Limited, wait: Duration) -> Error {
        self.guard.refusals.count(limited.kind, &limited.allowance.name);
        Error::RateLimited(wait)
    }
}
