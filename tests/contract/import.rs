use std::collections::BTreeMap;

use vestibule::model::{
    Secret, UserId,
    import::{Columns, PortableUser, Progress},
    user::{ADMIN, NewIdentity},
};

use super::{
    place::Place,
    samples::{NOW, at, email, identity, new_user, user},
};

fn portable(name: &str) -> PortableUser {
    let address = email(&format!("{name}@example.org"));
    PortableUser {
        identities: vec![identity("simple", address.as_str())],
        email: Some(address),
        email_verified: false,
        display_name: None,
        locale: None,
        roles: Vec::new(),
        disabled: false,
        created_at: NOW,
        password_hash: None,
        profile: BTreeMap::new(),
    }
}

fn progress(lines: u64, is_done: bool) -> Progress {
    Progress { file: "f1".into(), lines, is_done }
}

pub(super) async fn made_whole(place: &impl Place) {
    let store = place.open().await;
    let ann = PortableUser {
        email_verified: true,
        display_name: Some("Ann".into()),
        locale: Some("de".into()),
        roles: vec![ADMIN.into()],
        disabled: true,
        password_hash: Some(Secret::new("$2b$of-ann".into())),
        profile: [("city".to_owned(), "Oslo".to_owned())].into(),
        identities: vec![identity("login", "ann"), NewIdentity { private: Some(vec![0, 255]), is_factor: true, ..identity("totp", "1") }],
        ..portable("ann")
    };
    let nobody = PortableUser { email: None, identities: vec![identity("facebook", "1")], ..portable("x") };
    assert_eq!(store.import_users(&[ann.clone(), nobody], &progress(2, true), at(1)).await.unwrap(), [true, true]);
    let made = store.user_by_email(&email("ann@example.org")).await.unwrap().unwrap();
    assert_eq!((made.display_name, made.locale, made.roles, made.profile), (ann.display_name, ann.locale, ann.roles, ann.profile));
    assert_eq!((made.email_verified, made.disabled, made.created_at), (true, true, NOW));
    assert_eq!(store.password_hash(made.id).await.unwrap().as_deref(), Some("$2b$of-ann"));
    let ways = store.identities_of(made.id).await.unwrap();
    assert_eq!(ways.iter().map(|way| (way.provider.as_str(), way.is_factor)).collect::<Vec<_>>(), [("login", false), ("totp", true)]);
    assert_eq!((&ways[1].private, ways[1].created_at), (&Some(vec![0, 255]), at(1)));
    assert!(store.identity("facebook", "1").await.unwrap().is_some_and(|way| way.user != made.id));
    assert!(!store.import_users(&[], &progress(9, true), NOW).await.unwrap().contains(&true), "an empty batch");
}

pub(super) async fn taken_ones_leave_nothing(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    let conflicting = PortableUser {
        identities: vec![identity("facebook", "1"), identity("simple", "ann@example.org")],
        password_hash: Some(Secret::new("x".into())),
        ..portable("bob")
    };
    let batch = [portable("ann"), conflicting, portable("carl")];
    assert_eq!(store.import_users(&batch, &progress(3, true), NOW).await.unwrap(), [false, false, true]);
    assert_eq!(store.user_by_email(&email("bob@example.org")).await.unwrap(), None);
    assert_eq!(store.identity("facebook", "1").await.unwrap(), None);
    assert_eq!(store.password_hash(ann).await.unwrap().as_deref(), Some("$argon2id$of-ann"));
    assert_eq!(store.import_users(&batch, &progress(3, true), NOW).await.unwrap(), [false; 3]);
    let carl = store.user_by_email(&email("carl@example.org")).await.unwrap().unwrap().id;
    assert!(user(&*store, "dan").await > carl, "ids are not given twice");
}

pub(super) async fn progress_moves_with_the_users(place: &impl Place) {
    let store = place.open().await;
    assert_eq!(store.lines_imported("f1").await.unwrap(), 0);
    store.import_users(&[portable("ann")], &progress(1, false), NOW).await.unwrap();
    store.import_users(&[portable("bob")], &progress(7, false), NOW).await.unwrap();
    assert_eq!(place.open().await.lines_imported("f1").await.unwrap(), 7);
    assert_eq!(store.lines_imported("f2").await.unwrap(), 0);
    store.import_users(&[], &progress(8, true), NOW).await.unwrap();
    assert_eq!(store.lines_imported("f1").await.unwrap(), 0);
}

pub(super) async fn a_role_that_is_gone_undoes_the_batch(place: &impl Place) {
    let store = place.open().await;
    let bad = PortableUser { roles: vec!["no-such-role".into()], ..portable("bob") };
    assert!(store.import_users(&[portable("ann"), bad], &progress(2, false), NOW).await.is_err());
    assert_eq!(store.user_by_email(&email("ann@example.org")).await.unwrap(), None);
    assert_eq!(store.lines_imported("f1").await.unwrap(), 0);
}

/// More than the rows of one statement, and of one block.
pub(super) async fn blocks_count_them(place: &impl Place) {
    let store = place.open().await;
    let batch: Vec<PortableUser> = (0..2500).map(|n| portable(&format!("u{n}"))).collect();
    assert!(store.import_users(&batch, &progress(1, true), NOW).await.unwrap().iter().all(|made| *made));
    let all = store.export_users(UserId(0), 5000).await.unwrap();
    assert_eq!(all.len(), 2500);
    assert!(all.iter().zip(&batch).all(|((_, exported), imported)| exported == imported));
}

pub(super) async fn given_back_page_by_page(place: &impl Place) {
    let store = place.open().await;
    let ann = PortableUser {
        profile: [("city".to_owned(), "Oslo".to_owned())].into(),
        identities: vec![identity("simple", "ann@example.org"), identity("facebook", "1"), identity("facebook", "2")],
        ..portable("ann")
    };
    store.import_users(&[ann.clone(), portable("bob")], &progress(2, true), NOW).await.unwrap();
    let first = store.export_users(UserId(0), 1).await.unwrap();
    let second = store.export_users(first[0].0, 1).await.unwrap();
    assert_eq!((&first[0].1, &second[0].1), (&ann, &portable("bob")));
    assert_eq!(store.export_users(second[0].0, 1).await.unwrap(), []);
    // Of several writers, the one whom people see; what a sign-up made is given back as well.
    store.fill_profile(first[0].0, "facebook", &[("city".into(), "Bergen".into()), ("zip".into(), "1".into())]).await.unwrap();
    store.create_user(&new_user("carl")).await.unwrap();
    let all = store.export_users(UserId(0), 10).await.unwrap();
    assert_eq!(all[0].1.profile, [("city".to_owned(), "Oslo".to_owned()), ("zip".to_owned(), "1".to_owned())].into());
    assert_eq!(all[2].1.password_hash, Some(Secret::new("$argon2id$of-carl".into())));
    let columns = Columns { profile: vec!["city".into(), "zip".into()], identities: vec![("facebook".into(), 2), ("simple".into(), 1)] };
    assert_eq!(store.export_columns().await.unwrap(), columns);
}
