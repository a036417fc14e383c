use futures_util::future::join_all;

use super::{
    place::Place,
    samples::{NOW, at},
};

pub(super) async fn put_get_and_replace(place: &impl Place) {
    let store = place.open().await;
    assert_eq!(store.kv_get("p", "k", NOW).await.unwrap(), None);
    for value in [&[0, 255, 0][..], b"", b"text"] {
        store.kv_put("p", "k", value, at(10)).await.unwrap();
        assert_eq!(store.kv_get("p", "k", NOW).await.unwrap().as_deref(), Some(value));
    }
    assert_eq!(store.kv_take("p", "k", NOW).await.unwrap().as_deref(), Some(&b"text"[..]));
    assert_eq!(store.kv_get("p", "k", NOW).await.unwrap(), None);
    assert_eq!(store.kv_take("p", "k", NOW).await.unwrap(), None);
}

pub(super) async fn expired_is_absent(place: &impl Place) {
    let store = place.open().await;
    store.kv_put("p", "k", b"v", at(10)).await.unwrap();
    assert!(store.kv_get("p", "k", at(9)).await.unwrap().is_some());
    assert_eq!(store.kv_get("p", "k", at(10)).await.unwrap(), None);
    assert_eq!(store.kv_take("p", "k", at(10)).await.unwrap(), None);
    store.kv_put("p", "k", b"new", at(30)).await.unwrap();
    assert_eq!(store.kv_take("p", "k", at(20)).await.unwrap().as_deref(), Some(&b"new"[..]));
}

pub(super) async fn take_gives_it_to_one(place: &impl Place) {
    let gateways = [place.open().await, place.open().await];
    gateways[0].kv_put("p", "k", b"v", at(10)).await.unwrap();
    let taken = join_all(gateways.iter().cycle().take(50).map(|store| store.kv_take("p", "k", NOW))).await;
    assert_eq!(taken.into_iter().filter(|taken| taken.as_ref().unwrap().is_some()).count(), 1);
}

pub(super) async fn counts_until_it_expires(place: &impl Place) {
    let store = place.open().await;
    let increment = async |by, now, end| store.kv_increment("p", "k", by, at(now), at(end)).await.unwrap();
    assert_eq!(increment(2, 0, 10).await, 2);
    assert_eq!(increment(u32::MAX, 5, 99).await, u64::from(u32::MAX) + 2, "the end stays that of the first increment");
    assert_eq!(increment(1, 10, 20).await, 1, "begins again");
    assert_eq!(increment(0, 19, 99).await, 1);
    assert_eq!(store.kv_get("p", "k", at(19)).await.unwrap(), None, "a counter is no value");
    store.kv_put("p", "k", b"v", at(99)).await.unwrap();
    assert_eq!(increment(1, 19, 99).await, 2, "a value is no counter");
}

pub(super) async fn increments_add_up(place: &impl Place) {
    let gateways = [place.open().await, place.open().await];
    let calls = gateways.iter().cycle().take(60).map(|store| store.kv_increment("p", "k", 2, NOW, at(10)));
    let mut counts: Vec<_> = join_all(calls).await.into_iter().map(Result::unwrap).collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..=60).map(|n| n * 2).collect::<Vec<u64>>());
}

pub(super) async fn namespaces_do_not_mix(place: &impl Place) {
    let store = place.open().await;
    store.kv_put("a", "b:c", b"first", at(10)).await.unwrap();
    store.kv_put("a:b", "c", b"second", at(10)).await.unwrap();
    store.kv_increment("a", "n", 5, NOW, at(10)).await.unwrap();
    assert_eq!(store.kv_get("a:b", "b:c", NOW).await.unwrap(), None);
    assert_eq!(store.kv_take("a:b", "c", NOW).await.unwrap().as_deref(), Some(&b"second"[..]));
    assert_eq!(store.kv_get("a", "b:c", NOW).await.unwrap().as_deref(), Some(&b"first"[..]));
    assert_eq!(store.kv_increment("a:b", "n", 1, NOW, at(10)).await.unwrap(), 1);
}

pub(super) async fn purge_removes_the_expired_alone(place: &impl Place) {
    let store = place.open().await;
    for (key, end) in [("old", 10), ("new", 30)] {
        store.kv_put("p", key, b"v", at(end)).await.unwrap();
        store.kv_increment("p", key, 1, NOW, at(end)).await.unwrap();
    }
    assert_eq!(store.purge_kv(at(10)).await.unwrap(), place.purged(2));
    assert_eq!(store.purge_kv(at(10)).await.unwrap(), 0);
    assert!(store.kv_get("p", "new", at(10)).await.unwrap().is_some());
    assert_eq!(store.kv_increment("p", "new", 1, at(10), at(99)).await.unwrap(), 2);
}
