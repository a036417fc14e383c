//! What is there, before anything is changed, and whether all that is wanted can be done: nothing should be left half made.

use sqlx::PgConnection;

use super::{ProvisionError, Result, Wanted, store_error};

/// As it was found.
pub(super) struct Found {
    /// The administrator.
    pub(super) us: String,
    /// Whether the administrator may do everything.
    pub(super) superuser: bool,
    /// Of the server, as a number: 160004 for 16.4.
    pub(super) version: i32,
    pub(super) role: Option<Role>,
    /// Who has the database; none: it is not there.
    pub(super) owner: Option<String>,
}

/// A role that is there.
pub(super) struct Role {
    pub(super) login: bool,
    /// What it may do and should not, as the attribute that takes it away.
    pub(super) wrong: Vec<&'static str>,
}

/// Looks, and refuses what cannot be done or would take something from somebody else.
pub(super) async fn survey(admin: &mut PgConnection, wanted: &Wanted) -> Result<Found> {
    let us = "SELECT current_user::text, rolsuper, rolcreaterole, rolcreatedb, current_setting('server_version_num')::int
              FROM pg_roles WHERE rolname = current_user";
    let (us, superuser, createrole, createdb, version): (String, bool, bool, bool, i32) =
        sqlx::query_as(us).fetch_one(&mut *admin).await.map_err(store_error)?;
    let role = role(admin, wanted).await?;
    let owner: Option<String> = sqlx::query_scalar("SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = $1")
        .bind(&wanted.database)
        .fetch_optional(&mut *admin)
        .await
        .map_err(store_error)?;
    if let Some(owner) = owner.as_ref().filter(|owner| **owner != wanted.role && **owner != us) {
        let text = format!("the database {} belongs to {owner}: let Vestibule have a database of its own", wanted.database);
        return Err(ProvisionError::Refused(text));
    }
    let lacking = [(!createrole, "CREATEROLE", "a role"), (!createdb && owner.as_ref() != Some(&wanted.role), "CREATEDB", "a database")];
    if let Some((_, right, what)) = lacking.into_iter().find(|(lacks, ..)| *lacks && !superuser) {
        return Err(ProvisionError::Refused(format!("{us} may not make {what}: the administrator needs {right}")));
    }
    if !wanted.leave_others
        && let Some(name) = beyond_reach(admin, wanted).await?
    {
        return Err(kept_open(wanted, &name, "it is another owner's"));
    }
    Ok(Found { us, superuser, version, role, owner })
}

/// A database stays open to the role.
pub(super) fn kept_open(wanted: &Wanted, name: &str, why: &str) -> ProvisionError {
    ProvisionError::Refused(format!(
        "{} can connect to the database {name}, and this administrator may not change that ({why}): do it as its owner, or accept it with \
         --leave-others",
        wanted.role
    ))
}

async fn role(admin: &mut PgConnection, wanted: &Wanted) -> Result<Option<Role>> {
    let there = sqlx::query_as::<_, (bool, bool, bool, bool, bool, bool, bool)>(
        "SELECT rolsuper, rolname = current_user, rolcanlogin, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls
         FROM pg_roles WHERE rolname = $1",
    );
    let there = there.bind(&wanted.role).fetch_optional(&mut *admin).await.map_err(store_error)?;
    let Some((superuser, ourselves, login, createdb, createrole, replication, bypass)) = there else { return Ok(None) };
    if superuser || ourselves {
        return Err(ProvisionError::Refused(format!(
            "{} is an administrator of the server: let Vestibule have a role of its own",
            wanted.role
        )));
    }
    let owned = "SELECT MIN(datname::text) FROM pg_database WHERE pg_get_userbyid(datdba) = $1 AND datname <> $2";
    let owned: Option<String> =
        sqlx::query_scalar(owned).bind(&wanted.role).bind(&wanted.database).fetch_one(&mut *admin).await.map_err(store_error)?;
    if let Some(name) = owned {
        return Err(ProvisionError::Refused(format!("{} owns the database {name} too: let Vestibule have a role of its own", wanted.role)));
    }
    let wrong = [(createdb, "NOCREATEDB"), (createrole, "NOCREATEROLE"), (replication, "NOREPLICATION"), (bypass, "NOBYPASSRLS")];
    let wrong = wrong.into_iter().filter(|(wrong, _)| *wrong).map(|(_, attribute)| attribute).collect();
    Ok(Some(Role { login, wrong }))
}

/// A database that everybody may connect to by the word of somebody for whom this administrator cannot speak.
async fn beyond_reach(admin: &mut PgConnection, wanted: &Wanted) -> Result<Option<String>> {
    let name = "SELECT MIN(datname::text) FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
                WHERE datname <> $1 AND datallowconn AND grantee = 0 AND privilege_type = 'CONNECT'
                AND NOT pg_has_role(current_user, grantor, 'USAGE')";
    sqlx::query_scalar(name).bind(&wanted.database).fetch_one(admin).await.map_err(|error| store_error(error).into())
}
