//! Roles of users.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::{Query, Record, Row, SqlStore, Transaction, again, commit, execute, query};
use crate::{
    model::{
        UserId,
        role::{Revoked, Role, RoleDeleted},
        user::ADMIN,
    },
    store::{Result, StoreError, role::Roles},
};

#[async_trait]
impl Roles for SqlStore {
    async fn roles(&self) -> Result<Vec<Role>> {
        let rows = query("SELECT name, description, built_in FROM roles ORDER BY name").fetch_all(self).await;
        rows?.iter().map(read).collect()
    }

    async fn create_role(&self, role: &Role) -> Result<bool> {
        let insert = query("INSERT INTO roles (name, description, built_in) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING")
            .bind(role.name.clone())
            .bind(role.description.clone())
            .bind(role.built_in);
        Ok(self.write(insert).await? > 0)
    }

    async fn delete_role(&self, name: &str) -> Result<RoleDeleted> {
        let delete = query("DELETE FROM roles WHERE name = $1 AND NOT built_in").bind(name.to_owned());
        if self.write(delete).await? > 0 {
            return Ok(RoleDeleted::Done);
        }
        let there = query("SELECT name FROM roles WHERE name = $1").bind(name.to_owned()).fetch_optional(self).await;
        Ok(if there?.is_some() { RoleDeleted::BuiltIn } else { RoleDeleted::NotFound })
    }

    async fn grant_role(&self, user: UserId, role: &str) -> Result<bool> {
        Ok(self.write(grant(user, role)).await? > 0)
    }

    async fn revoke_role(&self, user: UserId, role: &str) -> Result<Revoked> {
        again(|| async {
            let mut transaction = self.begin().await?;
            if role == ADMIN && is_last_administrator(&mut transaction, user).await? {
                return Ok(Revoked::LastAdministrator);
            }
            let revoke = query("DELETE FROM user_roles WHERE user_id = $1 AND role = $2").bind(user.0).bind(role.to_owned());
            let done = execute(&mut transaction, revoke).await? > 0;
            commit(transaction).await?;
            Ok(if done { Revoked::Done } else { Revoked::NotFound })
        })
        .await
    }
}

/// Whether nobody else could act as an administrator without this user. Until the end of the transaction nobody else passes
/// here: two administrators who remove each other queue, also in a database with many writers.
pub(super) async fn is_last_administrator(transaction: &mut Transaction, user: UserId) -> Result<bool> {
    execute(transaction, query("UPDATE roles SET built_in = built_in WHERE name = $1").bind(ADMIN)).await?;
    let enabled = query(
        "SELECT user_id FROM user_roles JOIN users ON users.id = user_roles.user_id
         WHERE role = $2 AND NOT disabled ORDER BY CASE WHEN user_id = $1 THEN 1 ELSE 0 END LIMIT 1",
    );
    let found = enabled.bind(user.0).bind(ADMIN).fetch_optional(transaction).await?;
    found.map_or(Ok(false), |row| Ok(Record::new("user_roles", &["user_id"], &row).get::<i64>("user_id")? == user.0))
}

fn read(row: &Row) -> Result<Role> {
    let record = Record::new("roles", &["name"], row);
    Ok(Role { name: record.get("name")?, description: record.get("description")?, built_in: record.get("built_in")? })
}

/// Touches one row if user and role exist, whether or not the user had the role: hence the update that changes nothing.
fn grant(user: UserId, role: &str) -> Query {
    query(
        "INSERT INTO user_roles (user_id, role)
         SELECT users.id, roles.name FROM users, roles WHERE users.id = $1 AND roles.name = $2
         ON CONFLICT (user_id, role) DO UPDATE SET role = excluded.role",
    )
    .bind(user.0)
    .bind(role.to_owned())
}

/// The first roles of a new user.
pub(super) async fn insert(transaction: &mut Transaction, user: UserId, roles: &[String]) -> Result<()> {
    for role in BTreeSet::from_iter(roles) {
        if execute(transaction, grant(user, role)).await? == 0 {
            return Err(StoreError::Statement(format!("a new user was to have the role {role:?}, which does not exist")));
        }
    }
    Ok(())
}
