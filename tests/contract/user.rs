use std::{collections::BTreeMap, iter};

use futures_util::future::join_all;
use vestibule::{
    model::{
        UserId,
        user::{ADMIN, Created, Deleted, NewIdentity, NewUser, User, UserChange},
    },
    store::StoreError,
};

use super::{
    place::Place,
    samples::{NOW, administrator, create, email, identity, new_user, user},
};

fn profile(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

pub(super) async fn made_whole(place: &impl Place) {
    let store = place.open().await;
    let new = NewUser {
        email_verified: true,
        profile: profile(&[("locale", "de"), ("empty", "")]),
        roles: vec![ADMIN.into(), ADMIN.into()],
        identity: NewIdentity { private: Some(vec![0, 255]), ..identity("facebook", "1") },
        ..new_user("ann")
    };
    let ann = create(&*store, &new).await;
    let expected = User {
        id: ann.id,
        email: Some(email("ann@example.org")),
        email_verified: true,
        display_name: None,
        profile: new.profile,
        locale: None,
        roles: vec![ADMIN.into()],
        disabled: false,
        created_at: NOW,
    };
    assert_eq!(ann, expected);
    assert_eq!(store.user(ann.id).await.unwrap(), Some(expected.clone()));
    assert_eq!(store.user_by_email(&email("ann@example.org")).await.unwrap(), Some(expected));
    assert_eq!(store.password_hash(ann.id).await.unwrap(), new.password_hash);
    let way_in = store.identity("facebook", "1").await.unwrap().unwrap();
    assert_eq!((way_in.user, way_in.private, way_in.created_at), (ann.id, Some(vec![0, 255]), NOW));
    assert_eq!(store.user(UserId(404)).await.unwrap(), None);
    assert_eq!(store.user_by_email(&email("nobody@example.org")).await.unwrap(), None);
}

pub(super) async fn made_whole_or_not_at_all(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    assert_eq!(store.create_user(&new_user("ann")).await.unwrap(), Created::EmailTaken);
    let same_address = NewUser { identity: identity("facebook", "1"), ..new_user("ann") };
    assert_eq!(store.create_user(&same_address).await.unwrap(), Created::EmailTaken);
    assert_eq!(store.identity("facebook", "1").await.unwrap(), None);
    let same_identity = NewUser { identity: identity("simple", "ann@example.org"), ..new_user("bob") };
    assert_eq!(store.create_user(&same_identity).await.unwrap(), Created::IdentityTaken);
    assert_eq!(store.user_by_email(&email("bob@example.org")).await.unwrap(), None);
    assert_eq!(store.identity("simple", "ann@example.org").await.unwrap().unwrap().user, ann);
    user(&*store, "bob").await;
}

pub(super) async fn addresses_are_unique_and_optional(place: &impl Place) {
    let store = place.open().await;
    for subject in ["1", "2"] {
        let new = NewUser { email: None, identity: identity("telegram", subject), password_hash: None, ..new_user("x") };
        let made = create(&*store, &new).await;
        assert_eq!(store.user(made.id).await.unwrap().unwrap().email, None);
    }
}

pub(super) async fn one_winner_for_an_address(place: &impl Place) {
    let gateways = [place.open().await, place.open().await];
    let news: Vec<_> = (0..30).map(|n| NewUser { identity: identity("facebook", &n.to_string()), ..new_user("ann") }).collect();
    let calls = news.iter().zip(gateways.iter().cycle()).map(|(new, store)| store.create_user(new));
    let outcomes: Vec<_> = join_all(calls).await.into_iter().map(Result::unwrap).collect();
    let winners: Vec<_> = outcomes.iter().filter_map(|made| if let Created::User(user) = made { Some(user) } else { None }).collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(outcomes.iter().filter(|made| **made == Created::EmailTaken).count(), 29);
    assert_eq!(gateways[1].identities_of(winners[0].id).await.unwrap().len(), 1);
}

pub(super) async fn a8_profile_of_any_declared_name(place: &impl Place) {
    let kept = profile(&[("vk.screen_name", "ann"), ("größe", "1,70 m"), ("_id", ""), ("'; DROP TABLE users; --", "🦀\n\"x\"")]);
    let ann = create(&*place.open().await, &NewUser { profile: kept.clone(), ..new_user("ann") }).await;
    assert_eq!(ann.profile, kept);
    assert_eq!(place.open().await.user(ann.id).await.unwrap().unwrap().profile, kept);
}

pub(super) async fn change_sets_and_clears(place: &impl Place) {
    let store = place.open().await;
    let ann = create(&*store, &NewUser { profile: profile(&[("a", "1"), ("b", "2")]), ..new_user("ann") }).await;
    let change = UserChange {
        display_name: Some(Some("Ann".into())),
        locale: Some(Some("ru".into())),
        profile: [("a", Some("9")), ("b", None), ("c", Some("3")), ("d", None)]
            .map(|(name, value)| (name.into(), value.map(Into::into)))
            .into(),
    };
    let changed = profile(&[("a", "9"), ("c", "3")]);
    let expected = User { display_name: Some("Ann".into()), locale: Some("ru".into()), profile: changed, ..ann.clone() };
    assert_eq!(store.change_user(ann.id, &change).await.unwrap(), Some(expected.clone()));
    assert_eq!(store.user(ann.id).await.unwrap(), Some(expected.clone()));
    assert_eq!(store.change_user(ann.id, &UserChange::default()).await.unwrap(), Some(expected), "nothing to change");
    let clear = UserChange { display_name: Some(None), ..UserChange::default() };
    assert_eq!(store.change_user(ann.id, &clear).await.unwrap().unwrap().display_name, None);
    assert_eq!(store.change_user(UserId(404), &change).await.unwrap(), None);
}

pub(super) async fn fill_keeps_what_is_there(place: &impl Place) {
    let store = place.open().await;
    let ann = create(&*store, &NewUser { profile: profile(&[("name", "Ann")]), ..new_user("ann") }).await.id;
    let entries = [("name".to_owned(), "Other".to_owned()), ("locale".to_owned(), "de".to_owned())];
    store.fill_profile(ann, "simple", &entries).await.unwrap();
    assert_eq!(store.user(ann).await.unwrap().unwrap().profile, profile(&[("name", "Ann"), ("locale", "de")]));
    store.fill_profile(ann, "simple", &[]).await.unwrap();
    store.fill_profile(UserId(404), "simple", &entries).await.expect("of a user deleted meanwhile");
}

pub(super) async fn a_provider_reads_what_it_wrote_alone(place: &impl Place) {
    let store = place.open().await;
    let ann = create(&*store, &NewUser { profile: profile(&[("name", "Ann")]), ..new_user("ann") }).await.id;
    store.fill_profile(ann, "other", &[("name".into(), "Anna".into()), ("city".into(), "Oslo".into())]).await.unwrap();
    let pairs = |entries: &[(&str, &str)]| entries.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<Vec<_>>();
    assert_eq!(store.profile_of(ann, "simple").await.unwrap(), pairs(&[("name", "Ann")]));
    assert_eq!(store.profile_of(ann, "other").await.unwrap(), pairs(&[("city", "Oslo"), ("name", "Anna")]));
    assert_eq!(
        store.user(ann).await.unwrap().unwrap().profile,
        profile(&[("name", "Anna"), ("city", "Oslo")]),
        "people see one value a name"
    );
    let own = UserChange { profile: [("name".to_owned(), Some("Annie".to_owned()))].into(), ..UserChange::default() };
    assert_eq!(store.change_user(ann, &own).await.unwrap().unwrap().profile["name"], "Annie");
    assert_eq!(store.profile_of(ann, "simple").await.unwrap(), pairs(&[("name", "Ann")]), "what the user wrote is not the provider's");
    let gone = UserChange { profile: [("name".to_owned(), None)].into(), ..UserChange::default() };
    assert_eq!(store.change_user(ann, &gone).await.unwrap().unwrap().profile, profile(&[("city", "Oslo")]));
}

pub(super) async fn deletion_takes_everything_along(place: &impl Place) {
    let store = place.open().await;
    administrator(&*store, "root").await;
    let ann = administrator(&*store, "ann").await;
    store.fill_profile(ann, "simple", &[("locale".into(), "de".into())]).await.unwrap();
    assert_eq!(store.delete_user(ann).await.unwrap(), Deleted::Done);
    assert_eq!(store.user(ann).await.unwrap(), None);
    assert_eq!(store.password_hash(ann).await.unwrap(), None);
    assert_eq!(store.identities_of(ann).await.unwrap(), []);
    assert_eq!(store.identity("simple", "ann@example.org").await.unwrap(), None);
    assert_eq!(store.delete_user(ann).await.unwrap(), Deleted::NotFound);
    let next = create(&*store, &new_user("ann")).await;
    assert!(next.profile.is_empty() && next.roles.is_empty(), "the address is free again, and nothing is inherited");
}

pub(super) async fn ids_are_never_given_again(place: &impl Place) {
    let mut seen = Vec::new();
    for _ in 0..3 {
        let store = place.open().await;
        let id = user(&*store, "ann").await;
        assert!(!seen.contains(&id), "{id} was given before");
        seen.push(id);
        assert_eq!(store.delete_user(id).await.unwrap(), Deleted::Done);
    }
}

pub(super) async fn last_administrator_stays(place: &impl Place) {
    let store = place.open().await;
    let ann = administrator(&*store, "ann").await;
    user(&*store, "bob").await;
    assert_eq!(store.delete_user(ann).await.unwrap(), Deleted::LastAdministrator);
    assert!(store.user(ann).await.unwrap().is_some());
    administrator(&*store, "carl").await;
    assert_eq!(store.delete_user(ann).await.unwrap(), Deleted::Done);
}

pub(super) async fn administrators_cannot_delete_each_other(place: &impl Place) {
    let gateways = [place.open().await, place.open().await];
    let admins = [administrator(&*gateways[0], "ann").await, administrator(&*gateways[0], "bob").await];
    let outcomes = join_all(iter::zip(&gateways, admins).map(|(store, id)| store.delete_user(id))).await;
    let deleted = outcomes.into_iter().filter(|outcome| *outcome.as_ref().unwrap() == Deleted::Done).count();
    assert_eq!(deleted, 1);
}

pub(super) async fn survives_a_restart(place: &impl Place) {
    let made = create(&*place.open().await, &NewUser { profile: profile(&[("a", "1")]), ..new_user("ann") }).await;
    assert_eq!(place.open().await.user(made.id).await.unwrap(), Some(made));
}

pub(super) async fn unknown_roles_are_a_defect(place: &impl Place) {
    let store = place.open().await;
    let refused = store.create_user(&NewUser { roles: vec!["no-such-role".into()], ..new_user("ann") }).await;
    assert!(matches!(&refused, Err(StoreError::Statement(why)) if why.contains("no-such-role")), "{refused:?}");
    assert_eq!(store.user_by_email(&email("ann@example.org")).await.unwrap(), None);
}

pub(super) async fn an_address_is_verified_as_it_is(place: &impl Place) {
    let store = place.open().await;
    let (ann, bob) = (user(&*store, "ann").await, user(&*store, "bob").await);
    assert_eq!(store.verify_email(ann, &email("bob@example.org")).await.unwrap(), None, "not hers");
    assert_eq!(store.verify_email(UserId(404), &email("ann@example.org")).await.unwrap(), None);
    for _ in 0..2 {
        assert!(store.verify_email(ann, &email("ann@example.org")).await.unwrap().unwrap().email_verified);
    }
    assert!(!store.user(bob).await.unwrap().unwrap().email_verified);
}
