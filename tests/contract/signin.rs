use vestibule::model::{UserId, signin::SignIn};

use super::{
    place::Place,
    samples::{at, user},
};

fn attempt(user: Option<UserId>, seconds: u64, result: &str) -> SignIn {
    SignIn {
        user,
        at: at(seconds),
        provider: "simple".into(),
        result: result.into(),
        address: "2001:db8::7".into(),
        user_agent: "Mozilla/5.0".into(),
    }
}

pub(super) async fn newest_first_and_limited(place: &impl Place) {
    let store = place.open().await;
    let (ann, bob) = (user(&*store, "ann").await, user(&*store, "bob").await);
    let first = attempt(Some(ann), 1, "invalid_credentials");
    let second = attempt(Some(ann), 1, "ok");
    let latest = attempt(Some(ann), 2, "ok");
    for signin in [&latest, &first, &second, &attempt(Some(bob), 3, "ok"), &attempt(None, 4, "unknown_type")] {
        store.record_signin(signin).await.unwrap();
    }
    assert_eq!(store.signins_of(ann, 10).await.unwrap(), [latest.clone(), second.clone(), first]);
    assert_eq!(store.signins_of(ann, 2).await.unwrap(), [latest, second]);
}

pub(super) async fn outlives_the_user(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    store.record_signin(&attempt(Some(ann), 1, "ok")).await.unwrap();
    store.delete_user(ann).await.unwrap();
    assert_eq!(store.signins_of(ann, 10).await.unwrap(), [], "no longer theirs");
    store.record_signin(&attempt(Some(ann), 2, "ok")).await.expect("an attempt that outlasts its account");
    assert_eq!(store.signins_of(ann, 10).await.unwrap(), []);
}
