//! Who may connect where: nobody but the role to its database, and the role to no other one.

use sqlx::PgConnection;

use super::{ProvisionError, Result, Wanted, quoted, run, store_error};

/// Nobody else gets in, the server's administrators apart.
pub(super) async fn own_database(admin: &mut PgConnection, wanted: &Wanted) -> Result<()> {
    let (role, database) = (quoted(&wanted.role), quoted(&wanted.database));
    run(admin, format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC; GRANT ALL ON DATABASE {database} TO {role}")).await
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
        match run(admin, statements.concat()).await {
            Ok(()) if open => done.push(format!(
                "database {name} closed to {}; roles made from now on need GRANT CONNECT ON DATABASE {database}",
                wanted.role
            )),
            Ok(()) => done.push(format!("database {name} closed to {}", wanted.role)),
            Err(error) => {
                return Err(ProvisionError::Refused(format!(
                    "{} can connect to the database {name}, and this administrator may not change that ({error}): \
                     do it as its owner, or accept it with --leave-others",
                    wanted.role
                )));
            }
        }
    }
    Ok(())
}

/// Roles that would lose something.
async fn others(admin: &mut PgConnection, wanted: &Wanted) -> Result<Vec<String>> {
    let others =
        sqlx::query_scalar("SELECT rolname::text FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND rolname <> $1 ORDER BY rolname");
    Ok(others.bind(&wanted.role).fetch_all(admin).await.map_err(store_error)?)
}
