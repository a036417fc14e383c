//! Nouns to store.

use std::{collections::BTreeMap, time::Duration};

use vestibule::model::{
    Email, SessionId, Timestamp, UserId,
    session::{EndReason, Ended, NewSession, Rotation, Session},
    user::{ADMIN, Created, NewIdentity, NewUser, User},
};

use super::place::Store;

/// When the tests take place.
pub(super) const NOW: Timestamp = Timestamp(1_700_000_000_123_456);

pub(super) fn at(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

pub(super) fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

pub(super) fn identity(provider: &str, subject: &str) -> NewIdentity {
    NewIdentity { provider: provider.into(), subject: subject.into(), private: None, is_factor: false }
}

/// Signs up with `simple`.
pub(super) fn new_user(name: &str) -> NewUser {
    let address = email(&format!("{name}@example.org"));
    NewUser {
        identity: identity("simple", address.as_str()),
        email: Some(address),
        email_verified: false,
        profile: BTreeMap::new(),
        password_hash: Some(format!("$argon2id$of-{name}")),
        roles: Vec::new(),
        created_at: NOW,
    }
}

pub(super) async fn create(store: &dyn Store, new: &NewUser) -> User {
    match store.create_user(new).await.unwrap() {
        Created::User(user) => user,
        taken => panic!("{taken:?}"),
    }
}

pub(super) async fn user(store: &dyn Store, name: &str) -> UserId {
    create(store, &new_user(name)).await.id
}

pub(super) async fn administrator(store: &dyn Store, name: &str) -> UserId {
    create(store, &NewUser { roles: vec![ADMIN.into()], ..new_user(name) }).await.id
}

/// Ends after an hour, idle after ten minutes.
pub(super) fn new_session(user: UserId) -> NewSession {
    let ext = serde_json::json!({"simple": {"level": 3, "tags": ["a", "b"]}});
    NewSession {
        user,
        amr: vec!["simple".into(), "totp".into()],
        provider_digest: "d1".into(),
        roles: vec!["reader".into()],
        ext: ext.as_object().unwrap().clone(),
        kid: "k1".into(),
        created_at: NOW,
        expires_at: at(3600),
        idle_expires_at: at(600),
        address: "192.0.2.7".into(),
        user_agent: "curl/8 \"quoted\" 🦀".into(),
    }
}

pub(super) async fn session(store: &dyn Store) -> Session {
    store.create_session(&new_session(UserId(7))).await.unwrap()
}

/// With a retry window of ten seconds.
pub(super) fn rotation(counter: i64, at: Timestamp) -> Rotation {
    Rotation {
        counter,
        at,
        idle_expires_at: at.plus(Duration::from_mins(10)),
        roles: vec!["reader".into(), "writer".into()],
        kid: "k2".into(),
        retry_window: Duration::from_secs(10),
    }
}

pub(super) fn ended(seconds: u64, reason: EndReason) -> Ended {
    Ended { at: at(seconds), reason }
}

pub(super) async fn reread(store: &dyn Store, id: SessionId) -> Session {
    store.session(id).await.unwrap().unwrap()
}
