//! Import of users: a few statements for a whole batch, so that the lock on the database is short.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;

use super::{
    Record, SqlStore, Transaction, again, commit, execute, query,
    sequence::next_ids,
    user::{BLOCK, OWN},
};
use crate::{
    model::{
        Timestamp,
        import::{PortableUser, Progress},
    },
    store::{Result, import::Imports},
};

/// Rows of one statement: seven columns of them stay far below the number of binds that a database takes.
const ROWS: usize = 1000;

/// A user with the id that it gets, if it is new.
type Numbered<'a> = (i64, &'a PortableUser);

#[async_trait]
impl Imports for SqlStore {
    async fn import_users(&self, users: &[PortableUser], progress: &Progress, at: Timestamp) -> Result<Vec<bool>> {
        again(|| async {
            let mut transaction = self.begin().await?;
            let numbered: Vec<Numbered<'_>> = next_ids(&mut transaction, "users", users.len()).await?.zip(users).collect();
            let mut new = insert_users(&mut transaction, &numbered).await?;
            let mut made: Vec<Numbered<'_>> = numbered.iter().filter(|(id, _)| new.contains(id)).copied().collect();
            for id in insert_identities(&mut transaction, &made, at).await? {
                new.remove(&id);
                // What it has already goes with it.
                execute(&mut transaction, query("DELETE FROM users WHERE id = $1").bind(id)).await?;
            }
            made.retain(|(id, _)| new.contains(id));
            insert_belongings(&mut transaction, &made).await?;
            count_in(&mut transaction, &new).await?;
            note(&mut transaction, progress, at).await?;
            commit(transaction).await?;
            Ok(numbered.iter().map(|(id, _)| new.contains(id)).collect())
        })
        .await
    }

    async fn lines_imported(&self, file: &str) -> Result<u64> {
        let select = query("SELECT file_hash, lines_done FROM imports WHERE file_hash = $1").bind(file.to_owned());
        let row = select.fetch_optional(self).await?;
        row.map_or(Ok(0), |row| Record::new("imports", &["file_hash"], &row).count("lines_done"))
    }
}

/// The ids of those who went in; the addresses of the others are taken.
async fn insert_users(transaction: &mut Transaction, users: &[Numbered<'_>]) -> Result<BTreeSet<i64>> {
    let mut new = BTreeSet::new();
    for chunk in users.chunks(ROWS) {
        let rows = chunk.iter().map(|(id, user)| {
            let email = user.email.as_ref().map(|email| email.as_str().to_owned());
            let (name, locale) = (user.display_name.clone(), user.locale.clone());
            vec![
                (*id).into(),
                email.into(),
                user.email_verified.into(),
                name.into(),
                locale.into(),
                user.disabled.into(),
                user.created_at.0.into(),
            ]
        });
        let insert = query("INSERT INTO users (id, email, email_verified, display_name, locale, disabled, created_at)").push_rows(rows);
        for row in insert.push(" ON CONFLICT (email) DO NOTHING RETURNING id").fetch_all(&mut *transaction).await? {
            new.insert(Record::new("users", &["id"], &row).get("id")?);
        }
    }
    Ok(new)
}

/// The ids of those of whom an identity is taken.
async fn insert_identities(transaction: &mut Transaction, users: &[Numbered<'_>], at: Timestamp) -> Result<Vec<i64>> {
    let all: Vec<_> = users.iter().flat_map(|(id, user)| user.identities.iter().map(|identity| (*id, identity))).collect();
    let ids = next_ids(transaction, "identities", all.len()).await?;
    let mut missing: HashMap<i64, usize> = users.iter().map(|(id, user)| (*id, user.identities.len())).collect();
    for chunk in ids.zip(all).collect::<Vec<_>>().chunks(ROWS) {
        let rows = chunk.iter().map(|(id, (user, identity))| {
            let (provider, subject, private) = (identity.provider.clone(), identity.subject.clone(), identity.private.clone());
            vec![provider.into(), subject.into(), (*id).into(), (*user).into(), identity.is_factor.into(), private.into(), at.0.into()]
        });
        let insert = query("INSERT INTO identities (provider, subject, id, user_id, is_factor, private_data, created_at)").push_rows(rows);
        for row in insert.push(" ON CONFLICT (provider, subject) DO NOTHING RETURNING id, user_id").fetch_all(&mut *transaction).await? {
            let user: i64 = Record::new("identities", &["id"], &row).get("user_id")?;
            missing.entry(user).and_modify(|left| *left -= 1);
        }
    }
    Ok(missing.into_iter().filter(|(_, left)| *left > 0).map(|(id, _)| id).collect())
}

/// Passwords, roles and profiles.
async fn insert_belongings(transaction: &mut Transaction, users: &[Numbered<'_>]) -> Result<()> {
    let hashes = users.iter().filter_map(|(id, user)| Some((*id, user.password_hash.as_ref()?)));
    for chunk in hashes.collect::<Vec<_>>().chunks(ROWS) {
        let rows = chunk.iter().map(|(id, hash)| vec![(*id).into(), hash.expose().clone().into()]);
        execute(transaction, query("INSERT INTO credentials (user_id, password_hash)").push_rows(rows)).await?;
    }
    let roles = users.iter().flat_map(|(id, user)| user.roles.iter().map(|role| (*id, role)));
    for chunk in roles.collect::<Vec<_>>().chunks(ROWS) {
        let rows = chunk.iter().map(|(id, role)| vec![(*id).into(), (*role).clone().into()]);
        execute(transaction, query("INSERT INTO user_roles (user_id, role)").push_rows(rows)).await?;
    }
    let entries = users.iter().flat_map(|(id, user)| user.profile.iter().map(|entry| (*id, entry)));
    for chunk in entries.collect::<Vec<_>>().chunks(ROWS) {
        let rows = chunk.iter().map(|(id, (name, value))| vec![(*id).into(), (*name).clone().into(), (*value).clone().into(), OWN.into()]);
        execute(transaction, query("INSERT INTO profile_entries (user_id, name, value, provider)").push_rows(rows)).await?;
    }
    Ok(())
}

/// Counts the new users, block by block.
async fn count_in(transaction: &mut Transaction, ids: &BTreeSet<i64>) -> Result<()> {
    let mut blocks = BTreeMap::<i64, i64>::new();
    for id in ids {
        *blocks.entry(id / BLOCK).or_default() += 1;
    }
    for (block, users) in blocks {
        let count = query(
            "INSERT INTO user_blocks (block, users) VALUES ($1, $2)
             ON CONFLICT (block) DO UPDATE SET users = user_blocks.users + excluded.users",
        );
        execute(transaction, count.bind(block).bind(users)).await?;
    }
    Ok(())
}

async fn note(transaction: &mut Transaction, progress: &Progress, at: Timestamp) -> Result<()> {
    let note = if progress.is_done {
        query("DELETE FROM imports WHERE file_hash = $1").bind(progress.file.clone())
    } else {
        query(
            "INSERT INTO imports (file_hash, lines_done, updated_at) VALUES ($1, $2, $3)
             ON CONFLICT (file_hash) DO UPDATE SET lines_done = excluded.lines_done, updated_at = excluded.updated_at",
        )
        .bind(progress.file.clone())
        .bind(i64::try_from(progress.lines).unwrap_or(i64::MAX))
        .bind(at.0)
    };
    execute(transaction, note).await.map(|_| ())
}
