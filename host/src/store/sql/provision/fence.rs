//! Who may connect where: nobody but the role to its database, and the role to no other one.

use sqlx::{Connection as _, PgConnection};

use super::{ProvisionError, Result, Wanted, quoted, run, store_error, survey::kept_open};

/// Who has a right by name that they should not have, or has given one.
const STRANGERS: &str = "SELECT DISTINCT pg_get_userbyid(who)::text
     FROM pg_database, aclexplode(datacl), unnest(ARRAY[grantee, grantor]) AS who
     WHERE datname = $1 AND who NOT IN (0, datdba) ORDER BY 1";

/// Nobody else gets in, the server's administrators apart. Members of the role have left it before.
pub(super) async fn own_database(admin: &mut PgConnection, wanted: &Wanted, done: &mut Vec<String>) -> Result<()> {
    let (role, database) = (quoted(&wanted.role), quoted(&wanted.database));
    run(admin, format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC; GRANT ALL ON DATABASE {database} TO {role}")).await?;
    let strangers: Vec<String> = sqlx::query_scalar(STRANGERS).bind(&wanted.database).fetch_all(&mut *admin).await.map_err(store_error)?;
    for stranger in strangers {
        let other = quoted(&stranger);
        // With those to whom they gave it in turn, who would keep it from somebody who may not give it any more.
        let given = format!("GRANT ALL ON DATABASE {database} TO {other} WITH GRANT OPTION");
        run(admin, format!("{given}; REVOKE ALL ON DATABASE {database} FROM {other} CASCADE")).await?;
        done.push(format!("database {} closed to {stranger}", wanted.database));
    }
    // A server may also say no by a mere warning.
    let left: Vec<String> = sqlx::query_scalar(STRANGERS).bind(&wanted.database).fetch_all(&mut *admin).await.map_err(store_error)?;
    match left.first() {
        None => Ok(()),
        Some(stranger) => Err(ProvisionError::Refused(format!(
            "{stranger} has rights on the database {}, and this administrator may not change that",
            wanted.database
        ))),
    }
}

/// PostgreSQL lets every role connect to every database, and a right of everybody cannot be taken from one. So it is given to
/// each role that is there by name, and then taken from everybody: all but ours keep what they had.
pub(super) async fn other_databases(admin: &mut PgConnection, wanted: &Wanted, done: &mut Vec<String>) -> Result<()> {
    let reachable: Vec<(String, bool)> = sqlx::query_as(
        "SELECT datname::text, EXISTS (SELECT grantee FROM aclexplode(coalesce(datacl, acldefault('d', datdba)))
                     WHERE grantee = 0 AND privilege_type IN ('CONNECT', 'TEMPORARY'))
         FROM pg_database WHERE datname <> $2 AND datallowconn AND has_database_privilege($1::name, oid, 'CONNECT')
         ORDER BY datname",
    )
    .bind(&wanted.role)
    .bind(&wanted.database)
    .fetch_all(&mut *admin)
    .await
    .map_err(store_error)?;
    for (name, open) in reachable {
        let (database, role) = (quoted(&name), quoted(&wanted.role));
        let mut statements = vec![format!("REVOKE ALL ON DATABASE {database} FROM {role};")];
        if open {
            for other in others(admin, wanted).await? {
                statements.push(format!("GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {};", quoted(&other)));
            }
            statements.push(format!("REVOKE CONNECT, TEMPORARY ON DATABASE {database} FROM PUBLIC;"));
        }
        close(admin, wanted, &name, statements.concat()).await?;
        done.push(if open {
            format!("database {name} closed to {}; roles made from now on need GRANT CONNECT ON DATABASE {database}", wanted.role)
        } else {
            format!("database {name} closed to {}", wanted.role)
        });
    }
    Ok(())
}

/// All of it or nothing. Whether it is done, only another look can tell: who may not do it is merely warned by the server.
async fn close(admin: &mut PgConnection, wanted: &Wanted, name: &str, statements: String) -> Result<()> {
    let mut change = admin.begin().await.map_err(store_error)?;
    run(&mut change, statements).await.map_err(|error| kept_open(wanted, name, &error.to_string()))?;
    let is_open: bool = sqlx::query_scalar("SELECT has_database_privilege($1::name, $2::text, 'CONNECT')")
        .bind(&wanted.role)
        .bind(name)
        .fetch_one(&mut *change)
        .await
        .map_err(store_error)?;
    if is_open {
        return Err(kept_open(wanted, name, "the right is another's to take"));
    }
    Ok(change.commit().await.map_err(store_error)?)
}

/// Roles that would lose something.
async fn others(admin: &mut PgConnection, wanted: &Wanted) -> Result<Vec<String>> {
    let others =
        sqlx::query_scalar("SELECT rolname::text FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND rolname <> $1 ORDER BY rolname");
    Ok(others.bind(&wanted.role).fetch_all(admin).await.map_err(store_error)?)
}
