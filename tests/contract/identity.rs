use vestibule::model::{
    identity::Identity,
    user::{Created, NewIdentity, NewUser},
};

use super::{
    place::Place,
    samples::{NOW, at, email, identity, new_user, user},
};

pub(super) async fn attached_once(place: &impl Place) {
    let store = place.open().await;
    let (ann, bob) = (user(&*store, "ann").await, user(&*store, "bob").await);
    let passkey = NewIdentity { private: Some(vec![0, 255, 7]), ..identity("passkey", "c1") };
    assert!(store.attach_identity(ann, &passkey, at(5)).await.unwrap());
    let again = NewIdentity { private: None, ..passkey.clone() };
    assert!(store.attach_identity(ann, &again, at(9)).await.unwrap(), "her own");
    assert!(!store.attach_identity(bob, &passkey, at(9)).await.unwrap(), "another's");
    let found = store.identity("passkey", "c1").await.unwrap().unwrap();
    let kept = Identity {
        id: found.id,
        user: ann,
        provider: "passkey".into(),
        subject: "c1".into(),
        private: passkey.private,
        is_factor: false,
        created_at: at(5),
    };
    assert_eq!(found, kept);
    assert_eq!(store.identity("totp", "c1").await.unwrap(), None, "of another provider");
    let carl = NewUser { identity: identity("passkey", "c1"), email: Some(email("carl@example.org")), ..new_user("carl") };
    assert_eq!(store.create_user(&carl).await.unwrap(), Created::IdentityTaken);
}

pub(super) async fn listed_oldest_first(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    user(&*store, "bob").await;
    for (subject, seconds) in [("new", 20), ("old", 10)] {
        store.attach_identity(ann, &identity("facebook", subject), at(seconds)).await.unwrap();
    }
    let listed = store.identities_of(ann).await.unwrap();
    let seen: Vec<_> = listed.iter().map(|identity| (identity.subject.as_str(), identity.created_at)).collect();
    assert_eq!(seen, [("ann@example.org", NOW), ("old", at(10)), ("new", at(20))]);
}

pub(super) async fn private_data_replaced(place: &impl Place) {
    let store = place.open().await;
    user(&*store, "ann").await;
    for private in [Some(&b"counter=2"[..]), Some(b""), None] {
        store.set_identity_private("simple", "ann@example.org", private).await.unwrap();
        let kept = store.identity("simple", "ann@example.org").await.unwrap().unwrap();
        assert_eq!(kept.private.as_deref(), private);
    }
    store.set_identity_private("simple", "nobody", Some(b"x")).await.unwrap();
    assert_eq!(store.identity("simple", "nobody").await.unwrap(), None);
}
