use vestibule::model::{Network, UserId, user::Deleted};

use super::{
    place::Place,
    samples::{NOW, at, user},
};

const MANY: u32 = 20;

fn network(address: &str) -> Network {
    Network::of(address.parse().unwrap())
}

pub(super) async fn seen_from_then_on(place: &impl Place) {
    let (store, other) = (place.open().await, place.open().await);
    let (ann, bob) = (user(&*store, "ann").await, user(&*store, "bob").await);
    let (home, work) = (network("192.0.2.7"), network("2001:db8::1"));
    assert_eq!(store.place_seen(ann, home).await.unwrap(), None);
    store.note_place(ann, home, at(5), MANY).await.unwrap();
    assert_eq!(other.place_seen(ann, home).await.unwrap(), Some(at(5)));
    assert_eq!(store.place_seen(ann, work).await.unwrap(), None);
    assert_eq!(store.place_seen(bob, home).await.unwrap(), None);
    store.note_place(ann, home, at(9), MANY).await.unwrap();
    store.note_place(ann, home, at(7), MANY).await.unwrap();
    assert_eq!(other.place_seen(ann, home).await.unwrap(), Some(at(9)), "a gateway whose clock is late moves nothing back");
    store.note_place(ann, work, at(9), MANY).await.unwrap();
    assert_eq!(store.place_seen(ann, network("2001:db8::2")).await.unwrap(), Some(at(9)), "by the /64");
}

pub(super) async fn the_latest_are_kept(place: &impl Place) {
    let store = place.open().await;
    let (ann, bob) = (user(&*store, "ann").await, user(&*store, "bob").await);
    let place = |n: u64| network(&format!("192.0.2.{n}"));
    store.note_place(bob, place(1), NOW, MANY).await.unwrap();
    for n in 1..=4 {
        store.note_place(ann, place(n), at(n), 3).await.unwrap();
    }
    store.note_place(ann, place(2), at(9), 3).await.unwrap();
    store.note_place(ann, place(5), at(10), 3).await.unwrap();
    let mut kept = Vec::new();
    for n in 1..=5 {
        if store.place_seen(ann, place(n)).await.unwrap().is_some() {
            kept.push(n);
        }
    }
    assert_eq!(kept, [2, 4, 5]);
    assert!(store.place_seen(bob, place(1)).await.unwrap().is_some());
}

pub(super) async fn goes_with_its_user(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    let home = network("192.0.2.7");
    store.note_place(ann, home, NOW, MANY).await.unwrap();
    assert_eq!(store.delete_user(ann).await.unwrap(), Deleted::Done);
    assert_eq!(store.place_seen(ann, home).await.unwrap(), None);
    store.note_place(ann, home, NOW, MANY).await.unwrap();
    store.note_place(UserId(0), home, NOW, MANY).await.unwrap();
    assert_eq!(store.place_seen(ann, home).await.unwrap(), None, "nobody is nowhere");
    assert_eq!(store.place_seen(UserId(0), home).await.unwrap(), None);
}

pub(super) async fn purge_removes_the_old_alone(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    store.note_place(ann, network("192.0.2.1"), at(10), MANY).await.unwrap();
    store.note_place(ann, network("192.0.2.2"), at(20), MANY).await.unwrap();
    assert_eq!(store.purge_places(at(20)).await.unwrap(), 1);
    assert_eq!(store.purge_places(at(20)).await.unwrap(), 0);
    assert_eq!(store.place_seen(ann, network("192.0.2.2")).await.unwrap(), Some(at(20)));
}
