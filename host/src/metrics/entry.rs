//! Sign-ups, sign-ins, and the life of sessions.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    provider: String,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Scope {
    scope: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

/// How people get in, stay in and get out.
pub struct EntryMetrics {
    signups: Family<Outcome, Counter>,
    signins: Family<Outcome, Counter>,
    refreshes: Family<Answer, Counter>,
    logouts: Family<Scope, Counter>,
    started: Counter,
    ended: Family<Reason, Counter>,
}

impl EntryMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let this = Self {
            signups: Family::default(),
            signins: Family::default(),
            refreshes: Family::default(),
            logouts: Family::default(),
            started: Counter::default(),
            ended: Family::default(),
        };
        registry.register("vestibule_signups", "Steps of sign-ups, by provider type and result.", this.signups.clone());
        registry.register("vestibule_signins", "Steps of sign-ins, by provider type and result.", this.signins.clone());
        registry.register("vestibule_refreshes", "Refreshes, by result.", this.refreshes.clone());
        registry.register("vestibule_logouts", "Sign-outs, here or everywhere.", this.logouts.clone());
        registry.register("vestibule_sessions_started", "Sessions that were begun.", this.started.clone());
        registry.register("vestibule_sessions_ended", "Sessions that ended before their time, by reason.", this.ended.clone());
        this
    }

    /// A step of a sign-up ended; `provider` is a type that there is, or `unknown`.
    pub fn signup(&self, provider: &str, result: &'static str) {
        self.signups.get_or_create(&Outcome { provider: provider.to_owned(), result }).inc();
    }

    /// A step of a sign-in ended; `provider` is a type that there is, or `unknown`.
    pub fn signin(&self, provider: &str, result: &'static str) {
        self.signins.get_or_create(&Outcome { provider: provider.to_owned(), result }).inc();
    }

    /// A refresh was answered.
    pub fn refresh(&self, result: &'static str) {
        self.refreshes.get_or_create(&Answer { result }).inc();
    }

    /// Somebody signed out: `one`, `others` or `all`.
    pub fn logout(&self, scope: &'static str) {
        self.logouts.get_or_create(&Scope { scope }).inc();
    }

    /// A session began.
    pub fn started(&self) {
        self.started.inc();
    }

    /// So many sessions ended.
    pub fn ended(&self, reason: &'static str, sessions: usize) {
        if sessions > 0 {
            self.ended.get_or_create(&Reason { reason }).inc_by(u64::try_from(sessions).unwrap_or(u64::MAX));
        }
    }
}
