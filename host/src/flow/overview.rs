//! How the house does, at a glance, for administrators: what was counted, and no long list is read for it.

use std::time::Duration;

use super::{Error, Flow, Result, authenticate::Caller, health::Check, provider::ProviderState};
use crate::{
    metrics::tally::Tally,
    model::{
        Timestamp,
        form::FieldError,
        outbox::OutboxDepth,
        page::{From, PageRequest},
        signin::{Hour, HourCount, OK},
        user::ADMIN,
    },
};

/// Hours that are shown unless others are asked for: two days, the hour under way among them.
const HOURS: i64 = 48;

/// Most hours that are told at once: a month.
const MOST_HOURS: i64 = 31 * 24;

/// Everything at a glance.
pub struct Overview {
    /// Users.
    pub users: u64,
    /// Mails on their way out.
    pub mails: OutboxDepth,
    /// Every provider type, with what calls of it came to in this process.
    pub providers: Vec<(ProviderState, Calls)>,
    /// Whether the gateway can do its work.
    pub health: Vec<Check>,
    /// Sign-ins of the last two days.
    pub signins: SignInHours,
    /// When this process began.
    pub since: Timestamp,
}

/// Sign-ins by hour, provider and result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInHours {
    /// The first hour.
    pub from: Hour,
    /// The hour after the last one.
    pub to: Hour,
    /// What was counted; hours without a sign-in are not there.
    pub counts: Vec<HourCount>,
}

/// Asking for the second factor ends no try: what comes of it is counted by itself.
const UNDECIDED: &str = "factor_required";

impl SignInHours {
    /// How many came in.
    #[must_use]
    pub fn let_in(&self) -> u64 {
        self.sum(|result| result == OK)
    }

    /// How many were not let in.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.sum(|result| result != OK && result != UNDECIDED)
    }

    fn sum(&self, is_meant: impl Fn(&str) -> bool) -> u64 {
        self.counts.iter().filter(|count| is_meant(&count.result)).map(|count| count.count).sum()
    }
}

/// What calls of a provider came to since this process began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// All of them.
    pub calls: u64,
    /// Those that failed by the provider's or its upstream's fault, or found it busy; a refusal is an answer.
    pub errors: u64,
    /// Of a hundred calls, 50, 95 and 99 took no longer, waiting included; `None` before the first.
    pub latency: Option<[Duration; 3]>,
}

impl Calls {
    fn of(tally: &Tally) -> Self {
        let answered: u64 = ["ok", "refused"].iter().filter_map(|outcome| tally.outcomes().get(outcome)).sum();
        let percentile = |share| tally.percentile(share);
        let latency = percentile(50).zip(percentile(95)).zip(percentile(99)).map(|((half, most), nearly_all)| [half, most, nearly_all]);
        Self { calls: tally.calls(), errors: tally.calls() - answered, latency }
    }
}

impl Flow {
    /// Everything at a glance.
    ///
    /// # Errors
    /// [`Error::Forbidden`], or the store's.
    pub async fn overview(&self, caller: &Caller) -> Result<Overview> {
        caller.require(ADMIN)?;
        let first = PageRequest { from: From::Number(1), size: 1 };
        let (users, mails, signins, health) =
            tokio::join!(self.accounts.users(&first), self.outbox_depth(), self.signin_hours(caller, None, None), self.health());
        let providers = self.provider_states().into_iter().map(|state| {
            let calls = self.calls_of(&state.type_name);
            (state, calls)
        });
        Ok(Overview {
            users: users?.total,
            mails: mails?,
            providers: providers.collect(),
            health,
            signins: signins?,
            since: self.running_since(),
        })
    }

    /// Sign-ins by hour from the hour of one time on, before another; unless they are given, those of the last two days.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Fields`] for more than a month or an end before the beginning, or the store's.
    pub async fn signin_hours(&self, caller: &Caller, from: Option<Timestamp>, to: Option<Timestamp>) -> Result<SignInHours> {
        caller.require(ADMIN)?;
        // An hour of which a part is asked for is told whole.
        let to = to.map_or(Hour(Hour::of(self.clock.now()).0 + 1), |to| Hour(Hour::of(Timestamp(to.0.saturating_sub(1))).0 + 1));
        let from = from.map_or(Hour(to.0.saturating_sub(HOURS)), Hour::of);
        if from >= to {
            return Err(Error::field("to", "out_of_range", "must be after from"));
        }
        if to.0 - from.0 > MOST_HOURS {
            let message = format!("must be {} days after from at most", MOST_HOURS / 24);
            return Err(Error::Fields(vec![FieldError::new("to", "out_of_range", message)]));
        }
        Ok(SignInHours { from, to, counts: self.accounts.signins_by_hour(from, to).await? })
    }

    /// What calls of a provider type came to since this process began.
    #[must_use]
    pub fn calls_of(&self, type_name: &str) -> Calls {
        Calls::of(&self.metrics.provider.tally(type_name))
    }

    /// When this process began.
    #[must_use]
    pub fn running_since(&self) -> Timestamp {
        let since = Duration::try_from_secs_f64(self.metrics.started()).unwrap_or_default();
        Timestamp(0).plus(since)
    }
}
