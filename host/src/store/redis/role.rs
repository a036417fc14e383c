//! Roles: a hash each, with a set of those who have it; a user's hash names the user's own.

use async_trait::async_trait;

use super::{
    ACCOUNTS, RedisStore,
    error::unexpected,
    record::{Fields, Record},
    script::{Args, script},
};
use crate::{
    model::{
        UserId,
        role::{Revoked, Role, RoleDeleted},
    },
    store::{Result, role::Roles},
};

#[async_trait]
impl Roles for RedisStore {
    async fn roles(&self) -> Result<Vec<Role>> {
        let roles: Vec<(String, Fields)> = self.run(script!("role_list"), ACCOUNTS, Args::new()).await?;
        let read = |(name, fields): (String, Fields)| {
            let record = Record::new("role", &name, fields);
            Ok(Role { description: record.text("description")?, built_in: record.flag("built_in")?, name })
        };
        roles.into_iter().map(read).collect()
    }

    async fn create_role(&self, role: &Role) -> Result<bool> {
        let args = Args::new().one(&role.name).one(&role.description).one(role.built_in);
        self.run(script!("role_create"), ACCOUNTS, args).await
    }

    async fn delete_role(&self, name: &str) -> Result<RoleDeleted> {
        let word: String = self.run(script!("accounts", "invitation", "role_delete"), ACCOUNTS, Args::new().one(name)).await?;
        match word.as_str() {
            "done" => Ok(RoleDeleted::Done),
            "none" => Ok(RoleDeleted::NotFound),
            "built_in" => Ok(RoleDeleted::BuiltIn),
            _ => Err(unexpected(word)),
        }
    }

    async fn grant_role(&self, user: UserId, role: &str) -> Result<bool> {
        self.run(script!("accounts", "role_grant"), ACCOUNTS, Args::new().one(user).one(role)).await
    }

    async fn revoke_role(&self, user: UserId, role: &str) -> Result<Revoked> {
        let word: String = self.run(script!("accounts", "role_revoke"), ACCOUNTS, Args::new().one(user).one(role)).await?;
        match word.as_str() {
            "done" => Ok(Revoked::Done),
            "none" => Ok(Revoked::NotFound),
            "last" => Ok(Revoked::LastAdministrator),
            _ => Err(unexpected(word)),
        }
    }
}
