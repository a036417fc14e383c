//! `vestibule provision`, and a server that comes and goes. Each test has a server of its own: what is done here concerns the
//! whole of it.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::{fails, outcome, succeeds};
use crate::{
    actor::PASSWORD,
    app::Plan,
    patience::within,
    postgresql::server::{ADMIN_PASSWORD, Server},
};

const ROLE: &str = "auth \"gate\"";
const DATABASE: &str = "Auth-Data";

/// Runs statements as the administrator.
async fn as_admin(server: &Server, database: &str, statements: &str) {
    let mut connection = PgConnection::connect(&server.admin_url(database)).await.unwrap();
    // Together they would be one transaction, in which no database is made.
    for statement in statements.split("; ") {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.expect(statement);
    }
    connection.close().await.unwrap();
}

/// What the administrator is answered.
async fn told<T>(server: &Server, question: &'static str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    let mut connection = PgConnection::connect(&server.admin_url("postgres")).await.unwrap();
    sqlx::query_scalar(question).fetch_one(&mut connection).await.unwrap()
}

/// Why a URL opens nothing.
async fn shut(url: &str) -> String {
    PgConnection::connect(url).await.map(|_| ()).expect_err("it is open").to_string()
}

/// The administrator's address is on the command line, the password is not.
fn plan() -> Plan {
    Plan::new().on_file().simple().env("PGPASSWORD", ADMIN_PASSWORD)
}

fn arguments<'a>(admin: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["provision", "--admin-url", admin, "--role", ROLE, "--database", DATABASE], more].concat()
}

#[tokio::test]
#[cfg_attr(not(postgresql), ignore = "PostgreSQL was not started: `cargo xtask test` does")]
async fn d8_provision_makes_a_role_with_rights_on_its_own_database_alone() {
    let server = Server::start();
    as_admin(&server, "postgres", "CREATE ROLE shop LOGIN PASSWORD 'shop''s own'; CREATE DATABASE other OWNER postgres").await;
    as_admin(&server, "other", "CREATE TABLE secrets (text TEXT); GRANT SELECT ON secrets TO shop").await;
    let (plan, admin) = (plan(), server.url("postgres", "postgres"));
    let url = succeeds(&mut plan.command(&arguments(&admin, &[]))).trim().to_owned();
    assert!(url.starts_with("postgres://auth%20%22gate%22:") && url.contains("sslmode=verify-full"), "{url}");

    // It does what Vestibule needs.
    let plan = plan.set("database_url", &url);
    succeeds(&mut plan.command(&["migrate"]));
    let mut inside = PgConnection::connect(&url).await.unwrap();
    let rights: (bool, bool, bool, bool) =
        sqlx::query_as("SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user")
            .fetch_one(&mut inside)
            .await
            .unwrap();
    assert_eq!(rights, (false, false, false, false));

    // And nothing else, anywhere.
    for other in ["other", "postgres", "template1"] {
        let said = shut(&url.replace("/Auth-Data?", &format!("/{other}?"))).await;
        assert!(said.contains("permission denied for database"), "{other}: {said}");
    }
    let password = url.split(':').nth(2).unwrap().split('@').next().unwrap();
    assert!(shut(&url.replace(password, "guessed")).await.contains("password authentication failed"));
    let shop = server.url("shop:shop's%20own", "Auth-Data");
    assert!(shut(&shop).await.contains("permission denied for database"), "nobody else gets in");
    PgConnection::connect(&shop.replace("/Auth-Data?", "/other?")).await.expect("others keep what they had");
    assert!(!server.log().contains(password), "the server's log holds the password");
}

#[tokio::test]
#[cfg_attr(not(postgresql), ignore = "PostgreSQL was not started: `cargo xtask test` does")]
async fn d8_provision_twice_is_harmless_and_repairs() {
    let server = Server::start();
    let (plan, admin) = (plan(), server.url("postgres", "postgres"));
    let url = succeeds(&mut plan.command(&arguments(&admin, &[]))).trim().to_owned();
    let (_, again, said) = outcome(&mut plan.command(&arguments(&admin, &[])));
    assert!(again.contains(":PASSWORD@") && said.contains("keeps its password"), "{again} {said}");
    PgConnection::connect(&url).await.expect("the password is the same");

    // Somebody gave it too much.
    let role = "\"auth \"\"gate\"\"\"";
    let more =
        format!("ALTER ROLE {role} CREATEDB CREATEROLE; GRANT pg_read_all_data TO {role}; GRANT CONNECT ON DATABASE postgres TO {role}");
    as_admin(&server, "postgres", &more).await;
    PgConnection::connect(&url.replace("/Auth-Data?", "/postgres?")).await.expect("open for now");
    let (_, _, said) = outcome(&mut plan.command(&arguments(&admin, &[])));
    for part in ["NOCREATEDB", "NOCREATEROLE", "taken out of pg_read_all_data", "database postgres closed"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(shut(&url.replace("/Auth-Data?", "/postgres?")).await.contains("permission denied"));

    // Role, database and password that the setting names already.
    let own = server.url("gate:kept%2Bin%20a%20vault", "gate");
    let set = plan.set("database_url", &own);
    let (code, printed, said) = outcome(&mut set.command(&["provision", "--admin-url", &admin]));
    assert_eq!((code, printed.as_str()), (Some(0), ""), "{said}");
    assert!(said.contains("by database_url as it is") && !said.contains("vault"), "{said}");
    succeeds(&mut set.command(&["migrate"]));
    let (code, said, _) = outcome(&mut set.command(&["doctor"]));
    assert!(said.contains("the server lets us in") && said.contains("all are applied"), "{code:?} {said}");
}

#[tokio::test]
#[cfg_attr(not(postgresql), ignore = "PostgreSQL was not started: `cargo xtask test` does")]
async fn d8_provision_takes_nothing_from_others() {
    let server = Server::start();
    as_admin(&server, "postgres", "CREATE ROLE shop LOGIN; CREATE DATABASE shop OWNER shop").await;
    let (plan, admin) = (plan(), server.url("postgres", "postgres"));
    let run = |more: &[&str]| fails(&mut plan.command(&[&["provision", "--admin-url", &admin], more].concat()));
    assert!(run(&["--database", "shop"]).contains("the database shop belongs to shop"));
    assert!(run(&["--role", "shop"]).contains("owns the database shop too"));
    assert!(run(&["--role", "postgres"]).contains("the server's own"));
    let said = fails(&mut plan.command(&["provision", "--admin-url", &admin.replace("postgres@", "shop:hunter2@")]));
    assert!(said.contains("password authentication failed") && !said.contains("hunter2"), "{said}");
}

/// An administrator who may make roles and databases, and does not have those of others.
#[tokio::test]
#[cfg_attr(not(postgresql), ignore = "PostgreSQL was not started: `cargo xtask test` does")]
async fn d8_provision_says_what_its_administrator_cannot_do_and_leaves_nothing_half_made() {
    let server = Server::start();
    as_admin(&server, "postgres", "CREATE ROLE boss LOGIN CREATEROLE CREATEDB PASSWORD 'boss''s own'; CREATE ROLE shop LOGIN").await;
    let (plan, admin) = (Plan::new().on_file().simple().env("PGPASSWORD", "boss's own"), server.url("boss", "postgres"));
    let said = fails(&mut plan.command(&arguments(&admin, &[])));
    assert!(said.contains("can connect to the database postgres, and this administrator may not change that"), "{said}");
    let made = "SELECT COUNT(*) FROM pg_roles WHERE rolname LIKE 'auth%'";
    assert_eq!(told::<i64>(&server, made).await, 0, "nothing was made");

    // Of its database, too, the owner is looked at first.
    as_admin(&server, "postgres", "CREATE DATABASE taken OWNER shop").await;
    let taken = ["provision", "--admin-url", &admin, "--role", "auth2", "--database", "taken", "--leave-others"];
    assert!(fails(&mut plan.command(&taken)).contains("belongs to shop"));
    assert_eq!(told::<i64>(&server, made).await, 0, "nobody knows the password of a role that was made");

    // With what is possible it is done, twice, and nobody but the role gets in.
    for _ in 0..2 {
        let (code, printed, said) = outcome(&mut plan.command(&arguments(&admin, &["--leave-others"])));
        assert_eq!(code, Some(0), "{said}");
        if !printed.contains(":PASSWORD@") {
            PgConnection::connect(printed.trim()).await.unwrap();
        }
    }
    let boss = server.url("boss:boss's%20own", "Auth-Data");
    assert!(shut(&boss).await.contains("permission denied for database"));

    // A right that is given by name, by somebody else.
    let role = "\"auth \"\"gate\"\"\"";
    let only = "REVOKE CONNECT ON DATABASE postgres, template1, taken FROM PUBLIC; GRANT CONNECT ON DATABASE postgres TO boss";
    as_admin(&server, "postgres", &format!("{only}; GRANT CONNECT ON DATABASE postgres TO {role}")).await;
    let said = fails(&mut plan.command(&arguments(&admin, &[])));
    assert!(said.contains("can connect to the database postgres, and this administrator may not change that"), "{said}");
    as_admin(&server, "postgres", &format!("REVOKE CONNECT ON DATABASE postgres FROM {role}")).await;
    succeeds(&mut plan.command(&arguments(&admin, &[])));
}

/// What others were given on its database, and who was made a member of its role.
#[tokio::test]
#[cfg_attr(not(postgresql), ignore = "PostgreSQL was not started: `cargo xtask test` does")]
async fn d8_provision_closes_its_own_database_to_everybody_else() {
    let server = Server::start();
    let (plan, admin) = (plan(), server.url("postgres", "postgres"));
    succeeds(&mut plan.command(&arguments(&admin, &[])));
    let people = ["named", "granted", "member", "friend"];
    for name in people {
        as_admin(&server, "postgres", &format!("CREATE ROLE {name} LOGIN PASSWORD 'a password'")).await;
    }
    let role = "\"auth \"\"gate\"\"\"";
    let given = "GRANT CONNECT ON DATABASE \"Auth-Data\" TO named WITH GRANT OPTION; SET ROLE named; \
        GRANT CONNECT ON DATABASE \"Auth-Data\" TO granted; RESET ROLE";
    as_admin(&server, "postgres", given).await;
    as_admin(&server, "postgres", &format!("GRANT {role} TO member WITH ADMIN OPTION; SET ROLE member; GRANT {role} TO friend")).await;
    let url = |name: &str| server.url(&format!("{name}:a%20password"), "Auth-Data");
    for name in people {
        PgConnection::connect(&url(name)).await.expect("open for now");
    }
    let (code, _, said) = outcome(&mut plan.command(&arguments(&admin, &[])));
    assert_eq!(code, Some(0), "{said}");
    for part in ["database Auth-Data closed to named", "Auth-Data closed to granted", "member taken out of the role", "friend taken out of"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    for name in people {
        assert!(shut(&url(name)).await.contains("permission denied for database"), "{name}");
    }
    let (_, _, said) = outcome(&mut plan.command(&arguments(&admin, &[])));
    assert!(!said.contains("Auth-Data closed") && !said.contains("taken out"), "done is done: {said}");
}

/// As libpq reads it: a user without a host, and a socket.
#[tokio::test]
#[cfg_attr(not(postgresql), ignore = "PostgreSQL was not started: `cargo xtask test` does")]
async fn d8_provision_goes_by_the_socket() {
    let server = Server::start();
    let own = rustix::process::getuid().is_root().then_some("root");
    if let Some(own) = own {
        as_admin(&server, "postgres", &format!("CREATE ROLE {own} LOGIN SUPERUSER PASSWORD '{ADMIN_PASSWORD}'")).await;
    }
    let (plan, way) = (plan(), format!("host={}&port={}", told::<String>(&server, "SHOW unix_socket_directories").await, server.port()));
    let named = format!("postgres://postgres@/postgres?{way}");
    let url = succeeds(&mut plan.command(&arguments(&named, &[]))).trim().to_owned();
    succeeds(&mut plan.set("database_url", &url).command(&["migrate"]));
    if own.is_some() {
        let unnamed = format!("postgres:///postgres?{way}");
        succeeds(&mut self::plan().command(&arguments(&unnamed, &["--new-password"])));
    }
}

/// A dead server is a fast 503, signs nobody out, and is used again as soon as it is back.
#[tokio::test]
#[cfg_attr(not(postgresql), ignore = "PostgreSQL was not started: `cargo xtask test` does")]
async fn rule26_a_dead_server_is_a_fast_503_and_heals() {
    let mut server = Server::start();
    let app = plan().set("database_url", &server.admin_url("postgres")).start();
    let ann = app.user("ann@example.org").await;
    server.stop();
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    within(Duration::from_secs(1), "a refusal", async || {
        let begun = Instant::now();
        let answer = app.post("/auth/signin/", &body).await.problem(503, "store_unavailable");
        assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() >= 1);
        assert!(!answer.text.contains("localhost"), "{}", answer.text);
        begun.elapsed()
    })
    .await;
    app.get("/health/ready").await.expect(503);
    assert!(!app.log().contains(ADMIN_PASSWORD) && !app.log().contains("the%20password"));
    server.go_on();
    app.signin("ann@example.org").await;
    ann.get("/me").await.expect(200);
    app.get("/health/ready").await.expect(200);
}
