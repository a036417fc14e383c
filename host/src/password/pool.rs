//! The bounded pool that hashes (security rule 2): threads of its own, a bounded queue with a deadline, and a quick
//! refusal beyond that. Nothing else in the server waits for it, and its threads give way to all others.

mod queue;

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use self::queue::{Next, Queue};
use super::{
    hash::{HashError, Hasher, Memory, Params, Verdict},
    policy::{Policy, Weakness},
};
use crate::{
    model::{Email, Secret},
    random::Random,
};

/// A thread without work gives its 19 MiB back after so long.
const IDLE: Duration = Duration::from_secs(5);

/// How many steps the threads are nicer than the rest of the server.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// How much hashing goes on at once, and how long one waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSettings {
    /// Hashes at once: as many as there are cores. At least 1.
    pub threads: usize,
    /// Requests that may wait beside those.
    pub queue_len: usize,
    /// A request that has waited longer is refused instead of begun.
    pub deadline: Duration,
    /// Of new hashes.
    pub params: Params,
}

/// Why there is no hash or verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// The queue is full, or the request waited longer than the deadline: 503 with `Retry-After`.
    #[error("too many passwords are being checked at the moment")]
    Busy,
    /// The password or the stored hash cannot be used.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// A defect: the job panicked (the log says more). The pool goes on.
    #[error("hashing failed")]
    Failed,
}

/// Why the pool does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The parameters are out of range.
    #[error(transparent)]
    Params(#[from] HashError),
    /// The system gives no thread.
    #[error("no thread for hashing: {0}")]
    Thread(#[from] io::Error),
}

/// What the pool has done, for metrics and tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Hashes made or verified, dummies too, and policy checks.
    pub done: u64,
    /// In the queue now.
    pub waiting: usize,
    /// Being hashed now.
    pub running: usize,
    /// Answered with [`PoolError::Busy`].
    pub refused: u64,
    /// Not begun, since their requester had gone.
    pub abandoned: u64,
}

/// Hashes and verifies passwords. One for the whole server; its threads end when it is dropped.
pub struct HashPool {
    shared: Arc<Shared>,
}

struct Shared {
    queue: Queue<Job>,
    hasher: Hasher,
    deadline: Duration,
    done: AtomicU64,
    running: AtomicUsize,
    refused: AtomicU64,
    abandoned: AtomicU64,
    busy_micros: AtomicU64,
}

impl HashPool {
    /// Starts the threads.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn new(settings: PoolSettings, random: Arc<dyn Random>) -> Result<Self, StartError> {
        let shared = Arc::new(Shared {
            queue: Queue::new(settings.queue_len),
            hasher: Hasher::new(settings.params, random)?,
            deadline: settings.deadline,
            done: AtomicU64::new(0),
            running: AtomicUsize::new(0),
            refused: AtomicU64::new(0),
            abandoned: AtomicU64::new(0),
            busy_micros: AtomicU64::new(0),
        });
        let pool = Self { shared };
        for number in 0..settings.threads.max(1) {
            let shared = Arc::clone(&pool.shared);
            thread::Builder::new().name(format!("hash-{number}")).spawn(move || shared.work())?;
        }
        Ok(pool)
    }

    /// A PHC string for a password that the policy has passed.
    ///
    /// # Errors
    /// See [`PoolError`].
    pub async fn hash(&self, password: Secret<String>) -> Result<String, PoolError> {
        self.submit(move |hasher, memory| hasher.hash(password.expose(), memory)).await
    }

    /// Whether it is the password of the stored hash. Without one (unknown user, user without a password) a dummy of the
    /// same cost is verified, and nothing matches.
    ///
    /// # Errors
    /// See [`PoolError`].
    pub async fn verify(&self, phc: Option<String>, password: Secret<String>) -> Result<Verdict, PoolError> {
        self.submit(move |hasher, memory| hasher.verify(phc.as_deref(), password.expose(), memory)).await
    }

    /// [`Policy::check`] of a new password, here because it takes as long as a hash for long passwords.
    ///
    /// # Errors
    /// See [`PoolError`]; what the policy says is the inner result.
    pub async fn check(
        &self,
        policy: Policy,
        password: Secret<String>,
        email: Option<Email>,
        words: Vec<String>,
    ) -> Result<Result<(), Weakness>, PoolError> {
        self.submit(move |_, _| {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            Ok(policy.check(&password, email.as_ref(), &words))
        })
        .await
    }

    /// What it has done so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let shared = &self.shared;
        Counts {
            done: shared.done.load(Relaxed),
            waiting: shared.queue.len(),
            running: shared.running.load(Relaxed),
            refused: shared.refused.load(Relaxed),
            abandoned: shared.abandoned.load(Relaxed),
        }
    }

    /// Time that its threads have spent on jobs, all together.
    #[must_use]
    pub fn busy(&self) -> Duration {
        Duration::from_micros(self.shared.busy_micros.load(Relaxed))
    }

    /// Whether the next job might be refused: as many wait as may.
    #[must_use]
    pub fn is_saturated(&self) -> bool {
        self.shared.queue.is_full()
    }

    async fn submit<T, F>(&self, work: F) -> Result<T, PoolError>
    where
        T: Send + 'static,
        F: FnOnce(&Hasher, &mut Memory) -> Result<T, HashError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Job { queued_at: Instant::now(), task: Box::new(Request { work, reply }) };
        let (accepted, purged) = self.shared.queue.push(job, |waiting| !waiting.task.is_abandoned());
        self.shared.abandoned.fetch_add(purged, Relaxed);
        if !accepted {
            self.shared.refused.fetch_add(1, Relaxed);
            return Err(PoolError::Busy);
        }
        // A job that is dropped without an answer was refused, or the pool is going down.
        answer.await.unwrap_or(Err(PoolError::Busy))
    }
}

impl Drop for HashPool {
    fn drop(&mut self) {
        self.shared.queue.close();
    }
}

impl Shared {
    /// What each thread does.
    fn work(&self) {
        give_way();
        let mut memory = Memory::default();
        loop {
            let patience = if memory.is_empty() { None } else { Some(IDLE) };
            match self.queue.next(patience) {
                Next::Job(job) => self.serve(job, &mut memory),
                Next::Nothing => memory = Memory::default(),
                Next::Closed => return,
            }
        }
    }

    fn serve(&self, job: Job, memory: &mut Memory) {
        if job.task.is_abandoned() {
            self.abandoned.fetch_add(1, Relaxed);
        } else if job.queued_at.elapsed() > self.deadline {
            self.refused.fetch_add(1, Relaxed);
        } else {
            self.running.fetch_add(1, Relaxed);
            let begun = Instant::now();
            let answer = job.task.run(&self.hasher, memory);
            self.busy_micros.fetch_add(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX), Relaxed);
            // Counted before the answer, so that whoever has the answer sees the count.
            self.running.fetch_sub(1, Relaxed);
            self.done.fetch_add(1, Relaxed);
            answer();
        }
    }
}

/// A request in the queue. Dropping it answers "busy".
struct Job {
    queued_at: Instant,
    task: Box<dyn Task>,
}

trait Task: Send {
    /// Whether nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;
    /// Does the work to its end, whether or not the requester goes away meanwhile, and returns how to answer.
    fn run(self: Box<Self>, hasher: &Hasher, memory: &mut Memory) -> Box<dyn FnOnce()>;
}

struct Request<T, F> {
    work: F,
    reply: oneshot::Sender<Result<T, PoolError>>,
}

impl<T, F> Task for Request<T, F>
where
    T: Send + 'static,
    F: FnOnce(&Hasher, &mut Memory) -> Result<T, HashError> + Send,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(self: Box<Self>, hasher: &Hasher, memory: &mut Memory) -> Box<dyn FnOnce()> {
        let Self { work, reply } = *self;
        // Memory is overwritten by the next hash, so that a panic leaves nothing half done.
        let outcome = catch_unwind(AssertUnwindSafe(|| work(hasher, memory)));
        let answer = outcome.map_or(Err(PoolError::Failed), |result| result.map_err(PoolError::Hash));
        // A failed send means that the requester has gone: nobody is left to be told.
        Box::new(move || drop(reply.send(answer)))
    }
}

/// Lowers the priority of the calling thread alone, so that requests that need no hash are served first.
fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE) {
        tracing::debug!(%error, "hashing threads keep their priority");
    }
}

#[cfg(test)]
mod tests;
