//! A user with profile and roles, in one statement: one round trip, and one moment in time.

use std::collections::BTreeMap;

use super::super::{Query, Record, Row, Source, query};
use crate::{
    model::{Email, InvitationId, UserId, user::User},
    store::Result,
};

/// The user, then a row for each profile name, login name and role. Of several writers of a name, the user ('') is seen first.
macro_rules! select {
    ($id:literal) => {
        concat!(
            "SELECT 'user' AS part, id, email AS name, display_name AS value, locale, email_verified, disabled, invitation_id, created_at
             FROM users WHERE id = ",
            $id,
            " UNION ALL SELECT 'profile', user_id, name, value, NULL, FALSE, FALSE, NULL, 0 FROM profile_entries AS entry WHERE user_id = ",
            $id,
            " AND provider = (SELECT MIN(provider) FROM profile_entries AS of_name
                              WHERE of_name.user_id = entry.user_id AND of_name.name = entry.name)",
            " UNION ALL SELECT 'login', user_id, subject, NULL, NULL, FALSE, FALSE, NULL, 0 FROM identities WHERE provider = 'login' AND user_id = ",
            $id,
            " UNION ALL SELECT 'role', user_id, role, NULL, NULL, FALSE, FALSE, NULL, 0 FROM user_roles WHERE user_id = ",
            $id
        )
    };
}

pub(in crate::store::sql) async fn by_id<'c>(executor: impl Into<Source<'c>>, id: UserId) -> Result<Option<User>> {
    fetch(executor, query(select!("$1")).bind(id.0)).await
}

pub(super) async fn by_email<'c>(executor: impl Into<Source<'c>>, email: &Email) -> Result<Option<User>> {
    fetch(executor, query(select!("(SELECT id FROM users WHERE email = $1)")).bind(email.as_str().to_owned())).await
}

async fn fetch<'c>(executor: impl Into<Source<'c>>, query: Query) -> Result<Option<User>> {
    let rows = query.fetch_all(executor).await?;
    assemble(&rows)
}

fn assemble(rows: &[Row]) -> Result<Option<User>> {
    let Some(first) = rows.iter().find(|row| matches!(row.try_get("part"), Ok("user"))) else { return Ok(None) };
    let mut user = read(&Record::new("users", &["id"], first))?;
    rows.iter().try_for_each(|row| add(&mut user, row))?;
    user.roles.sort_unstable();
    Ok(Some(user))
}

/// A row that belongs to a user, by its part.
pub(super) fn add(user: &mut User, row: &Row) -> Result<()> {
    match Record::new("users", &["id"], row).get("part")? {
        "profile" => user.profile.extend([entry(row)?]),
        "login" => user.login = Some(Record::new("identities", &["name"], row).get("name")?),
        "role" => user.roles.push(Record::new("user_roles", &["id"], row).get("name")?),
        _ => {}
    }
    Ok(())
}

pub(super) fn entry(row: &Row) -> Result<(String, String)> {
    let record = Record::new("profile_entries", &["name"], row);
    Ok((record.get("name")?, record.get("value")?))
}

pub(super) fn read(record: &Record<'_>) -> Result<User> {
    let email = match record.get::<Option<&str>>("name")? {
        None => None,
        Some(text) => Some(Email::parse(text).map_err(|error| record.broken("email", format!("{text:?} {error}")))?),
    };
    Ok(User {
        id: UserId(record.get("id")?),
        email,
        login: None,
        email_verified: record.get("email_verified")?,
        display_name: record.get("value")?,
        locale: record.get("locale")?,
        profile: BTreeMap::new(),
        roles: Vec::new(),
        disabled: record.get("disabled")?,
        invitation: record.get::<Option<i64>>("invitation_id")?.map(InvitationId),
        created_at: record.time("created_at")?,
    })
}
