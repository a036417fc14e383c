//! A role and a database on PostgreSQL for Vestibule alone. Every step looks first and changes only what is not so yet, so that
//! the whole can be run again at any time.

mod fence;
mod member;
mod survey;
mod verifier;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, postgres::PgConnectOptions};
use url::Url;

use self::{
    survey::{Found, survey},
    verifier::verifier,
};
use super::{
    OpenError,
    connect::postgres::{options, parsed, welcome},
    error::store_error,
};
use crate::{model::Secret, store::StoreError};

/// What there is to be in the end.
#[derive(Debug)]
pub struct Wanted {
    /// The role that Vestibule connects as.
    pub role: String,
    /// Its database.
    pub database: String,
    /// Its password, 8 or more printable ASCII characters; none: a role that is there keeps its own.
    pub password: Option<Secret<String>>,
    /// Salt of the password's verifier.
    pub salt: [u8; 16],
    /// Whether the other databases of the server are left open to every role, and so to this one.
    pub leave_others: bool,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// The administrator's URL, or what it names.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A name or a password that cannot be meant.
    #[error("{0}")]
    Refused(String),
    /// The server says no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

type Result<T> = std::result::Result<T, ProvisionError>;

/// A URL of PostgreSQL in its parts; a user without a host is among its parameters.
///
/// # Errors
/// If it is none.
pub fn parts(url: &str) -> Result<Url> {
    Ok(parsed(url)?)
}

/// Whether the role is on the server already and may log in: without a password it then keeps its own. One that may not is new, or
/// was left half made, and has none.
///
/// # Errors
/// If the server is out of reach.
pub async fn has_role(admin_url: &str, role: &str) -> Result<bool> {
    let mut admin = welcome(&options(admin_url)?).await?;
    Ok(number(&mut admin, "SELECT COUNT(*) FROM pg_roles WHERE rolname = $1 AND rolcanlogin", role).await? > 0)
}

/// Makes or repairs role and database; says what it did, a line each.
///
/// # Errors
/// If the server is out of reach, or the administrator may not do it; what was done until then stays, and is not done again.
pub async fn provision(admin_url: &str, wanted: &Wanted) -> Result<Vec<String>> {
    check(wanted)?;
    let options = options(admin_url)?;
    let mut admin = welcome(&options).await?;
    let found = survey(&mut admin, wanted).await?;
    let mut done = Vec::new();
    make_role(&mut admin, wanted, &found, &mut done).await?;
    member::join(&mut admin, wanted, &found).await?;
    make_database(&mut admin, wanted, &found, &mut done).await?;
    member::shut_out(&mut admin, wanted, &found, &mut done).await?;
    fence::own_database(&mut admin, wanted, &mut done).await?;
    own_schema(&options, wanted).await?;
    if wanted.leave_others {
        done.push(format!("other databases are left as they are: {} may connect where every role may", wanted.role));
    } else {
        fence::other_databases(&mut admin, wanted, &mut done).await?;
    }
    member::leave(&mut admin, wanted, &found).await?;
    open(&mut admin, wanted, &found, &mut done).await?;
    admin.close().await.map_err(store_error)?;
    Ok(done)
}

/// Whether role and password open the database.
///
/// # Errors
/// If they do not.
pub async fn try_out(url: &str) -> Result<()> {
    Ok(welcome(&options(url)?).await?.close().await.map_err(store_error)?)
}

fn check(wanted: &Wanted) -> Result<()> {
    let refuse = |text: String| Err(ProvisionError::Refused(text));
    for (what, name) in [("role", &wanted.role), ("database", &wanted.database)] {
        // PostgreSQL would cut a longer name, and another one would be meant.
        if name.is_empty() || name.len() > 63 || name.chars().any(char::is_control) {
            return refuse(format!("the name of the {what} is {name:?}: 1 to 63 bytes without control characters are taken"));
        }
        if name.starts_with("pg_") || ["postgres", "template0", "template1"].contains(&name.as_str()) {
            return refuse(format!("the name of the {what} is {name:?}, which is the server's own"));
        }
    }
    match &wanted.password {
        Some(password) if password.expose().len() < 8 || !password.expose().bytes().all(|byte| (b' '..=b'~').contains(&byte)) => {
            refuse("the password must be 8 or more printable ASCII characters".to_owned())
        }
        _ => Ok(()),
    }
}

/// It lets nobody in before all is done: see [`open`].
async fn make_role(admin: &mut PgConnection, wanted: &Wanted, found: &Found, done: &mut Vec<String>) -> Result<()> {
    let role = quoted(&wanted.role);
    let Some(there) = &found.role else {
        run(admin, format!("CREATE ROLE {role} NOLOGIN NOCREATEDB NOCREATEROLE")).await?;
        done.push(format!("role {} made", wanted.role));
        return Ok(());
    };
    for attribute in &there.wrong {
        run(admin, format!("ALTER ROLE {role} {attribute}")).await?;
        done.push(format!("role {} set to {attribute}", wanted.role));
    }
    member::leave_groups(admin, wanted, found, done).await
}

async fn make_database(admin: &mut PgConnection, wanted: &Wanted, found: &Found, done: &mut Vec<String>) -> Result<()> {
    let (role, database) = (quoted(&wanted.role), quoted(&wanted.database));
    let statement = match &found.owner {
        Some(owner) if *owner == wanted.role => return Ok(()),
        Some(_) => format!("ALTER DATABASE {database} OWNER TO {role}"),
        // Texts are compared by code point whatever the server's language is; and template1 may hold anything.
        None => format!("CREATE DATABASE {database} OWNER {role} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"),
    };
    run(admin, statement).await?;
    done.push(format!("database {} made, owned by {}", wanted.database, wanted.role));
    Ok(())
}

/// The last step: until then a new role can do nothing, and one that was there keeps the password that others use. The server gets a
/// verifier, and so neither it nor its log learns the password.
async fn open(admin: &mut PgConnection, wanted: &Wanted, found: &Found, done: &mut Vec<String>) -> Result<()> {
    let login = found.role.as_ref().is_some_and(|role| role.login);
    if found.role.is_some() && !login {
        done.push(format!("role {} set to LOGIN", wanted.role));
    }
    let password = wanted.password.as_ref().map(|password| format!(" PASSWORD '{}'", verifier(password.expose(), &wanted.salt)));
    match password {
        None if login => Ok(()),
        password => run(admin, format!("ALTER ROLE {} LOGIN{}", quoted(&wanted.role), password.unwrap_or_default())).await,
    }
}

/// Before PostgreSQL 15 every role may make tables in the schema `public` of every database that it can connect to.
async fn own_schema(options: &PgConnectOptions, wanted: &Wanted) -> Result<()> {
    let mut inside = welcome(&options.clone().database(&wanted.database)).await?;
    let role = quoted(&wanted.role);
    run(&mut inside, format!("REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT ALL ON SCHEMA public TO {role}")).await?;
    Ok(inside.close().await.map_err(store_error)?)
}

async fn number(admin: &mut PgConnection, statement: &'static str, name: &str) -> Result<i64> {
    Ok(sqlx::query_scalar(statement).bind(name).fetch_one(admin).await.map_err(store_error)?)
}

/// Runs statements, in which every name is [`quoted`].
async fn run(connection: &mut PgConnection, statements: String) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(connection).await.map_err(store_error)?;
    Ok(())
}

/// A name as SQL writes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(role: &str, database: &str, password: &str) -> Wanted {
        let password = Some(Secret::new(password.to_owned()));
        Wanted { role: role.to_owned(), database: database.to_owned(), password, salt: [0; 16], leave_others: false }
    }

    #[test]
    fn names_are_quoted() {
        assert_eq!(quoted("vestibule"), "\"vestibule\"");
        assert_eq!(quoted("a\"; DROP ROLE b; --"), "\"a\"\"; DROP ROLE b; --\"");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert!(check(&wanted("auth gate", "Auth-1", "long enough")).is_ok());
        let long = "x".repeat(64);
        for (role, database, password) in [
            ("", "v", "long enough"),
            ("v", &long, "long enough"),
            ("v\0", "v", "long enough"),
            ("postgres", "v", "long enough"),
            ("pg_monitor", "v", "long enough"),
            ("v", "template1", "long enough"),
            ("v", "v", "short"),
            ("v", "v", "schlüssel-länge"),
        ] {
            assert!(check(&wanted(role, database, password)).is_err(), "{role} {database} {password}");
        }
    }
}
