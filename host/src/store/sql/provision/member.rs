//! Who may act as whom: the role as nobody else, and nobody else as the role.

use sqlx::PgConnection;

use super::{ProvisionError, Result, Wanted, quoted, run, store_error, survey::Found};

/// The first version in which a membership is somebody's who gave it.
const GIVEN: i32 = 160_000;

/// Group, member, and who made it one.
type Membership = (String, String, String);

/// What the members of another role may do is none of its business.
pub(super) async fn leave_groups(admin: &mut PgConnection, wanted: &Wanted, found: &Found, done: &mut Vec<String>) -> Result<()> {
    let groups = "SELECT pg_get_userbyid(roleid)::text, pg_get_userbyid(member)::text, pg_get_userbyid(grantor)::text
                  FROM pg_auth_members WHERE pg_get_userbyid(member) = $1";
    let groups: Vec<Membership> = sqlx::query_as(groups).bind(&wanted.role).fetch_all(&mut *admin).await.map_err(store_error)?;
    for membership in groups {
        end(admin, found, &membership).await?;
        done.push(format!("role {} taken out of {}", wanted.role, membership.0));
    }
    Ok(())
}

/// Members would have its database. This administrator is another matter, see [`join`]; and so is one who may manage the role, as whoever
/// has made it may since PostgreSQL 16, without any of its rights.
const MEMBERS: &str = "SELECT pg_get_userbyid(roleid)::text, pg_get_userbyid(member)::text, pg_get_userbyid(grantor)::text
     FROM pg_auth_members JOIN pg_roles AS who ON who.oid = member
     WHERE pg_get_userbyid(roleid) = $1 AND rolname <> current_user AND NOT (rolcreaterole AND admin_option
         AND coalesce(to_jsonb(pg_auth_members)->>'inherit_option' = 'false' AND to_jsonb(pg_auth_members)->>'set_option' = 'false', FALSE))
     ORDER BY 2";

/// Nobody else is the role.
pub(super) async fn shut_out(admin: &mut PgConnection, wanted: &Wanted, found: &Found, done: &mut Vec<String>) -> Result<()> {
    let members: Vec<Membership> = sqlx::query_as(MEMBERS).bind(&wanted.role).fetch_all(&mut *admin).await.map_err(store_error)?;
    for membership in members {
        let kept = |why: String| {
            let (role, member, _) = &membership;
            ProvisionError::Refused(format!("{member} is a member of {role}, and this administrator may not change that ({why})"))
        };
        end(admin, found, &membership).await.map_err(|error| kept(error.to_string()))?;
        done.push(format!("{} taken out of the role {}", membership.1, wanted.role));
    }
    // A server may also say no by a mere warning.
    let left: Vec<Membership> = sqlx::query_as(MEMBERS).bind(&wanted.role).fetch_all(&mut *admin).await.map_err(store_error)?;
    match left.first() {
        None => Ok(()),
        Some((role, member, grantor)) => Err(ProvisionError::Refused(format!(
            "{member} is a member of {role} by the word of {grantor}, and this administrator may not change that"
        ))),
    }
}

/// With those that the member has made members in turn.
async fn end(admin: &mut PgConnection, found: &Found, (group, member, grantor): &Membership) -> Result<()> {
    let by = if found.version >= GIVEN { format!(" GRANTED BY {}", quoted(grantor)) } else { String::new() };
    run(admin, format!("REVOKE {} FROM {}{by} CASCADE", quoted(group), quoted(member))).await
}

/// Who gives a database to a role, or changes rights on what it owns, must be a member of it, unless they may do everything.
pub(super) async fn join(admin: &mut PgConnection, wanted: &Wanted, found: &Found) -> Result<()> {
    if found.superuser {
        return Ok(());
    }
    run(admin, format!("GRANT {} TO {}", quoted(&wanted.role), quoted(&found.us))).await
}

/// Until the next time. What a server gave the administrator when the role was made stays: by that the role can be managed.
pub(super) async fn leave(admin: &mut PgConnection, wanted: &Wanted, found: &Found) -> Result<()> {
    if found.superuser {
        return Ok(());
    }
    run(admin, format!("REVOKE {} FROM {}", quoted(&wanted.role), quoted(&found.us))).await
}
