//! Export of users: a page, and all that belongs to it, as they are at one moment.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{Query, Record, Row, SqlStore, Transaction, query};
use crate::{
    model::{
        Email, Secret, UserId,
        import::{Columns, PortableUser},
        user::NewIdentity,
    },
    store::{Result, import::Exports},
};

type Users = BTreeMap<i64, PortableUser>;

#[async_trait]
impl Exports for SqlStore {
    async fn export_users(&self, after: UserId, limit: u32) -> Result<Vec<(UserId, PortableUser)>> {
        let mut moment = self.database.moment().await?;
        let page = query(
            "SELECT id, email, email_verified, display_name, locale, disabled, created_at FROM users
             WHERE id > $1 ORDER BY id LIMIT $2",
        );
        let rows = all(&mut moment, page.bind(after.0).bind(i64::from(limit))).await?;
        let mut users = rows.iter().map(user).collect::<Result<Users>>()?;
        let (Some(first), Some(last)) = (users.keys().next().copied(), users.keys().next_back().copied()) else { return Ok(Vec::new()) };
        for (statement, add) in BELONGINGS {
            for row in all(&mut moment, query(statement).bind(first).bind(last)).await? {
                if let Some(user) = users.get_mut(&Record::new("users", &[], &row).get("user_id")?) {
                    add(user, &row)?;
                }
            }
        }
        Ok(users.into_iter().map(|(id, user)| (UserId(id), user)).collect())
    }

    async fn export_columns(&self) -> Result<Columns> {
        let mut moment = self.database.moment().await?;
        let names = all(&mut moment, query("SELECT DISTINCT name FROM profile_entries ORDER BY name")).await?;
        let counts = query(
            "SELECT provider, MAX(identities) AS most
             FROM (SELECT provider, COUNT(*) AS identities FROM identities
                   WHERE private_data IS NULL AND NOT is_factor GROUP BY provider, user_id) AS counted
             GROUP BY provider ORDER BY provider",
        );
        let count = |row: &Row| {
            let record = Record::new("identities", &["provider"], row);
            Ok((record.get("provider")?, record.count("most")?))
        };
        Ok(Columns {
            profile: names.iter().map(|row| Record::new("profile_entries", &["name"], row).get("name")).collect::<Result<_>>()?,
            identities: all(&mut moment, counts).await?.iter().map(count).collect::<Result<_>>()?,
        })
    }
}

type Add = fn(&mut PortableUser, &Row) -> Result<()>;

/// What users between two ids have, and where it goes. Of several writers of a profile name, the user ('') is seen first.
const BELONGINGS: [(&str, Add); 4] = [
    ("SELECT user_id, password_hash FROM credentials WHERE user_id BETWEEN $1 AND $2", |user, row| {
        user.password_hash = Some(Secret::new(Record::new("credentials", &["user_id"], row).get("password_hash")?));
        Ok(())
    }),
    ("SELECT user_id, role FROM user_roles WHERE user_id BETWEEN $1 AND $2 ORDER BY user_id, role", |user, row| {
        user.roles.push(Record::new("user_roles", &["user_id"], row).get("role")?);
        Ok(())
    }),
    (
        "SELECT user_id, name, value FROM profile_entries AS entry WHERE user_id BETWEEN $1 AND $2
         AND provider = (SELECT MIN(provider) FROM profile_entries AS of_name
                         WHERE of_name.user_id = entry.user_id AND of_name.name = entry.name)",
        |user, row| {
            let record = Record::new("profile_entries", &["user_id", "name"], row);
            user.profile.insert(record.get("name")?, record.get("value")?);
            Ok(())
        },
    ),
    (
        "SELECT user_id, provider, subject, is_factor, private_data FROM identities
         WHERE user_id BETWEEN $1 AND $2 ORDER BY user_id, created_at, id",
        |user, row| {
            let record = Record::new("identities", &["provider", "subject"], row);
            user.identities.push(NewIdentity {
                provider: record.get("provider")?,
                subject: record.get("subject")?,
                private: record.get("private_data")?,
                is_factor: record.get("is_factor")?,
            });
            Ok(())
        },
    ),
];

async fn all(moment: &mut Transaction, query: Query) -> Result<Vec<Row>> {
    query.fetch_all(moment).await
}

fn user(row: &Row) -> Result<(i64, PortableUser)> {
    let record = Record::new("users", &["id"], row);
    let email = match record.get::<Option<&str>>("email")? {
        None => None,
        Some(text) => Some(Email::parse(text).map_err(|error| record.broken("email", format!("{text:?} {error}")))?),
    };
    let user = PortableUser {
        email,
        email_verified: record.get("email_verified")?,
        display_name: record.get("display_name")?,
        locale: record.get("locale")?,
        roles: Vec::new(),
        disabled: record.get("disabled")?,
        created_at: record.time("created_at")?,
        password_hash: None,
        profile: BTreeMap::new(),
        identities: Vec::new(),
    };
    Ok((record.get("id")?, user))
}
