//! Connecting to a PostgreSQL server.

use std::{borrow::Cow, fs, io, time::Duration};

use rustix::process::geteuid;
use sqlx::{
    ConnectOptions as _, Connection as _,
    postgres::{PgConnectOptions, PgConnection, PgPoolOptions},
};
use url::Url;

use super::{
    super::{Database, Limits, error::store_error, silence::Listener},
    OpenError, PATIENCE,
};

/// How long a new process waits for the server to let it in.
const WELCOME: Duration = Duration::from_secs(5);
/// An idle connection is closed after this time, and any connection after the other: servers move, and so do their addresses.
const IDLE: Duration = Duration::from_mins(10);
const LIFETIME: Duration = Duration::from_mins(30);
/// What a URL may say behind its `?`.
const PARAMETERS: [&str; 12] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

pub(super) async fn open(url: &str, limits: Limits) -> Result<Database, OpenError> {
    let options = options(url)?;
    // The pool would only say that it took too long; this one says why.
    welcome(&options).await?.close().await.map_err(store_error)?;
    let pool = PgPoolOptions::new()
        .max_connections(limits.connections.max(1))
        .acquire_timeout(limits.wait)
        .idle_timeout(IDLE)
        .max_lifetime(LIFETIME)
        // A connection that has died or hangs is found out within the time that a call waits for one.
        .test_before_acquire(true)
        // The pool itself would wait for ever for one that hangs, and so be short of it.
        .after_release(move |connection, _| Box::pin(answers(connection, limits.wait)))
        .connect_lazy_with(options.clone());
    Ok(Database::Postgres(pool, Listener::new(options, limits.wait)))
}

/// For reading alone.
pub(super) async fn look(url: &str) -> Result<Database, OpenError> {
    let options = options(url)?.options([("default_transaction_read_only", "on")]);
    welcome(&options).await?.close().await.map_err(store_error)?;
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(WELCOME).connect_lazy_with(options.clone());
    Ok(Database::Postgres(pool, Listener::new(options, WELCOME)))
}

async fn answers(connection: &mut PgConnection, wait: Duration) -> sqlx::Result<bool> {
    match tokio::time::timeout(wait, connection.ping()).await {
        Ok(answer) => answer.map(|()| true),
        Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
    }
}

/// A first connection, or the reason why there is none.
pub(in crate::store::sql) async fn welcome(options: &PgConnectOptions) -> Result<PgConnection, OpenError> {
    let reason = match tokio::time::timeout(WELCOME, options.connect()).await {
        Ok(Ok(connection)) => return Ok(connection),
        Ok(Err(sqlx::Error::Database(reported))) => reported.message().to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {} s", WELCOME.as_secs()),
    };
    Err(OpenError::Server { place: place(options), reason })
}

/// For people; without the password.
fn place(options: &PgConnectOptions) -> String {
    let server = options.get_socket().map_or_else(|| options.get_host().to_owned(), |socket| socket.display().to_string());
    let (user, database) = (options.get_username(), options.get_database().unwrap_or(options.get_username()));
    format!("the database {database} at {server}:{} (as {user})", options.get_port())
}

/// A URL in its parts. A user without a host, for whom libpq takes the server's socket, is no URL by the standard: such a user is
/// among the parameters here.
pub(in crate::store::sql) fn parsed(url: &str) -> Result<Url, OpenError> {
    Url::parse(&with_named_user(url)).map_err(|error| OpenError::Url(format!("the postgres URL is not understood: {error}")))
}

/// `postgres://USER:PASSWORD@:PORT/DATABASE?...` as `postgres:///DATABASE?user=USER&password=PASSWORD&port=PORT&...`.
fn with_named_user(url: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = url.split_once("://") else { return url.into() };
    let (authority, behind) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let Some((login, port)) = authority.rsplit_once('@').filter(|(_, host)| host.is_empty() || host.starts_with(':')) else {
        return url.into();
    };
    let (user, password) = login.split_once(':').map_or((login, None), |(user, password)| (user, Some(password)));
    let (path, query) = behind.split_once('?').unwrap_or((behind, ""));
    // Percent-encoded already, but for what has a meaning among parameters alone.
    let value = |text: &str| text.replace('+', "%2B").replace('&', "%26");
    let named = [("user", Some(user)), ("password", password), ("port", port.strip_prefix(':'))];
    let named = named.into_iter().filter_map(|(name, given)| Some(format!("{name}={}", value(given.filter(|given| !given.is_empty())?))));
    // What was said by name stands behind these, and so above them.
    let query: Vec<String> = named.chain((!query.is_empty()).then(|| query.to_owned())).collect();
    format!("{scheme}://{path}?{}", query.join("&")).into()
}

/// The user of this process on the system, unless the environment names one for PostgreSQL. The driver asks the environment alone, and
/// takes a stand-in.
fn own_user() -> Option<String> {
    let is_named = !["anonymous", "unknown"].contains(&PgConnectOptions::new_without_pgpass().get_username());
    if is_named {
        return None;
    }
    let own = geteuid().as_raw().to_string();
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let mut lines = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    lines.find(|fields| fields.get(2) == Some(&own.as_str())).map(|fields| fields[0].to_owned())
}

/// What a URL says, and what every connection of ours has.
pub(in crate::store::sql) fn options(url: &str) -> Result<PgConnectOptions, OpenError> {
    // Nothing of the URL is repeated: it may hold a password, also where none should be.
    let mut parsed = parsed(url)?;
    if let Some((name, _)) = parsed.query_pairs().find(|(name, _)| !PARAMETERS.contains(&&**name)) {
        let known = PARAMETERS.join(", ");
        // A name without a value may be half of a password with & or ? in it.
        let has_password = parsed.password().is_some() || parsed.query_pairs().any(|(name, _)| name == "password");
        let name = if !has_password && name.chars().all(|c| c.is_ascii_lowercase() || c == '_') { &*name } else { "that" };
        return Err(OpenError::Url(format!("the parameter {name} of the postgres URL is not taken; these are: {known}")));
    }
    if parsed.username().is_empty()
        && !parsed.query_pairs().any(|(name, _)| name == "user")
        && let Some(user) = own_user()
    {
        parsed.query_pairs_mut().append_pair("user", &user);
    }
    let options = PgConnectOptions::from_url(&parsed)
        .map_err(|_| OpenError::Url("the postgres URL is not understood: a part behind its scheme has no meaning".to_owned()))?;
    let (named, given) = (options.get_application_name().is_some(), options.get_options().unwrap_or_default().to_owned());
    let options = if named { options } else { options.application_name("vestibule") };
    let ours = [
        // A statement of ours that takes so long has gone astray; clearing out a large table takes seconds.
        ("statement_timeout", "60s".to_owned()),
        ("lock_timeout", format!("{}s", PATIENCE.as_secs())),
        // Of a gateway that died in the middle, or whose network did: what it holds, others wait for.
        ("idle_in_transaction_session_timeout", "15s".to_owned()),
        ("default_transaction_isolation", "read committed".to_owned()),
    ];
    // The operator's word stands above ours.
    Ok(options.options(ours.into_iter().filter(|(name, _)| !given.contains(name))).disable_statement_logging())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong_and_shows_no_password() {
        for url in [
            "postgres://vestibule:hunter2@db:port/vestibule",
            "postgres://vestibule:hunter2@db/vestibule?sslmode=perhaps",
            "postgres://vestibule:x?hunter2@db/vestibule",
            "postgres://vestibule:x@db/vestibule?hunter2=1",
            "postgres://vestibule:x#hunter2@db/vestibule",
            "postgresql://vestibule:hunter2@[db/vestibule",
        ] {
            let Err(refused) = options(url) else { continue };
            let message = refused.to_string();
            assert!(message.starts_with("database_url: the p") && !message.contains("hunter2"), "{url}: {message}");
        }
        let refused = options("postgres://db/vestibule?sslmod=require").unwrap_err().to_string();
        assert!(refused.contains("the parameter sslmod ") && refused.contains("sslmode"), "{refused}");
    }

    #[test]
    fn a_user_needs_no_host_and_a_socket_no_user() {
        let found = |url| {
            let options = options(url).unwrap();
            format!("{} {:?} {}", place(&options), options.get_database(), options.get_username())
        };
        let socket = "the database v at /run/postgresql:5432 (as ann)";
        assert!(found("postgres://ann@/v?host=/run/postgresql").starts_with(socket));
        assert!(found("postgres://ann:p%26s+s&@/v?host=/run/postgresql").starts_with(socket));
        assert!(found("postgres://ann@/v?host=/run/postgresql&user=bob").contains("(as bob)"));
        assert!(found("postgres://ann@:5433/v?host=/run/postgresql").contains("/run/postgresql:5433"));
        assert!(!found("postgres:///v?host=/run/postgresql").contains("anonymous"));
        let given = parsed("postgres://ann:p%26s+s&@/v").unwrap();
        assert_eq!(given.query_pairs().find(|(name, _)| name == "password").unwrap().1, "p&s+s&");
        let refused = options("postgres://ann:hunter2@/v?hunter=1").unwrap_err().to_string();
        assert!(refused.contains("the parameter that ") && !refused.contains("hunter"), "{refused}");
        assert_eq!(parsed("postgres://ann@db/v").unwrap().as_str(), "postgres://ann@db/v");
    }

    #[test]
    fn names_itself_and_keeps_the_operators_word() {
        let ours = options("postgres://vestibule@db/v").unwrap();
        assert_eq!(ours.get_application_name(), Some("vestibule"));
        assert!(ours.get_options().unwrap().contains("lock_timeout=5s"));
        assert_eq!(place(&ours), "the database v at db:5432 (as vestibule)");
        let theirs = options("postgres://db/v?application_name=auth&options=-c%20lock_timeout%3D9s").unwrap();
        assert_eq!(theirs.get_application_name(), Some("auth"));
        assert_eq!(theirs.get_options().unwrap().matches("lock_timeout").count(), 1);
    }
}
