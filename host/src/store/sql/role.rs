//! Roles of users.

use std::collections::BTreeSet;

use async_trait::async_trait;
use sqlx::query;

use super::{Connection, Query, SqlStore, execute};
use crate::{
    model::UserId,
    store::{Result, StoreError, role::Roles},
};

#[async_trait]
impl Roles for SqlStore {
    async fn grant_role(&self, user: UserId, role: &str) -> Result<bool> {
        Ok(self.write(grant(user, role)).await? > 0)
    }
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
pub(super) async fn insert(connection: &mut Connection, user: UserId, roles: &[String]) -> Result<()> {
    for role in BTreeSet::from_iter(roles) {
        if execute(connection, grant(user, role)).await? == 0 {
            return Err(StoreError::Statement(format!("a new user was to have the role {role:?}, which does not exist")));
        }
    }
    Ok(())
}
