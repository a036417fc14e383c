use std::{collections::BTreeMap, iter};

use futures_util::future::join_all;
use vestibule::{
    model::{
        UserId,
        page::{From, Page, PageRequest},
        role::{Revoked, Role},
        user::{ADMIN, Amended, Amendment, Created, Deleted, EmailChanged, LOGIN, NewIdentity, NewUser, User, UserChange},
    },
    store::StoreError,
};

use super::{
    place::{Place, Store},
    samples::{NOW, administrator, at, create, email, identity, new_user, user},
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
        login: None,
        email_verified: true,
        display_name: None,
        profile: new.profile,
        locale: None,
        roles: vec![ADMIN.into()],
        disabled: false,
        invitation: None,
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

async fn subjects(store: &dyn Store, user: UserId) -> Vec<String> {
    let ways = store.identities_of(user).await.unwrap();
    ways.into_iter().map(|way| format!("{} {}", way.provider, way.subject)).collect()
}

pub(super) async fn another_address_renames_its_identities(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    assert!(store.attach_identity(ann, &identity("facebook", "7"), at(1)).await.unwrap());
    assert!(store.attach_identity(ann, &identity("email-code", "ann@example.org"), at(2)).await.unwrap());
    let new = email("anna@example.org");
    let EmailChanged::Done(changed) = store.change_email(ann, Some(&new), true).await.unwrap() else { panic!("refused") };
    assert_eq!((changed.email.as_ref(), changed.email_verified), (Some(&new), true));
    assert_eq!(store.user(ann).await.unwrap(), Some(changed));
    assert_eq!(subjects(&*store, ann).await, ["simple anna@example.org", "facebook 7", "email-code anna@example.org"]);
    user(&*store, "ann").await;
    let EmailChanged::Done(same) = store.change_email(ann, Some(&new), false).await.unwrap() else { panic!("refused") };
    assert!(!same.email_verified);
    assert_eq!(store.change_email(UserId(404), Some(&new), true).await.unwrap(), EmailChanged::NotFound);
}

pub(super) async fn no_address_leaves_no_identity_of_its_name(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    assert!(store.attach_identity(ann, &identity("facebook", "7"), at(1)).await.unwrap());
    let EmailChanged::Done(changed) = store.change_email(ann, None, false).await.unwrap() else { panic!("refused") };
    assert_eq!(changed.email, None);
    assert_eq!(subjects(&*store, ann).await, ["facebook 7"]);
    user(&*store, "ann").await;
}

pub(super) async fn a_taken_address_changes_nothing(place: &impl Place) {
    let store = place.open().await;
    let (ann, bob) = (user(&*store, "ann").await, user(&*store, "bob").await);
    let before = store.user(ann).await.unwrap();
    assert_eq!(store.change_email(ann, Some(&email("bob@example.org")), true).await.unwrap(), EmailChanged::Taken);
    assert_eq!(store.user(ann).await.unwrap(), before);
    assert_eq!(subjects(&*store, ann).await, ["simple ann@example.org"]);
    // An identity of that name may be another's although the address is free.
    assert!(store.attach_identity(bob, &identity("simple", "free@example.org"), at(1)).await.unwrap());
    let changed = store.change_email(ann, Some(&email("free@example.org")), true).await.unwrap();
    assert!(matches!(changed, EmailChanged::Done(_)), "{changed:?}");
    assert_eq!(subjects(&*store, ann).await, Vec::<String>::new());
    assert_eq!(store.identity("simple", "free@example.org").await.unwrap().unwrap().user, bob);
}

pub(super) async fn amended_whole_or_not_at_all(place: &impl Place) {
    let store = place.open().await;
    let (root, ann) = (administrator(&*store, "root").await, user(&*store, "ann").await);
    let own = UserChange { display_name: Some(Some("Ann".into())), profile: profile_change("city", Some("Oslo")), ..UserChange::default() };
    let all = Amendment {
        own,
        email: Some(Some(email("anna@example.org"))),
        email_verified: Some(true),
        disabled: Some(true),
        password_hash: Some("$argon2id$new".into()),
    };
    let Amended::Done(changed) = store.amend_user(ann, &all).await.unwrap() else { panic!("refused") };
    assert_eq!(changed.email, Some(email("anna@example.org")));
    assert_eq!((changed.email_verified, changed.disabled, changed.display_name.as_deref()), (true, true, Some("Ann")));
    assert_eq!(changed.profile, profile(&[("city", "Oslo")]));
    assert_eq!(store.password_hash(ann).await.unwrap().as_deref(), Some("$argon2id$new"));
    let unverified = Amendment { email: Some(Some(email("a@example.org"))), ..Amendment::default() };
    let Amended::Done(changed) = store.amend_user(ann, &unverified).await.unwrap() else { panic!("refused") };
    assert!(!changed.email_verified, "another address is not verified by itself");
    let taken = Amendment { email: Some(Some(email("root@example.org"))), ..all.clone() };
    assert_eq!(store.amend_user(ann, &taken).await.unwrap(), Amended::EmailTaken);
    let last = Amendment { disabled: Some(true), ..all };
    assert_eq!(store.amend_user(root, &last).await.unwrap(), Amended::LastAdministrator);
    assert_eq!(store.user(ann).await.unwrap(), Some(changed));
    assert_eq!(store.user(root).await.unwrap().unwrap().display_name, None);
    assert_eq!(store.amend_user(UserId(404), &Amendment::default()).await.unwrap(), Amended::NotFound);
}

fn profile_change(name: &str, value: Option<&str>) -> BTreeMap<String, Option<String>> {
    [(name.to_owned(), value.map(ToOwned::to_owned))].into()
}

/// Whatever two administrators do to each other at the same time, one of them can still act.
pub(super) async fn administrators_cannot_end_each_other<P: Place>(_: &P) {
    let disable = Amendment { disabled: Some(true), ..Amendment::default() };
    let act = async |store: &dyn Store, way, id| match way {
        0 => store.delete_user(id).await.unwrap() == Deleted::Done,
        1 => matches!(store.amend_user(id, &disable).await.unwrap(), Amended::Done(_)),
        _ => store.revoke_role(id, ADMIN).await.unwrap() == Revoked::Done,
    };
    for ways in [[0, 1], [1, 2], [2, 0], [1, 1], [2, 2]] {
        let place = P::new().await;
        let (here, there) = (place.open().await, place.open().await);
        let (ann, bob) = (administrator(&*here, "ann").await, administrator(&*here, "bob").await);
        let outcomes = futures_util::join!(act(&*here, ways[0], bob), act(&*there, ways[1], ann));
        assert!(outcomes.0 != outcomes.1, "{ways:?}: {outcomes:?}");
    }
}

pub(super) async fn disabled_administrators_do_not_count(place: &impl Place) {
    let store = place.open().await;
    let (ann, bob) = (administrator(&*store, "ann").await, administrator(&*store, "bob").await);
    let set = async |id, disabled| store.amend_user(id, &Amendment { disabled: Some(disabled), ..Amendment::default() }).await.unwrap();
    assert!(matches!(set(bob, true).await, Amended::Done(_)));
    assert_eq!(store.delete_user(ann).await.unwrap(), Deleted::LastAdministrator);
    assert_eq!(store.revoke_role(ann, ADMIN).await.unwrap(), Revoked::LastAdministrator);
    assert_eq!(set(ann, true).await, Amended::LastAdministrator);
    assert!(matches!(set(bob, false).await, Amended::Done(_)));
    assert_eq!(store.revoke_role(ann, ADMIN).await.unwrap(), Revoked::Done);
    assert_eq!(store.delete_user(bob).await.unwrap(), Deleted::LastAdministrator);
}

async fn many(store: &dyn Store, count: u32) -> Vec<UserId> {
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(user(store, &format!("user{number:04}")).await);
    }
    ids
}

fn numbered(number: u32, size: u32) -> PageRequest {
    PageRequest { from: From::Number(number), size }
}

fn ids(page: &Page<User>) -> Vec<UserId> {
    page.items.iter().map(|user| user.id).collect()
}

/// More users than one block counts, with holes of every kind.
pub(super) async fn d1_pages_are_found_by_number(place: &impl Place) {
    let store = place.open().await;
    let mut all = many(&*store, 2100).await;
    let gone: Vec<UserId> = all.iter().copied().filter(|id| id.0 % 7 == 0 || (1200..1300).contains(&id.0)).collect();
    for id in &gone {
        assert_eq!(store.delete_user(*id).await.unwrap(), Deleted::Done);
    }
    all.retain(|id| !gone.contains(id));
    for (number, size) in [(1, 50), (2, 50), (5, 200), (9, 100), (18, 100), (35, 50), (1, 1)] {
        let page = store.users(&numbered(number, size)).await.unwrap();
        let start = usize::try_from((number - 1) * size).unwrap();
        let expected: Vec<UserId> = all.iter().copied().skip(start).take(usize::try_from(size).unwrap()).collect();
        assert_eq!((ids(&page), page.total), (expected, all.len() as u64), "page {number} of {size}");
    }
    let last = store.users(&numbered(18, 100)).await.unwrap();
    assert_eq!((last.items.len(), last.next), (all.len() - 1700, None));
    let beyond = store.users(&numbered(u32::MAX, 200)).await.unwrap();
    assert_eq!((beyond.items.len(), beyond.total, beyond.next), (0, all.len() as u64, None));
}

/// Whoever was there from the first page to the last is seen once.
pub(super) async fn d1_cursors_are_stable(place: &impl Place) {
    let store = place.open().await;
    let mut all = many(&*store, 60).await;
    let (mut seen, mut from) = (Vec::new(), From::Number(1));
    for round in 0_u32.. {
        let page = store.users(&PageRequest { from, size: 7 }).await.unwrap();
        seen.extend(ids(&page));
        let Some(next) = page.next else { break };
        from = From::After(next);
        // One who was on the page, the cursor itself, one who is still to come; and a new one.
        let behind = [seen[seen.len() - 3], UserId(next), UserId(next + 3)];
        for id in behind {
            store.delete_user(id).await.unwrap();
            all.retain(|there| *there != id);
        }
        if round < 5 {
            user(&*store, &format!("new{round}")).await;
        }
    }
    assert!(seen.is_sorted() && seen.windows(2).all(|pair| pair[0] != pair[1]), "{seen:?}");
    assert!(all.iter().all(|id| seen.contains(id)), "{seen:?} lacks some of {all:?}");
}

pub(super) async fn d1_pages_show_users_whole(place: &impl Place) {
    let store = place.open().await;
    let root = administrator(&*store, "root").await;
    let new =
        NewUser { email: None, identity: identity(LOGIN, "ann"), profile: profile(&[("city", "Oslo"), ("pet", "cat")]), ..new_user("ann") };
    let ann = create(&*store, &new).await;
    assert_eq!(ann.login.as_deref(), Some("ann"));
    store.fill_profile(ann.id, "other", &[("city".into(), "Bergen".into())]).await.unwrap();
    store.create_role(&Role { name: "reader".into(), description: String::new(), built_in: false }).await.unwrap();
    for role in ["reader", ADMIN] {
        store.grant_role(ann.id, role).await.unwrap();
    }
    let page = store.users(&numbered(1, 10)).await.unwrap();
    let one_by_one = [store.user(root).await.unwrap().unwrap(), store.user(ann.id).await.unwrap().unwrap()];
    assert_eq!(page.items, one_by_one);
    assert_eq!(page.items[1].roles, [ADMIN, "reader"]);
}

pub(super) async fn found_by_the_beginning_of_an_address(place: &impl Place) {
    let store = place.open().await;
    for name in ["bob", "anna", "ann", "zoe", "ann.b", "annz", "an"] {
        user(&*store, name).await;
    }
    let names = |page: &Page<User>| {
        let names = page.items.iter().map(|user| user.email.as_ref().unwrap().as_str().trim_end_matches("@example.org").to_owned());
        names.collect::<Vec<_>>()
    };
    let find = async |prefix: &str, request: PageRequest| store.users_by_email(prefix, &request).await.unwrap();
    let first = find("ann", numbered(1, 3)).await.unwrap();
    assert_eq!((names(&first), first.total), (["ann.b", "ann", "anna"].map(String::from).to_vec(), 4));
    let cursor = first.next.unwrap();
    let rest = find("ann", PageRequest { from: From::After(cursor), size: 3 }).await.unwrap();
    assert_eq!((names(&rest), rest.next), (vec!["annz".to_owned()], None));
    assert_eq!(names(&find("ann", numbered(2, 3)).await.unwrap()), ["annz"]);
    assert_eq!(names(&find("ann@", numbered(1, 3)).await.unwrap()), ["ann"]);
    assert_eq!(find("x", numbered(1, 3)).await.unwrap().total, 0);
    store.delete_user(UserId(cursor)).await.unwrap();
    assert_eq!(find("ann", PageRequest { from: From::After(cursor), size: 3 }).await, None, "its place is not known any more");
}
