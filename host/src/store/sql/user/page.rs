//! Pages of users. The blocks say how many users have an id below a number, so that no page passes those before it.

use super::{
    super::{Query, Record, Row, SqlStore, Transaction, query},
    BLOCK, read,
};
use crate::{
    model::{
        page::{COUNTED, From, Page, PageRequest},
        user::User,
    },
    store::Result,
};

const COLUMNS: &str =
    "SELECT id, email AS name, display_name AS value, locale, email_verified, disabled, invitation_id, created_at FROM users";

pub(super) async fn of_all(store: &SqlStore, request: &PageRequest) -> Result<Page<User>> {
    let mut moment = store.database.moment().await?;
    let blocks = blocks(&mut moment).await?;
    let total = blocks.iter().map(|(_, users)| users).sum();
    let (from, skip) = match request.from {
        From::After(id) => (id.saturating_add(1), 0),
        From::Number(_) => place(&blocks, request.offset().unwrap_or_default()),
    };
    let select = query(COLUMNS).push(" WHERE id >= ").push_bind(from).push(" ORDER BY id");
    let users = page(&mut moment, select, request, skip).await?;
    Ok(Page::cut(users, request.size, total, |user| user.id.0))
}

pub(super) async fn by_email(store: &SqlStore, prefix: &str, request: &PageRequest) -> Result<Option<Page<User>>> {
    let mut moment = store.database.moment().await?;
    // No address goes on with the last of all characters.
    let end = format!("{prefix}{}", char::MAX);
    let matching = |start| query(start).push(" WHERE email >= ").push_bind(prefix.to_owned()).push(" AND email < ").push_bind(end.clone());
    let count =
        matching("SELECT COUNT(*) AS users FROM (SELECT id FROM users").push(" LIMIT ").push_bind(bound(COUNTED)).push(") AS counted");
    let row = count.fetch_one(&mut moment).await?;
    let total = Record::new("users", &[], &row).count("users")?;
    let mut select = matching(COLUMNS);
    if let From::After(id) = request.from {
        let last = query("SELECT email FROM users WHERE id = $1").bind(id).fetch_optional(&mut moment).await?;
        let Some(last) = last else { return Ok(None) };
        select = select.push(" AND email > ").push_bind(last.get::<Option<String>>("email")?);
    }
    let users = page(&mut moment, select.push(" ORDER BY email"), request, request.offset().unwrap_or_default()).await?;
    Ok(Some(Page::cut(users, request.size, total, |user| user.id.0)))
}

/// Blocks with users, in order: their number, and how many.
async fn blocks(transaction: &mut Transaction) -> Result<Vec<(i64, u64)>> {
    let rows = query("SELECT block, users FROM user_blocks WHERE users > 0 ORDER BY block").fetch_all(transaction).await;
    let read = |row: &Row| {
        let record = Record::new("user_blocks", &["block"], row);
        Ok((record.get("block")?, record.count("users")?))
    };
    rows?.iter().map(read).collect()
}

/// The first id of the block with the user at this offset, and how many users of the block come before that one.
fn place(blocks: &[(i64, u64)], offset: u64) -> (i64, u64) {
    let mut before = 0;
    for (block, users) in blocks {
        if offset < before + users {
            return (block * BLOCK, offset - before);
        }
        before += users;
    }
    (i64::MAX, 0)
}

/// Users with what belongs to them, one more than the page holds: four statements, however many users.
async fn page(transaction: &mut Transaction, select: Query, request: &PageRequest, skip: u64) -> Result<Vec<User>> {
    let select = select.push(" LIMIT ").push_bind(i64::from(request.size) + 1).push(" OFFSET ").push_bind(bound(skip));
    let rows = select.fetch_all(&mut *transaction).await?;
    let users: Result<Vec<User>> = rows.iter().map(|row| read::read(&Record::new("users", &["id"], row))).collect();
    let mut users = users?;
    if users.is_empty() {
        return Ok(users);
    }
    for part in [PROFILES, LOGINS, ROLES] {
        let select = query(part).push_list(users.iter().map(|user| user.id.0)).push(" ORDER BY user_id, name");
        let mut rows = select.fetch_all(&mut *transaction).await?;
        share_out(&mut users, &mut rows)?;
    }
    Ok(users)
}

/// Of several writers of a name, the user ('') is seen first.
const PROFILES: &str = "SELECT 'profile' AS part, user_id, name, value FROM profile_entries AS entry
    WHERE provider = (SELECT MIN(provider) FROM profile_entries AS of_name
                      WHERE of_name.user_id = entry.user_id AND of_name.name = entry.name) AND user_id IN ";
const LOGINS: &str = "SELECT 'login' AS part, user_id, subject AS name FROM identities WHERE provider = 'login' AND user_id IN ";
const ROLES: &str = "SELECT 'role' AS part, user_id, role AS name FROM user_roles WHERE user_id IN ";

fn share_out(users: &mut [User], rows: &mut [Row]) -> Result<()> {
    for row in rows {
        let owner: i64 = row.get("user_id")?;
        if let Some(user) = users.iter_mut().find(|user| user.id.0 == owner) {
            read::add(user, row)?;
        }
    }
    Ok(())
}

fn bound(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_has_a_place() {
        let blocks = [(0, 1000), (1, 1024), (5, 3)];
        for (offset, found) in [(0, (0, 0)), (999, (0, 999)), (1000, (1024, 0)), (2023, (1024, 1023)), (2024, (5120, 0)), (2026, (5120, 2))]
        {
            assert_eq!(place(&blocks, offset), found, "{offset}");
        }
        assert_eq!(place(&blocks, 2027), (i64::MAX, 0), "beyond the last");
    }
}
