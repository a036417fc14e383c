//! The pool under load, with requesters that go away.

use std::{
    sync::mpsc::{self, Receiver, Sender},
    time::Duration,
};

use tokio::task::JoinHandle;

use super::*;
use crate::random::SystemRandom;

const CHEAP: Params = Params { memory_kib: 64, iterations: 1, parallelism: 1 };
const LONG: Duration = Duration::from_mins(1);

fn pool(threads: usize, queue_len: usize, deadline: Duration) -> Arc<HashPool> {
    let settings = PoolSettings { threads, queue_len, deadline, params: CHEAP };
    Arc::new(HashPool::new(settings, Arc::new(SystemRandom)).expect("a pool"))
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

async fn until(pool: &HashPool, what: &str, condition: impl Fn(Counts) -> bool) {
    for _ in 0..1000 {
        if condition(pool.counts()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{what}: {:?}", pool.counts());
}

/// A request that occupies a thread until it is let go.
struct Blocker {
    request: JoinHandle<Result<(), PoolError>>,
    release: Sender<()>,
}

async fn block(pool: &Arc<HashPool>) -> Blocker {
    let (release, released): (Sender<()>, Receiver<()>) = mpsc::channel();
    let running = pool.counts().running;
    let owned = Arc::clone(pool);
    let request = tokio::spawn(async move {
        owned
            .submit(move |_, _| {
                released.recv().expect("released");
                Ok(())
            })
            .await
    });
    until(pool, "the blocker runs", |counts| counts.running > running).await;
    Blocker { request, release }
}

fn enqueue(pool: &Arc<HashPool>) -> JoinHandle<Result<Verdict, PoolError>> {
    let pool = Arc::clone(pool);
    tokio::spawn(async move { pool.verify(None, secret("x")).await })
}

#[tokio::test]
async fn hashes_and_verifies() {
    let pool = pool(2, 4, LONG);
    let phc = pool.hash(secret("correct horse")).await.expect("hashed");
    let verdict = |password: &'static str| pool.verify(Some(phc.clone()), secret(password));
    assert_eq!(verdict("correct horse").await, Ok(Verdict::Match { needs_rehash: false }));
    assert_eq!(verdict("wrong horse").await, Ok(Verdict::NoMatch));
    assert_eq!(pool.verify(Some("?".to_owned()), secret("x")).await, Err(PoolError::Hash(HashError::UnknownFormat)));
}

#[tokio::test]
async fn unknown_users_cost_the_same_work() {
    let pool = pool(1, 4, LONG);
    assert_eq!(pool.verify(None, secret("correct horse")).await, Ok(Verdict::NoMatch));
    assert_eq!(pool.counts().done, 1, "the dummy went through the pool");

    // At a cost where hashing outweighs everything else, the time tells the same.
    let params = Params { memory_kib: 8 * 1024, ..CHEAP };
    let hasher = Hasher::new(params, Arc::new(SystemRandom)).expect("good parameters");
    let mut memory = Memory::default();
    let phc = hasher.hash("correct horse", &mut memory).expect("hashed");
    let mut fastest = |phc: Option<&str>| {
        let once = || {
            let start = Instant::now();
            hasher.verify(phc, "wrong horse", &mut memory).expect("a verdict");
            start.elapsed()
        };
        std::iter::repeat_with(once).take(9).min().expect("nine")
    };
    let (known, unknown) = (fastest(Some(&phc)), fastest(None));
    assert!(unknown * 2 > known && known * 2 > unknown, "known {known:?}, unknown {unknown:?}");
}

#[tokio::test]
async fn new_passwords_are_judged_here_too() {
    let pool = pool(1, 4, LONG);
    let email = Email::parse("ann.zyxwarth@example.org").ok();
    let judge = |email, words| pool.check(Policy::default(), secret("zyxwarth1"), email, words);
    assert_eq!(judge(None, vec![]).await, Ok(Ok(())));
    assert_eq!(judge(email, vec![]).await.expect("judged").map_err(|weakness| weakness.code()), Err("too_weak"));
    assert_eq!(judge(None, vec!["Zyxwarth".to_owned()]).await.expect("judged").map_err(|weakness| weakness.code()), Err("too_weak"));
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let pool = pool(1, 1, LONG);
    let blocker = block(&pool).await;
    let waiting = enqueue(&pool);
    until(&pool, "one waits", |counts| counts.waiting == 1).await;

    assert_eq!(pool.verify(None, secret("x")).await, Err(PoolError::Busy));
    assert_eq!(pool.hash(secret("x")).await, Err(PoolError::Busy));
    assert_eq!(pool.counts().refused, 2);

    blocker.release.send(()).expect("still running");
    assert_eq!(blocker.request.await.expect("no panic"), Ok(()));
    assert_eq!(waiting.await.expect("no panic"), Ok(Verdict::NoMatch));
    assert_eq!(pool.verify(None, secret("x")).await, Ok(Verdict::NoMatch), "there is room again");
}

#[tokio::test]
async fn a_requester_that_goes_away_does_not_free_its_thread_early() {
    let pool = pool(1, 1, LONG);
    let blocker = block(&pool).await;
    blocker.request.abort();
    assert!(blocker.request.await.expect_err("aborted").is_cancelled());

    let waiting = enqueue(&pool);
    until(&pool, "one waits", |counts| counts.waiting == 1).await;
    assert_eq!((pool.counts().running, pool.counts().done), (1, 0), "the thread is still held");
    assert_eq!(pool.verify(None, secret("x")).await, Err(PoolError::Busy));

    blocker.release.send(()).expect("still running");
    assert_eq!(waiting.await.expect("no panic"), Ok(Verdict::NoMatch));
}

#[tokio::test]
async fn abandoned_requests_are_skipped() {
    let pool = pool(1, 2, LONG);
    let blocker = block(&pool).await;
    let (gone, stays) = (enqueue(&pool), enqueue(&pool));
    until(&pool, "two wait", |counts| counts.waiting == 2).await;
    gone.abort();
    assert!(gone.await.is_err());

    blocker.release.send(()).expect("still running");
    assert_eq!(stays.await.expect("no panic"), Ok(Verdict::NoMatch));
    let counts = pool.counts();
    assert_eq!((counts.done, counts.abandoned), (2, 1), "the blocker and the one that stayed");
}

#[tokio::test]
async fn abandoned_requests_make_room_in_a_full_queue() {
    let pool = pool(1, 1, LONG);
    let blocker = block(&pool).await;
    let gone = enqueue(&pool);
    until(&pool, "one waits", |counts| counts.waiting == 1).await;
    gone.abort();
    assert!(gone.await.is_err());

    let next = enqueue(&pool);
    until(&pool, "the next took its place", |counts| counts.abandoned == 1).await;
    blocker.release.send(()).expect("still running");
    assert_eq!(next.await.expect("no panic"), Ok(Verdict::NoMatch));
    assert_eq!(pool.counts().refused, 0);
}

#[tokio::test]
async fn who_waited_longer_than_the_deadline_is_refused() {
    let pool = pool(1, 4, Duration::from_millis(20));
    let blocker = block(&pool).await;
    let waiting = enqueue(&pool);
    until(&pool, "one waits", |counts| counts.waiting == 1).await;
    tokio::time::sleep(Duration::from_millis(40)).await;
    blocker.release.send(()).expect("still running");
    assert_eq!(waiting.await.expect("no panic"), Err(PoolError::Busy));
    assert_eq!(pool.counts().refused, 1);
}

#[tokio::test]
async fn a_panic_ends_its_request_alone() {
    let pool = pool(1, 4, LONG);
    let failed: Result<(), PoolError> = pool.submit(|_, _| panic!("a defect")).await;
    assert_eq!(failed, Err(PoolError::Failed));
    assert_eq!(pool.verify(None, secret("x")).await, Ok(Verdict::NoMatch));
}

#[tokio::test]
async fn without_a_queue_idle_threads_still_serve() {
    let pool = pool(1, 0, LONG);
    for _ in 0..1000 {
        if pool.verify(None, secret("x")).await == Ok(Verdict::NoMatch) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never served: {:?}", pool.counts());
}

#[tokio::test]
async fn dropping_the_pool_ends_its_threads() {
    let pool = pool(2, 4, LONG);
    let shared = Arc::downgrade(&pool.shared);
    drop(pool);
    for _ in 0..1000 {
        if shared.strong_count() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("threads are left");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn hashing_threads_give_way_and_nobody_else() {
    let pool = pool(1, 4, LONG);
    let nice = || rustix::process::getpriority_process(Some(rustix::thread::gettid())).expect("a priority");
    let before = nice();
    let (there, name) = pool.submit(move |_, _| Ok((nice(), thread::current().name().map(str::to_owned)))).await.expect("ran");
    assert_eq!((there, name.as_deref()), (NICE.max(before), Some("hash-0")));
    assert_eq!(nice(), before);
}
