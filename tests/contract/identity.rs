use futures_util::future::join_all;
use vestibule::model::{
    Email, IdentityId, UserId,
    identity::{Added, Detached, Identity, NewWay},
    user::{Created, NewIdentity, NewUser, UserChange},
};

use super::{
    place::{Place, Store},
    samples::{NOW, administrator, at, create, email, identity, new_user, user},
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

fn way(identity: NewIdentity) -> NewWay {
    NewWay { identity, email: None, password_hash: None }
}

/// An account by `facebook`, without address and password.
async fn bare(store: &dyn Store, subject: &str) -> UserId {
    let new = NewUser { email: None, password_hash: None, identity: identity("facebook", subject), ..new_user("x") };
    create(store, &new).await.id
}

async fn id_of(store: &dyn Store, provider: &str, subject: &str) -> IdentityId {
    store.identity(provider, subject).await.unwrap().unwrap().id
}

pub(super) async fn added_with_what_the_account_lacks(place: &impl Place) {
    let store = place.open().await;
    let ann = bare(&*store, "1").await;
    let simple = NewWay {
        email: Some(email("ann@example.org")),
        password_hash: Some("$first".into()),
        ..way(identity("simple", "ann@example.org"))
    };
    let Added::New(added) = store.add_identity(ann, &simple, at(3)).await.unwrap() else { panic!("not added") };
    assert_eq!((added.user, added.provider.as_str(), added.created_at, added.is_factor), (ann, "simple", at(3), false));
    let user = store.user(ann).await.unwrap().unwrap();
    assert_eq!((user.email, user.email_verified), (Some(email("ann@example.org")), false));
    assert_eq!(store.password_hash(ann).await.unwrap().as_deref(), Some("$first"));
    assert_eq!(store.add_identity(ann, &simple, at(4)).await.unwrap(), Added::Own(added));
    let second = NewWay { email: Some(email("other@example.org")), password_hash: Some("$second".into()), ..way(identity("ldap", "ann")) };
    assert!(matches!(store.add_identity(ann, &second, at(5)).await.unwrap(), Added::New(_)));
    assert_eq!(store.user(ann).await.unwrap().unwrap().email, Some(email("ann@example.org")), "she has one");
    assert_eq!(store.password_hash(ann).await.unwrap().as_deref(), Some("$first"));
}

pub(super) async fn added_whole_or_not_at_all(place: &impl Place) {
    let store = place.open().await;
    let (ann, bob) = (bare(&*store, "1").await, user(&*store, "bob").await);
    let taken = NewWay { email: Some(email("bob@example.org")), password_hash: Some("$x".into()), ..way(identity("ldap", "ann")) };
    assert_eq!(store.add_identity(ann, &taken, at(1)).await.unwrap(), Added::EmailTaken);
    assert_eq!(store.identity("ldap", "ann").await.unwrap(), None);
    assert_eq!(store.password_hash(ann).await.unwrap(), None);
    assert_eq!(store.add_identity(ann, &way(identity("simple", "bob@example.org")), at(1)).await.unwrap(), Added::IdentityTaken);
    assert_eq!(store.add_identity(UserId(99), &way(identity("ldap", "x")), at(1)).await.unwrap(), Added::IdentityTaken, "nobody");
    assert_eq!(store.identity("simple", "bob@example.org").await.unwrap().unwrap().user, bob);
}

pub(super) async fn a_factor_brings_codes_once(place: &impl Place) {
    let store = place.open().await;
    let (ann, bob) = (user(&*store, "ann").await, user(&*store, "bob").await);
    let factor = |subject: &str| NewIdentity { is_factor: true, private: Some(vec![7]), ..identity("totp", subject) };
    let codes = |n: u32| (0..10).map(|at| format!("{n}-{at}")).collect::<Vec<_>>();
    let first = store.enrol_factor(ann, &factor("s1"), &codes(1), at(1)).await.unwrap().unwrap();
    assert!(first.codes_kept && first.identity.is_factor);
    assert_eq!((first.identity.private, first.identity.user), (Some(vec![7]), ann));
    assert!(!store.enrol_factor(ann, &factor("s2"), &codes(2), at(2)).await.unwrap().unwrap().codes_kept);
    assert!(store.use_recovery_code(ann, "1-0").await.unwrap() && !store.use_recovery_code(ann, "2-0").await.unwrap());
    assert_eq!(store.enrol_factor(bob, &factor("s1"), &codes(3), at(3)).await.unwrap(), None, "of another");
    assert_eq!(store.recovery_codes_left(bob).await.unwrap(), 0);
    for (subject, left) in [("s1", 9), ("s2", 0)] {
        let id = id_of(&*store, "totp", subject).await;
        assert!(matches!(store.detach_identity(ann, id, &[]).await.unwrap(), Detached::Done(_)));
        assert_eq!(store.recovery_codes_left(ann).await.unwrap(), left, "{subject}");
    }
}

pub(super) async fn the_last_way_in_stays(place: &impl Place) {
    let store = place.open().await;
    let (ann, bob) = (user(&*store, "ann").await, user(&*store, "bob").await);
    let simple = id_of(&*store, "simple", "ann@example.org").await;
    let factor = NewIdentity { is_factor: true, ..identity("totp", "s1") };
    store.enrol_factor(ann, &factor, &[], at(1)).await.unwrap();
    assert_eq!(store.detach_identity(ann, simple, &[]).await.unwrap(), Detached::Last, "a factor is no way in");
    store.attach_identity(ann, &identity("facebook", "1"), at(2)).await.unwrap();
    assert_eq!(store.detach_identity(bob, simple, &[]).await.unwrap(), Detached::NotFound, "another's");
    assert_eq!(store.detach_identity(ann, IdentityId(99), &[]).await.unwrap(), Detached::NotFound);
    assert!(matches!(store.detach_identity(ann, simple, &[]).await.unwrap(), Detached::Done(gone) if gone.id == simple));
    assert_eq!(store.detach_identity(ann, simple, &[]).await.unwrap(), Detached::NotFound);
}

pub(super) async fn the_last_way_in_stays_in_a_race(place: &impl Place) {
    let (store, other) = (place.open().await, place.open().await);
    for n in 0..10 {
        let ann = bare(&*store, &format!("a{n}")).await;
        store.attach_identity(ann, &identity("facebook", &format!("b{n}")), at(2)).await.unwrap();
        let (a, b) = (id_of(&*store, "facebook", &format!("a{n}")).await, id_of(&*store, "facebook", &format!("b{n}")).await);
        let (one, two) = tokio::join!(store.detach_identity(ann, a, &[]), other.detach_identity(ann, b, &[]));
        let refused = [one.unwrap(), two.unwrap()].into_iter().filter(|detached| *detached == Detached::Last).count();
        assert_eq!((refused, store.identities_of(ann).await.unwrap().len()), (1, 1));
    }
}

pub(super) async fn the_password_goes_with_the_last_that_needs_it(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    let vouching = ["facebook".to_owned()];
    for (provider, subject) in [("ldap", "ann"), ("facebook", "1"), ("facebook", "2")] {
        store.attach_identity(ann, &identity(provider, subject), at(1)).await.unwrap();
    }
    for (provider, subject, has_password) in [("facebook", "1", true), ("simple", "ann@example.org", true), ("ldap", "ann", false)] {
        let id = id_of(&*store, provider, subject).await;
        assert!(matches!(store.detach_identity(ann, id, &vouching).await.unwrap(), Detached::Done(_)));
        assert_eq!(store.password_hash(ann).await.unwrap().is_some(), has_password, "{provider}");
    }
}

pub(super) async fn taken_over_whole(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    let bob = user(&*store, "bob").await;
    let change = UserChange {
        display_name: Some(Some("Mallory".into())),
        locale: Some(Some("ru".into())),
        profile: [("city".to_owned(), Some("Graz".to_owned()))].into(),
    };
    store.change_user(ann, &change).await.unwrap();
    store.fill_profile(ann, "simple", &[("note".into(), "x".into())]).await.unwrap();
    let factor = NewIdentity { is_factor: true, ..identity("totp", "s1") };
    store.enrol_factor(ann, &factor, &["c".to_owned()], at(1)).await.unwrap();
    let google = NewIdentity { private: Some(vec![1]), ..identity("google", "g1") };
    assert!(store.take_over(ann, &email("ann@example.org"), &google, at(9)).await.unwrap());
    let user = store.user(ann).await.unwrap().unwrap();
    assert!(user.email_verified && user.profile.is_empty());
    assert_eq!((user.email, user.display_name, user.locale, user.created_at), (Some(email("ann@example.org")), None, None, NOW));
    let left = store.identities_of(ann).await.unwrap();
    assert_eq!((left.len(), left[0].subject.as_str(), left[0].private.clone(), left[0].created_at), (1, "g1", Some(vec![1]), at(9)));
    assert_eq!((store.password_hash(ann).await.unwrap(), store.recovery_codes_left(ann).await.unwrap()), (None, 0));
    assert!(store.password_hash(bob).await.unwrap().is_some(), "nobody else's");
}

pub(super) async fn taken_over_only_if_unverified(place: &impl Place) {
    let store = place.open().await;
    let verified = create(&*store, &NewUser { email_verified: true, ..new_user("ann") }).await.id;
    let root = administrator(&*store, "root").await;
    let bob = user(&*store, "bob").await;
    let google = identity("google", "g1");
    let none: [(UserId, Email); 4] = [
        (verified, email("ann@example.org")),
        (root, email("root@example.org")),
        (bob, email("old@example.org")),
        (UserId(99), email("x@y.example")),
    ];
    for (user, address) in none {
        assert!(!store.take_over(user, &address, &google, at(1)).await.unwrap(), "{user}");
    }
    assert!(store.password_hash(verified).await.unwrap().is_some() && store.password_hash(bob).await.unwrap().is_some());
    assert_eq!(store.identity("google", "g1").await.unwrap(), None);
    // An identity that somebody else has just got.
    store.attach_identity(verified, &google, at(2)).await.unwrap();
    assert!(!store.take_over(bob, &email("bob@example.org"), &google, at(3)).await.unwrap());
    assert!(!store.user(bob).await.unwrap().unwrap().email_verified && store.password_hash(bob).await.unwrap().is_some());
}

pub(super) async fn a_take_over_has_one_winner(place: &impl Place) {
    let (store, other) = (place.open().await, place.open().await);
    let ann = user(&*store, "ann").await;
    let address = email("ann@example.org");
    let identities: Vec<_> = (0..8).map(|n| identity("google", &format!("g{n}"))).collect();
    let tries = identities.iter().enumerate().map(|(n, google)| {
        let store = if n % 2 == 0 { &store } else { &other };
        store.take_over(ann, &address, google, at(1))
    });
    let won = join_all(tries).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
    assert_eq!((won, store.identities_of(ann).await.unwrap().len()), (1, 1));
}
