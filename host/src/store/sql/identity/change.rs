//! Changes of what a user gets in by, each in one transaction.

use super::{
    super::{SqlStore, Transaction, commit, execute, query, recovery_code, user::hold},
    by_subject, insert, of_user,
};
use crate::{
    model::{
        Email, IdentityId, Timestamp, UserId,
        identity::{Added, Detached, Enrolled, Identity, NewWay},
        user::{ADMIN, NewIdentity},
    },
    store::{Result, StoreError},
};

pub(super) async fn add(store: &SqlStore, user: UserId, way: &NewWay, at: Timestamp) -> Result<Added> {
    let mut transaction = store.begin().await?;
    let NewIdentity { provider, subject, .. } = &way.identity;
    // Leaving early rolls back.
    if !insert(&mut transaction, user, &way.identity, at).await? {
        let there = by_subject(&mut transaction, provider, subject).await?;
        return Ok(there.filter(|there| there.user == user).map_or(Added::IdentityTaken, Added::Own));
    }
    if let Some(email) = &way.email
        && !set_first_email(&mut transaction, user, email).await?
    {
        return Ok(Added::EmailTaken);
    }
    if let Some(hash) = &way.password_hash {
        let set = query("INSERT INTO credentials (user_id, password_hash) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING");
        execute(&mut transaction, set.bind(user.0).bind(hash.clone())).await?;
    }
    Ok(Added::New(inserted(transaction, provider, subject).await?))
}

/// False if it is another's. An address that the user has stays.
async fn set_first_email(transaction: &mut Transaction, user: UserId, email: &Email) -> Result<bool> {
    let set = query(
        "UPDATE users SET email = $2, email_verified = FALSE
         WHERE id = $1 AND email IS NULL AND NOT EXISTS (SELECT id FROM users WHERE email = $2)",
    );
    execute(transaction, set.bind(user.0).bind(email.as_str().to_owned())).await?;
    let others = query("SELECT id FROM users WHERE email = $2 AND id <> $1").bind(user.0).bind(email.as_str().to_owned());
    Ok(others.fetch_optional(transaction).await?.is_none())
}

pub(super) async fn enrol(
    store: &SqlStore,
    user: UserId,
    identity: &NewIdentity,
    code_hashes: &[String],
    at: Timestamp,
) -> Result<Option<Enrolled>> {
    let mut transaction = store.begin().await?;
    // Whether there are codes already is decided by one of several at a time.
    if !hold(&mut transaction, user).await? || !insert(&mut transaction, user, identity, at).await? {
        return Ok(None);
    }
    let codes_kept = recovery_code::left(&mut transaction, user).await? == 0;
    if codes_kept {
        recovery_code::insert(&mut transaction, user, code_hashes).await?;
    }
    let identity = inserted(transaction, &identity.provider, &identity.subject).await?;
    Ok(Some(Enrolled { identity, codes_kept }))
}

/// Commits, and gives what was inserted.
async fn inserted(mut transaction: Transaction, provider: &str, subject: &str) -> Result<Identity> {
    let identity = by_subject(&mut transaction, provider, subject).await?;
    commit(transaction).await?;
    identity.ok_or_else(|| StoreError::Statement("a new identity cannot be read back".to_owned()))
}

pub(super) async fn detach(store: &SqlStore, user: UserId, id: IdentityId, vouching: &[String]) -> Result<Detached> {
    let mut transaction = store.begin().await?;
    hold(&mut transaction, user).await?;
    let (gone, left): (Vec<_>, Vec<_>) = of_user(&mut transaction, user).await?.into_iter().partition(|identity| identity.id == id);
    let Some(gone) = gone.into_iter().next() else { return Ok(Detached::NotFound) };
    if !gone.is_factor && left.iter().all(|identity| identity.is_factor) {
        return Ok(Detached::Last);
    }
    execute(&mut transaction, query("DELETE FROM identities WHERE id = $1 AND user_id = $2").bind(id.0).bind(user.0)).await?;
    let needs_password = |identity: &Identity| !identity.is_factor && !vouching.contains(&identity.provider);
    if needs_password(&gone) && !left.iter().any(needs_password) {
        execute(&mut transaction, query("DELETE FROM credentials WHERE user_id = $1").bind(user.0)).await?;
    }
    if gone.is_factor && !left.iter().any(|identity| identity.is_factor) {
        recovery_code::clear(&mut transaction, user).await?;
    }
    commit(transaction).await?;
    Ok(Detached::Done(gone))
}

pub(super) async fn take_over(store: &SqlStore, user: UserId, email: &Email, identity: &NewIdentity, at: Timestamp) -> Result<bool> {
    let mut transaction = store.begin().await?;
    let claim = query(
        "UPDATE users SET email_verified = TRUE, display_name = NULL, locale = NULL
         WHERE id = $1 AND email = $2 AND NOT email_verified AND NOT disabled
         AND NOT EXISTS (SELECT role FROM user_roles WHERE user_id = $1 AND role = $3)",
    );
    if execute(&mut transaction, claim.bind(user.0).bind(email.as_str().to_owned()).bind(ADMIN)).await? == 0 {
        return Ok(false);
    }
    for drop in [
        "DELETE FROM credentials WHERE user_id = $1",
        "DELETE FROM identities WHERE user_id = $1",
        "DELETE FROM recovery_codes WHERE user_id = $1",
        "DELETE FROM profile_entries WHERE user_id = $1",
        // A change of address that the one before had begun must not be finished.
        "DELETE FROM proofs WHERE user_id = $1",
        "DELETE FROM known_places WHERE user_id = $1",
    ] {
        execute(&mut transaction, query(drop).bind(user.0)).await?;
    }
    if !insert(&mut transaction, user, identity, at).await? {
        return Ok(false);
    }
    commit(transaction).await?;
    Ok(true)
}
