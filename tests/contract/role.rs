use vestibule::model::{UserId, user::ADMIN};

use super::{place::Place, samples::user};

pub(super) async fn granted_twice_changes_nothing(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    for _ in 0..2 {
        assert!(store.grant_role(ann, ADMIN).await.unwrap());
        assert_eq!(store.user(ann).await.unwrap().unwrap().roles, [ADMIN]);
    }
}

pub(super) async fn needs_user_and_role(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    assert!(!store.grant_role(ann, "no-such-role").await.unwrap());
    assert!(!store.grant_role(UserId(404), ADMIN).await.unwrap());
    assert!(store.user(ann).await.unwrap().unwrap().roles.is_empty());
}

pub(super) async fn admin_is_always_there(place: &impl Place) {
    let store = place.open().await;
    store.ping().await.unwrap();
    let ann = user(&*store, "ann").await;
    assert!(store.grant_role(ann, ADMIN).await.unwrap());
}
