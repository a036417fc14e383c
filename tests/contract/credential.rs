use vestibule::model::{
    UserId,
    user::{NewIdentity, NewUser, PasswordReset, Reset, UserChange},
};

use super::{
    place::Place,
    samples::{NOW, at, create, email, identity, new_user, user},
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

fn reset(user: UserId, name: &str) -> PasswordReset {
    let address = format!("{name}@example.org");
    PasswordReset {
        user,
        email: email(&address),
        password_hash: "$argon2id$reset".into(),
        identity: identity("simple", &address),
        at: at(1),
    }
}

pub(super) async fn reset_keeps_what_is_proven(place: &impl Place) {
    let store = place.open().await;
    let new = NewUser { email_verified: true, identity: identity("facebook", "1"), password_hash: None, ..new_user("ann") };
    let ann = create(&*store, &new).await.id;
    let change = UserChange { display_name: Some(Some("Ann".into())), ..UserChange::default() };
    store.change_user(ann, &change).await.unwrap();
    let Reset::Done { user: now, taken_over } = store.reset_password(&reset(ann, "ann")).await.unwrap() else { panic!("refused") };
    assert_eq!((taken_over, now.email_verified, now.display_name.as_deref()), (false, true, Some("Ann")));
    assert_eq!(store.password_hash(ann).await.unwrap().as_deref(), Some("$argon2id$reset"));
    let ways: Vec<String> = store.identities_of(ann).await.unwrap().into_iter().map(|way| way.provider).collect();
    assert_eq!(ways, ["facebook", "simple"], "the password opens the account from now on");
    assert!(matches!(store.reset_password(&reset(ann, "ann")).await.unwrap(), Reset::Done { taken_over: false, .. }), "again");
    assert_eq!(store.reset_password(&reset(ann, "bob")).await.unwrap(), Reset::NotFound, "another address");
    assert_eq!(store.reset_password(&reset(UserId(404), "ann")).await.unwrap(), Reset::NotFound);
}

pub(super) async fn reset_takes_over(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    let bob = user(&*store, "bob").await;
    for (subject, is_factor) in [("1", false), ("2", true)] {
        let way = NewIdentity { is_factor, ..identity("other", subject) };
        assert!(store.attach_identity(ann, &way, NOW).await.unwrap());
    }
    let change = UserChange {
        display_name: Some(Some("Mallory".into())),
        locale: Some(Some("de".into())),
        profile: [("city".to_owned(), Some("Graz".to_owned()))].into(),
    };
    store.change_user(ann, &change).await.unwrap();
    let Reset::Done { user: now, taken_over } = store.reset_password(&reset(ann, "ann")).await.unwrap() else { panic!("refused") };
    assert!(taken_over && now.email_verified);
    assert_eq!((now.display_name, now.locale, now.profile.len()), (None, None, 0));
    let ways = store.identities_of(ann).await.unwrap();
    assert_eq!(ways.iter().map(|way| way.subject.as_str()).collect::<Vec<_>>(), ["ann@example.org"]);
    assert_eq!(store.identities_of(bob).await.unwrap().len(), 1, "nobody else's");
    assert_eq!(store.password_hash(bob).await.unwrap().as_deref(), Some("$argon2id$of-bob"));
}
