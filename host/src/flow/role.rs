//! Roles, for administrators: made, given, taken away. `/auth/check` knows at once, tokens after the next refresh.

use super::{Error, Flow, Result, authenticate::Caller};
use crate::model::{
    UserId,
    audit::Actor,
    form::{Field, FieldError, Form, Kind, RawBody},
    role::{Revoked, Role, RoleDeleted, is_role_name},
    user::{ADMIN, User},
};

impl Flow {
    /// All roles, by name.
    ///
    /// # Errors
    /// [`Error::Forbidden`], or the store's.
    pub async fn roles(&self, caller: &Caller) -> Result<Vec<Role>> {
        caller.require(ADMIN)?;
        Ok(self.accounts.roles().await?)
    }

    /// Makes a role.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Fields`], [`Error::RoleTaken`], or the store's.
    pub async fn create_role(&self, caller: &Caller, body: RawBody) -> Result<Role> {
        caller.require(ADMIN)?;
        let (entries, mut errors) = role_form().examine(body);
        let text = |name| entries.text(name).unwrap_or_default().to_owned();
        let role = Role { name: text("name"), description: text("description"), built_in: false };
        if entries.text("name").is_some() && !is_role_name(&role.name) {
            let hint = "must be a lower-case letter, then letters, digits, _ and -, 60 characters at most";
            errors.push(FieldError::new("name", "invalid_name", hint));
        }
        if !errors.is_empty() {
            return Err(Error::Fields(errors));
        }
        if !self.accounts.create_role(&role).await? {
            return Err(Error::RoleTaken);
        }
        self.audit_role(caller, "role.create", &role.name).await;
        Ok(role)
    }

    /// Deletes a role, and takes it from everybody.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::BuiltInRole`], or the store's.
    pub async fn delete_role(&self, caller: &Caller, name: &str) -> Result<()> {
        caller.require(ADMIN)?;
        must_be_role(name)?;
        match self.accounts.delete_role(name).await? {
            RoleDeleted::NotFound => return Err(Error::NotFound("role")),
            RoleDeleted::BuiltIn => return Err(Error::BuiltInRole(name.to_owned())),
            RoleDeleted::Done => {}
        }
        self.seen.forget_users();
        self.audit_role(caller, "role.delete", name).await;
        Ok(())
    }

    /// Gives a role to a user; giving it twice changes nothing.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Fields`] if there would be too many, or the store's.
    pub async fn grant_role(&self, caller: &Caller, id: UserId, name: &str) -> Result<()> {
        let user = self.of_role(caller, id, name).await?;
        if !user.has_role(name) && !fit_into_a_token(user.roles.iter().map(String::as_str).chain([name])) {
            return Err(Error::field("role", "too_many_roles", TOO_MANY));
        }
        if !self.accounts.grant_role(id, name).await? {
            return Err(Error::NotFound("role"));
        }
        self.seen.forget_user(id);
        if !user.has_role(name) {
            self.audit(Actor::User(caller.user.id), "user.grant_role", format!("user:{id}"), name).await;
        }
        Ok(())
    }

    /// Takes a role from a user who has it.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::LastAdministrator`], or the store's.
    pub async fn revoke_role(&self, caller: &Caller, id: UserId, name: &str) -> Result<()> {
        self.of_role(caller, id, name).await?;
        match self.accounts.revoke_role(id, name).await? {
            Revoked::NotFound => return Err(Error::NotFound("role")),
            Revoked::LastAdministrator => return Err(Error::LastAdministrator),
            Revoked::Done => {}
        }
        self.seen.forget_user(id);
        self.audit(Actor::User(caller.user.id), "user.revoke_role", format!("user:{id}"), name).await;
        Ok(())
    }

    async fn of_role(&self, caller: &Caller, id: UserId, name: &str) -> Result<User> {
        caller.require(ADMIN)?;
        must_be_role(name)?;
        self.accounts.user(id).await?.ok_or(Error::NotFound("user"))
    }

    async fn audit_role(&self, caller: &Caller, action: &str, name: &str) {
        self.audit(Actor::User(caller.user.id), action, format!("role:{name}"), "").await;
    }
}

/// Why a role more is refused.
pub(super) const TOO_MANY: &str = "are too many: tokens and headers carry 5000 letters of role names at most";

/// Whether tokens and headers have room for all of these (8 KiB, RFC 9110 names no limit, servers do).
pub(super) fn fit_into_a_token<'a>(roles: impl Iterator<Item = &'a str>) -> bool {
    // With quotes and a comma.
    roles.map(|role| role.len() + 3).sum::<usize>() <= 5000
}

/// What `POST /roles` takes.
#[must_use]
pub fn role_form() -> Form {
    let fields = vec![
        Field::new("name", Kind::Text, "A lower-case letter, then letters, digits, _ and -", 60).example("editor"),
        Field::new("description", Kind::Text, "What it is for", 500).optional(),
    ];
    Form { fields }
}

/// What cannot be a role's name is none.
fn must_be_role(name: &str) -> Result<()> {
    if is_role_name(name) { Ok(()) } else { Err(Error::NotFound("role")) }
}
