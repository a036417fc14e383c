//! `vestibule provision`.

use std::{io::Read as _, path::PathBuf};

use anyhow::Context as _;
use clap::Args;
use url::Url;

use crate::{
    config::Config,
    model::Secret,
    random::{self, Random as _, SystemRandom},
    store::sql::provision::{Wanted, has_role, parts, provision, try_out},
};

/// What to make, and as whom.
#[derive(Args)]
pub struct Provision {
    /// A server as somebody who may make roles and databases: `postgres://ADMIN@HOST/postgres`, or by its socket
    /// `postgres:///postgres?host=/run/postgresql`. The password rather from PGPASSWORD or ~/.pgpass, since arguments are visible to
    /// other users of the machine.
    #[arg(long, value_name = "URL")]
    admin_url: String,
    /// The role (default: that of `database_url`, or vestibule).
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
    /// The database (default: that of `database_url`, or vestibule).
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// File with the role's password, - for standard input (default: that of `database_url`; else a new role gets one that is made
    /// here and printed once, and a role that is there keeps its own).
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Give a role that is there a password that is made here.
    #[arg(long, conflicts_with = "password_file")]
    new_password: bool,
    /// Leave the other databases of the server open to every role, as PostgreSQL makes them, and so to this one.
    #[arg(long)]
    leave_others: bool,
}

/// Makes or repairs a role and a database for Vestibule alone; prints the `database_url` to use on standard output, unless the
/// setting holds it already.
///
/// # Errors
/// If the server is out of reach, the administrator may not do it, or a name is somebody else's.
pub async fn run(arguments: Provision, config: &Config) -> anyhow::Result<()> {
    let admin = parts(&arguments.admin_url).ok().filter(|url| matches!(url.scheme(), "postgres" | "postgresql"));
    let admin = admin.context("--admin-url is not understood; expected postgres://ADMIN@HOST/postgres")?;
    let told = Told::read(config);
    let role = arguments.role.clone().or(told.role).unwrap_or_else(|| "vestibule".to_owned());
    let database = arguments.database.clone().or(told.database).unwrap_or_else(|| "vestibule".to_owned());
    let is_told = arguments.password_file.is_none() && !arguments.new_password && told.password.is_some();
    let given = match &arguments.password_file {
        Some(file) => Some(read_password(file)?),
        None => told.password,
    };
    let password = match given {
        Some(password) if !arguments.new_password => Some(password),
        _ if arguments.new_password || !has_role(&arguments.admin_url, &role).await? => Some(Secret::new(random::token(&SystemRandom))),
        _ => None,
    };
    let mut salt = [0; 16];
    SystemRandom.fill(&mut salt);
    let wanted = Wanted { role, database, password, salt, leave_others: arguments.leave_others };
    for line in provision(&arguments.admin_url, &wanted).await? {
        eprintln!("{line}");
    }
    let url = url_for(&admin, &wanted)?;
    match &wanted.password {
        Some(_) => {
            let tried = try_out(&url).await.context("role and database are made, but cannot be used as they are");
            // Nobody else knows a password that was made here.
            if tried.is_err() && !is_told && arguments.password_file.is_none() {
                println!("{url}");
            }
            tried?;
            // Where a job does this, what it prints is kept in some log.
            if is_told {
                eprintln!("role and database can be used by database_url as it is");
                return Ok(());
            }
            eprintln!("role and database can be used: set database_url (VESTIBULE_DATABASE_URL) to this and keep it secret");
        }
        None => eprintln!("the role keeps its password: put it in place of PASSWORD, or make a new one with --new-password"),
    }
    println!("{url}");
    Ok(())
}

/// What the setting says already.
#[derive(Default)]
struct Told {
    role: Option<String>,
    database: Option<String>,
    password: Option<Secret<String>>,
}

impl Told {
    fn read(config: &Config) -> Self {
        let Ok(url) = parts(config.database_url.expose()) else { return Self::default() };
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Self::default();
        }
        let some = |text: &str| (!text.is_empty()).then(|| decoded(text));
        // A parameter stands above the part of the same meaning.
        let named = |wanted: &str| url.query_pairs().filter(|(name, _)| name == wanted).last().map(|(_, value)| value.into_owned());
        Self {
            role: named("user").or_else(|| some(url.username())),
            database: named("dbname").or_else(|| some(url.path().trim_start_matches('/'))),
            password: named("password").or_else(|| url.password().map(decoded)).map(Secret::new),
        }
    }
}

/// Percent-encoded as in a URL; the decoder is that of forms, which would take + for a blank.
fn decoded(text: &str) -> String {
    let pair = format!("={}", text.replace('+', "%2B"));
    form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn read_password(file: &std::path::Path) -> anyhow::Result<Secret<String>> {
    let mut text = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin().take(1024).read_to_string(&mut text).context("reading the password from standard input")?;
    } else {
        text = std::fs::read_to_string(file).with_context(|| format!("--password-file: {}", file.display()))?;
    }
    Ok(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// The same server and the same way to it, as the role.
fn url_for(admin: &Url, wanted: &Wanted) -> anyhow::Result<String> {
    const WAY: [&str; 5] = ["host", "hostaddr", "port", "sslmode", "sslrootcert"];
    let mut url = admin.clone();
    let refused = || anyhow::anyhow!("--admin-url names no server");
    if url.host_str().is_none_or(str::is_empty) {
        url.set_host(Some("localhost")).map_err(|_| refused())?;
    }
    let way: Vec<(String, String)> =
        admin.query_pairs().filter(|(name, _)| WAY.contains(&&**name)).map(|(n, v)| (n.into(), v.into())).collect();
    url.set_query(None);
    if !way.is_empty() {
        url.query_pairs_mut().extend_pairs(way);
    }
    url.set_fragment(None);
    url.set_username(&encoded(&wanted.role)).map_err(|()| refused())?;
    let password = wanted.password.as_ref().map_or_else(|| "PASSWORD".to_owned(), |password| encoded(password.expose()));
    url.set_password(Some(&password)).map_err(|()| refused())?;
    url.set_path(&encoded(&wanted.database));
    Ok(url.to_string())
}

/// As little as possible is left as it is.
fn encoded(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_leads_to_the_same_server_as_another_role() {
        let wanted = |password: Option<&str>| Wanted {
            role: "auth gate".to_owned(),
            database: "a/b".to_owned(),
            password: password.map(|password| Secret::new(password.to_owned())),
            salt: [0; 16],
            leave_others: false,
        };
        let url = |admin: &str, password| url_for(&parts(admin).unwrap(), &wanted(password)).unwrap();
        assert_eq!(
            url("postgres://root:secret@db:5433/postgres?sslmode=require&application_name=x", Some("p@ss:w/rd+%")),
            "postgres://auth%20gate:p%40ss%3Aw%2Frd%2B%25@db:5433/a%2Fb?sslmode=require"
        );
        assert_eq!(url("postgres://root@db/postgres", None), "postgres://auth%20gate:PASSWORD@db/a%2Fb");
        for admin in ["postgres://root:x@:5433/postgres?host=/run/pg", "postgres:///postgres?port=5433&host=/run/pg"] {
            assert_eq!(url(admin, None), "postgres://auth%20gate:PASSWORD@localhost/a%2Fb?port=5433&host=%2Frun%2Fpg");
        }
        assert_eq!(decoded(&encoded("p@ss:w/rd+%")), "p@ss:w/rd+%");
    }
}
