use futures_util::future::join_all;
use vestibule::model::{UserId, user::NewIdentity};

use super::{
    place::{Place, Store},
    samples::{at, identity, user},
};

fn hashes(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

async fn with_factor(store: &dyn Store, name: &str) -> UserId {
    let id = user(store, name).await;
    let factor = NewIdentity { is_factor: true, ..identity("totp", name) };
    store.enrol_factor(id, &factor, &hashes(&["a", "b"]), at(1)).await.unwrap().unwrap();
    id
}

pub(super) async fn replaced_only_beside_a_factor(place: &impl Place) {
    let store = place.open().await;
    let bob = user(&*store, "bob").await;
    assert!(!store.replace_recovery_codes(bob, &hashes(&["x"])).await.unwrap());
    assert_eq!(store.recovery_codes_left(bob).await.unwrap(), 0);
    let ann = with_factor(&*store, "ann").await;
    assert_eq!(store.recovery_codes_left(ann).await.unwrap(), 2);
    assert!(store.replace_recovery_codes(ann, &hashes(&["c", "d", "e"])).await.unwrap());
    assert_eq!(store.recovery_codes_left(ann).await.unwrap(), 3);
    assert!(!store.use_recovery_code(ann, "a").await.unwrap(), "gone");
    assert!(!store.use_recovery_code(bob, "c").await.unwrap(), "another's");
    assert!(store.use_recovery_code(ann, "c").await.unwrap());
    assert_eq!(store.recovery_codes_left(ann).await.unwrap(), 2);
}

pub(super) async fn used_once_in_a_race(place: &impl Place) {
    let store = place.open().await;
    let other = place.open().await;
    let ann = with_factor(&*store, "ann").await;
    let uses = (0..20).map(|n| if n % 2 == 0 { store.use_recovery_code(ann, "a") } else { other.use_recovery_code(ann, "a") });
    let used = join_all(uses).await.into_iter().filter(|used| *used.as_ref().unwrap()).count();
    assert_eq!((used, store.recovery_codes_left(ann).await.unwrap()), (1, 1));
}
