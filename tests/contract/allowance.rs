use std::time::Duration;

use futures_util::future::join_all;
use vestibule::{
    model::allowance::{Allowance, Rate, Taken},
    store::allowance::Allowances,
};

use super::{
    place::Place,
    samples::{NOW, at},
};

/// A burst, and one more every ten seconds.
fn allowance(name: &str, burst: u32) -> Allowance {
    Allowance { name: name.into(), rate: Rate::new(burst, Duration::from_secs(10)).unwrap() }
}

fn refused(which: usize, seconds: u64) -> Taken {
    Taken::Refused { which, wait: Duration::from_secs(seconds) }
}

async fn take(store: &(impl Allowances + ?Sized), allowances: &[Allowance], seconds: u64) -> Taken {
    store.take_allowances(allowances, at(seconds)).await.unwrap()
}

async fn wait(store: &(impl Allowances + ?Sized), allowance: &Allowance) -> u64 {
    store.allowance_left(allowance, NOW).await.unwrap().wait.as_secs()
}

pub(super) async fn a_burst_then_one_an_interval(place: &impl Place) {
    let store = place.open().await;
    let tries = [allowance("tries", 3)];
    assert!(store.allowance_left(&tries[0], NOW).await.unwrap().whole);
    for _ in 0..3 {
        assert_eq!(take(&*store, &tries, 0).await, Taken::All);
    }
    assert_eq!(take(&*store, &tries, 0).await, refused(0, 10));
    assert_eq!(take(&*store, &tries, 4).await, refused(0, 6));
    assert_eq!(take(&*store, &tries, 10).await, Taken::All);
    assert_eq!(take(&*store, &tries, 10).await, refused(0, 10));
    let left = store.allowance_left(&tries[0], at(39)).await.unwrap();
    assert_eq!((left.wait, left.whole), (Duration::ZERO, false));
    assert!(store.allowance_left(&tries[0], at(40)).await.unwrap().whole);
    for _ in 0..3 {
        assert_eq!(take(&*store, &tries, 1000).await, Taken::All, "what was not used is not saved up beyond the burst");
    }
    assert_eq!(take(&*store, &tries, 1000).await, refused(0, 10));
    assert_eq!(take(&*store, &[], 0).await, Taken::All);
}

pub(super) async fn refused_takes_nothing(place: &impl Place) {
    let store = place.open().await;
    // The names are not in the order of the alphabet, in which rows are locked.
    let (account, network) = (allowance("z account", 3), allowance("a network", 1));
    let both = [account.clone(), network.clone()];
    assert_eq!(take(&*store, &both, 0).await, Taken::All);
    for _ in 0..5 {
        assert_eq!(take(&*store, &both, 0).await, refused(1, 10));
    }
    for _ in 0..2 {
        assert_eq!(take(&*store, std::slice::from_ref(&account), 0).await, Taken::All);
    }
    assert_eq!(take(&*store, &both, 0).await, refused(0, 10), "the first of those that are spent is told");
    assert_eq!(take(&*store, &both, 10).await, Taken::All);
}

pub(super) async fn names_are_strangers(place: &impl Place) {
    let store = place.open().await;
    for name in ["a", "A", "a ", "ä", ""] {
        assert_eq!(take(&*store, &[allowance(name, 1)], 0).await, Taken::All, "{name:?}");
        assert_eq!(wait(&*store, &allowance(name, 1)).await, 10, "{name:?}");
    }
}

pub(super) async fn just_the_burst_in_a_race(place: &impl Place) {
    let gateways = [place.open().await, place.open().await];
    let tries = [allowance("tries", 7)];
    let taken = join_all(gateways.iter().cycle().take(50).map(|store| take(&**store, &tries, 0))).await;
    assert_eq!(taken.iter().filter(|taken| **taken == Taken::All).count(), 7);
    assert_eq!(wait(&*gateways[0], &tries[0]).await, 10);
}

pub(super) async fn all_or_nothing_in_a_race(place: &impl Place) {
    let gateways = [place.open().await, place.open().await];
    let (wide, narrow) = (allowance("a wide", 40), allowance("z narrow", 5));
    let orders = [[wide.clone(), narrow.clone()], [narrow, wide.clone()]];
    let calls = gateways.iter().cycle().zip(orders.iter().cycle()).take(50).map(|(store, order)| take(&**store, order, 0));
    let taken = join_all(calls).await;
    assert_eq!(taken.iter().filter(|taken| **taken == Taken::All).count(), 5);
    let rest = [allowance("a wide", 40)];
    let mut left = 0;
    while take(&*gateways[0], &rest, 0).await == Taken::All {
        left += 1;
    }
    assert_eq!(left, 35, "those that were refused gave back what they had taken of the other");
}

pub(super) async fn refilled_at_once(place: &impl Place) {
    let store = place.open().await;
    let (mine, yours) = ([allowance("mine", 1)], [allowance("yours", 1)]);
    take(&*store, &mine, 0).await;
    take(&*store, &yours, 0).await;
    store.refill_allowance("mine").await.unwrap();
    store.refill_allowance("never there").await.unwrap();
    assert_eq!(take(&*store, &mine, 0).await, Taken::All);
    assert_eq!(take(&*store, &yours, 0).await, refused(0, 10));
}

/// Nobody waits for a time that a wrong clock has told.
pub(super) async fn a_clock_set_back_locks_nobody_out(place: &impl Place) {
    let store = place.open().await;
    let tries = [allowance("tries", 2), allowance("others", 2)];
    for _ in 0..2 {
        assert_eq!(take(&*store, &tries, 86_400).await, Taken::All);
    }
    assert_eq!(take(&*store, &tries, 86_400 - 50).await, refused(0, 60), "within the difference that clocks may have");
    assert!(store.allowance_left(&tries[0], NOW).await.unwrap().whole);
    for _ in 0..2 {
        assert_eq!(take(&*store, &tries, 0).await, Taken::All);
    }
    assert_eq!(take(&*store, &tries, 0).await, refused(0, 10));
    for _ in 0..2 {
        assert_eq!(take(&*store, &tries[..1], 3600).await, Taken::All);
    }
    assert_eq!(take(&*store, &tries[..1], 0).await, Taken::All);
    assert_eq!(take(&*store, &tries[..1], 0).await, Taken::All);
    assert_eq!(take(&*store, &tries[..1], 0).await, refused(0, 10));
}

pub(super) async fn survives_a_restart(place: &impl Place) {
    let tries = [allowance("tries", 2)];
    take(&*place.open().await, &tries, 0).await;
    take(&*place.open().await, &tries, 0).await;
    assert_eq!(take(&*place.open().await, &tries, 0).await, refused(0, 10));
}

pub(super) async fn purge_removes_the_whole_alone(place: &impl Place) {
    let store = place.open().await;
    take(&*store, &[allowance("once", 5)], 0).await;
    for _ in 0..2 {
        take(&*store, &[allowance("twice", 5)], 0).await;
    }
    assert_eq!(store.purge_allowances(at(9)).await.unwrap(), 0);
    assert_eq!(store.purge_allowances(at(10)).await.unwrap(), place.purged(1));
    assert_eq!(store.purge_allowances(at(19)).await.unwrap(), 0);
    assert_eq!(store.purge_allowances(at(20)).await.unwrap(), place.purged(1));
}
