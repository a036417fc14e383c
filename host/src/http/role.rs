//! Roles, for administrators.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{ApiResponse, Object, OpenApi, param::Path, payload::Json};

use super::{
    body::NewRole,
    caller::Signed,
    input::OpenInput,
    problem::{Admin, AdminNew, AdminPath, Fault},
    session::Done,
};
use crate::{
    flow::Flow,
    model::{UserId, role::Role},
};

/// A role.
#[derive(Object)]
#[oai(rename = "Role")]
pub struct RoleView {
    /// Its name.
    name: String,
    /// For people.
    description: String,
    /// Whether the gateway itself needs it; it cannot be deleted then.
    built_in: bool,
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        Self { name: role.name, description: role.description, built_in: role.built_in }
    }
}

/// Something new.
#[derive(ApiResponse)]
enum Made {
    /// The new role.
    #[oai(status = 201)]
    Role(Json<RoleView>),
}

/// `/roles`, and whose they are.
pub struct RolesApi;

#[OpenApi(tag = "super::router::Tag::Users")]
impl RolesApi {
    /// All roles
    #[oai(path = "/roles", method = "get", operation_id = "roles")]
    async fn list(&self, flow: Data<&Arc<Flow>>, caller: Signed) -> Result<Json<Vec<RoleView>>, Fault<Admin>> {
        Ok(Json(flow.roles(&caller.0).await?.into_iter().map(Into::into).collect()))
    }

    /// Make a role
    #[oai(path = "/roles", method = "post", operation_id = "create_role")]
    async fn create(&self, flow: Data<&Arc<Flow>>, caller: Signed, input: OpenInput<NewRole>) -> Result<Made, Fault<AdminNew>> {
        Ok(Made::Role(Json(flow.create_role(&caller.0, input.fields).await?.into())))
    }

    /// Delete a role
    ///
    /// It is taken from everybody who had it.
    #[oai(path = "/roles/:name", method = "delete", operation_id = "delete_role")]
    async fn delete(
        &self,
        flow: Data<&Arc<Flow>>,
        caller: Signed,
        #[oai(validator(max_length = 60))] name: Path<String>,
    ) -> Result<Done, Fault<AdminPath>> {
        flow.delete_role(&caller.0, &name.0).await?;
        Ok(Done::Done)
    }

    /// Give a user a role
    ///
    /// `/auth/check` knows at once, tokens after the next refresh.
    #[oai(path = "/users/:id/roles/:role", method = "put", operation_id = "grant_role")]
    async fn grant(
        &self,
        flow: Data<&Arc<Flow>>,
        caller: Signed,
        id: Path<i64>,
        #[oai(validator(max_length = 60))] role: Path<String>,
    ) -> Result<Done, Fault<AdminPath>> {
        flow.grant_role(&caller.0, UserId(id.0), &role.0).await?;
        Ok(Done::Done)
    }

    /// Take a role from a user
    ///
    /// `/auth/check` knows at once, tokens after the next refresh. The last administrator stays one.
    #[oai(path = "/users/:id/roles/:role", method = "delete", operation_id = "revoke_role")]
    async fn revoke(
        &self,
        flow: Data<&Arc<Flow>>,
        caller: Signed,
        id: Path<i64>,
        #[oai(validator(max_length = 60))] role: Path<String>,
    ) -> Result<Done, Fault<AdminPath>> {
        flow.revoke_role(&caller.0, UserId(id.0), &role.0).await?;
        Ok(Done::Done)
    }
}
