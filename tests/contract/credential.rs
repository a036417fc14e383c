use vestibule::model::{
    UserId,
    user::{NewIdentity, NewUser},
};

use super::{
    place::Place,
    samples::{create, identity, new_user, user},
};

pub(super) async fn set_and_replaced(place: &impl Place) {
    let store = place.open().await;
    let social = NewUser { password_hash: None, identity: identity("facebook", "1"), ..new_user("ann") };
    let ann = create(&*store, &social).await.id;
    assert_eq!(store.password_hash(ann).await.unwrap(), None);
    for hash in ["$argon2id$one", "$argon2id$two"] {
        assert!(store.set_password_hash(ann, hash).await.unwrap());
        assert_eq!(store.password_hash(ann).await.unwrap().as_deref(), Some(hash));
    }
}

pub(super) async fn upgraded_only_if_unchanged(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    assert!(store.upgrade_password_hash(ann, "$argon2id$of-ann", "$argon2id$new").await.unwrap());
    assert!(!store.upgrade_password_hash(ann, "$argon2id$of-ann", "$argon2id$stale").await.unwrap());
    assert_eq!(store.password_hash(ann).await.unwrap().as_deref(), Some("$argon2id$new"));
}

pub(super) async fn needs_a_user(place: &impl Place) {
    let store = place.open().await;
    let nobody = UserId(404);
    assert_eq!(store.password_hash(nobody).await.unwrap(), None);
    assert!(!store.set_password_hash(nobody, "$argon2id$x").await.unwrap());
    assert!(!store.upgrade_password_hash(nobody, "a", "b").await.unwrap());
    let way_in = NewIdentity { private: None, ..identity("facebook", "1") };
    assert!(!store.attach_identity(nobody, &way_in, super::samples::NOW).await.unwrap());
    assert_eq!(store.identity("facebook", "1").await.unwrap(), None);
}
