//! How the hashing pool, the store and the outbox stand at the moment of the question.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Mails {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Connections {
    pool: String,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    limit: &'static str,
}

/// What the hashing pool has done, and does.
#[derive(Clone, Copy, Debug)]
pub struct Hashing {
    /// Jobs that wait.
    pub waiting: usize,
    /// Jobs that run.
    pub running: usize,
    /// Jobs done.
    pub done: u64,
    /// Jobs refused: the queue was full, or they waited too long.
    pub refused: u64,
    /// Jobs whose requester had gone.
    pub abandoned: u64,
    /// Time that threads spent on jobs.
    pub busy: Duration,
}

/// Gauges of what others own.
pub struct StateMetrics {
    waiting: Gauge,
    running: Gauge,
    done: Counter,
    refused: Counter,
    abandoned: Counter,
    busy: Counter<f64, AtomicU64>,
    connections: Family<Connections, Gauge>,
    mails: Family<Mails, Gauge>,
    oldest_mail: Gauge<f64, AtomicU64>,
    guarded: Family<Refused, Counter>,
}

impl StateMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let this = Self {
            waiting: Gauge::default(),
            running: Gauge::default(),
            done: Counter::default(),
            refused: Counter::default(),
            abandoned: Counter::default(),
            busy: Counter::default(),
            connections: Family::default(),
            mails: Family::default(),
            oldest_mail: Gauge::default(),
            guarded: Family::default(),
        };
        registry.register("vestibule_hashing_queue_length", "Passwords that wait for a thread.", this.waiting.clone());
        registry.register("vestibule_hashing_running", "Passwords being hashed.", this.running.clone());
        registry.register("vestibule_hashing_jobs", "Hashes made or verified, and checks of new passwords.", this.done.clone());
        registry.register("vestibule_hashing_refused", "Jobs refused: queue full, or waited too long.", this.refused.clone());
        registry.register("vestibule_hashing_abandoned", "Jobs whose requester had gone.", this.abandoned.clone());
        registry.register("vestibule_hashing_busy_seconds", "Time that hashing threads spent on jobs.", this.busy.clone());
        registry.register("vestibule_store_connections", "Connections of the store, by pool and state.", this.connections.clone());
        registry.register(
            "vestibule_outbox_mails",
            "Mails of the outbox, by state; it is shared by all gateways of a store.",
            this.mails.clone(),
        );
        registry.register(
            "vestibule_outbox_oldest_pending_seconds",
            "How long the oldest mail has waited that has to leave.",
            this.oldest_mail.clone(),
        );
        registry.register(
            "vestibule_guard_refusals",
            "Tries and mails refused, by the limit; mails that were left out are answered as if sent.",
            this.guarded.clone(),
        );
        this
    }

    /// The outbox: mails in each state, and how long the oldest has waited that has to leave.
    pub fn outbox(&self, mails: &[(&'static str, u64)], oldest: Option<Duration>) {
        for (state, count) in mails {
            self.mails.get_or_create(&Mails { state }).set(i64::try_from(*count).unwrap_or(i64::MAX));
        }
        self.oldest_mail.set(oldest.unwrap_or_default().as_secs_f64());
    }

    /// What each limit refused so far.
    pub fn guarded(&self, counts: impl Iterator<Item = (&'static str, u64)>) {
        for (limit, count) in counts {
            self.guarded.get_or_create(&Refused { limit }).inner().store(count, Ordering::Relaxed);
        }
    }

    /// The hashing pool.
    pub fn hashing(&self, hashing: Hashing) {
        self.waiting.set(i64::try_from(hashing.waiting).unwrap_or(i64::MAX));
        self.running.set(i64::try_from(hashing.running).unwrap_or(i64::MAX));
        self.done.inner().store(hashing.done, Ordering::Relaxed);
        self.refused.inner().store(hashing.refused, Ordering::Relaxed);
        self.abandoned.inner().store(hashing.abandoned, Ordering::Relaxed);
        self.busy.inner().store(hashing.busy.as_secs_f64().to_bits(), Ordering::Relaxed);
    }

    /// One pool of the store.
    pub fn connections(&self, pool: &str, used: u32, idle: u32, most: u32) {
        for (state, count) in [("used", used), ("idle", idle), ("max", most)] {
            self.connections.get_or_create(&Connections { pool: pool.to_owned(), state }).set(count.into());
        }
    }
}
