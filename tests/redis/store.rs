//! What lies where: users as hashes, sessions with an end, and sessions apart from accounts.

use std::sync::Arc;

use serde_json::json;

use crate::{
    app::{App, Plan},
    postgresql::Database,
    redis_server::RedisServer,
};

fn alone() -> (Arc<RedisServer>, App) {
    let server = Arc::new(RedisServer::start());
    let app = Plan::new().on_file().on_redis("database_url", &server).simple().login().start();
    (server, app)
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn a6_a8_each_user_is_a_hash_with_its_declared_fields() {
    let (server, app) = alone();
    let ann = app.user("ann@example.org").await;
    let key = format!("vestibule:{{accounts}}:user:{}", ann.id);
    assert_eq!(server.ask(&["HMGET", &key, "email", "email_verified", "disabled"]), "ann@example.org\n0\n0");
    let fields = server.ask(&["HKEYS", &key]);
    let mut fields: Vec<&str> = fields.lines().collect();
    fields.sort_unstable();
    assert_eq!(fields, ["created_at", "disabled", "email", "email_verified"], "nothing that nobody declared");
    assert_eq!(server.ask(&["EXISTS", &format!("vestibule:{{accounts}}:password:{}", ann.id)]), "1", "the hash is apart");
    assert!(!app.data().join("vestibule.db").exists(), "no other database is made");
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn e8_sessions_in_redis_end_by_themselves_and_accounts_stay_in_the_file() {
    let server = Arc::new(RedisServer::start());
    let app = Plan::new().on_file().on_redis("sessions_url", &server).simple().start();
    let ann = app.user("ann@example.org").await;
    let metrics = app.get("/metrics").await.expect(200).text;
    assert!(metrics.contains(r#"vestibule_store_connections{pool="sessions_redis",state="#), "{metrics}");
    let keys = server.ask(&["KEYS", "*"]);
    let session = keys.lines().find(|key| key.contains(":session:")).unwrap_or_else(|| panic!("no session in {keys}"));
    let seconds: i64 = server.ask(&["TTL", session]).parse().unwrap();
    assert!(seconds > 3600, "{seconds}");
    assert!(!keys.contains(":user:") && !keys.contains("{accounts}:emails"), "{keys}");
    assert!(app.data().join("vestibule.db").exists());
    assert_eq!(server.ask(&["FLUSHALL"]), "OK");
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    ann.get("/me").await.expect(401);
    app.signin("ann@example.org").await.get("/me").await.expect(200);
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn e8_two_servers_have_pools_of_their_own_names() {
    let (accounts, sessions) = (Arc::new(RedisServer::start()), Arc::new(RedisServer::start()));
    let app = Plan::new().on_file().on_redis("database_url", &accounts).on_redis("sessions_url", &sessions).simple();
    let app = app.set("database_connections", "7").start();
    app.user("ann@example.org").await;
    let metrics = app.get("/metrics").await.expect(200).text;
    for pool in ["redis", "sessions_redis"] {
        let most = format!("vestibule_store_connections{{pool=\"{pool}\",state=\"max\"}} 7");
        assert!(metrics.contains(&most), "{metrics}");
    }
    assert!(sessions.ask(&["KEYS", "*:session:*"]).contains("session") && !sessions.ask(&["KEYS", "*"]).contains(":user:"));
    // The other way round: one store has one pool.
    let (_server, app) = alone();
    let metrics = app.get("/metrics").await.expect(200).text;
    assert!(metrics.contains("pool=\"redis\"") && !metrics.contains("sessions_redis"), "{metrics}");
}

#[tokio::test]
#[cfg_attr(not(all(postgresql, redis)), ignore = "PostgreSQL or redis-server is missing: `cargo xtask test` looks for both")]
async fn e8_accounts_in_postgresql_and_sessions_in_redis() {
    let server = Arc::new(RedisServer::start());
    let app = Plan::new().on(Database::like_template()).on_redis("sessions_url", &server).simple().start();
    let root = app.admin().await;
    let mut ann = app.user("ann@example.org").await;
    root.send(reqwest::Method::POST, "/roles", Some(&json!({ "name": "editor", "description": "" }))).await.expect(201);
    ann.renew().await.expect(200);
    assert_eq!(app.texts("SELECT email FROM users ORDER BY id").await, ["root@example.org", "ann@example.org"]);
    assert_eq!(app.number("SELECT count(*) FROM roles WHERE name = 'editor'").await, 1);
    assert!(app.number("SELECT count(*) FROM signins").await >= 1);
    // What PostgreSQL alone has.
    let mut accounts = crate::database::Database::open(&app.database_url()).await;
    assert_eq!(accounts.column::<i64>("SELECT count(*) FROM sessions").await, [0]);
    let sessions = server.ask(&["KEYS", "*:session:*"]);
    assert_eq!(sessions.lines().count(), 2, "{sessions}");
    for session in sessions.lines() {
        assert!(server.ask(&["TTL", session]).parse::<i64>().unwrap() > 3600, "{session}");
    }
    server.stop();
    ann.renew().await.problem(503, "store_unavailable");
    assert_eq!(accounts.column::<i64>("SELECT count(*) FROM users").await, [2]);
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn e7_a_deleted_account_leaves_nothing_in_either_store() {
    let server = Arc::new(RedisServer::start());
    let app = Plan::new().on_file().on_redis("sessions_url", &server).simple().start();
    let ann = app.user("ann@example.org").await;
    let change = json!({ "email": "anna@example.org" });
    let asked = ann.send(reqwest::Method::PUT, "/me/email", Some(&change)).await;
    assert!(asked.status.is_success(), "{}", asked.text);
    assert!(server.ask(&["KEYS", "*{proofs}:proof:*"]).contains("proof"));
    ann.send(reqwest::Method::DELETE, "/me", None).await;
    for pattern in ["*:session:*", "*{proofs}:proof:*", "*{proofs}:of:*"] {
        assert_eq!(server.ask(&["KEYS", pattern]), "", "{pattern}");
    }
    ann.get("/me").await.expect(401);
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn a6_every_command_works_on_redis_alone() {
    let (_server, app) = alone();
    let root = app.admin().await;
    app.user("ann@example.org").await;
    assert_eq!(root.get("/users").await.expect(200).json["total"], json!(2));
    let said = |arguments: &[&str]| {
        let output = app.command(arguments).output().expect("it runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(said(&["keys", "list"]).lines().count(), 1);
    said(&["keys", "rotate", "--after", "0s"]);
    assert_eq!(said(&["keys", "list"]).lines().count(), 2);
    let exported = said(&["users", "export", "-", "--with-hashes"]);
    assert!(exported.contains("ann@example.org") && exported.contains("root@example.org"), "{exported}");
    let file = app.plugins().with_file_name("users.jsonl");
    std::fs::write(&file, exported.replace("ann@", "bob@").replace("root@", "cyd@")).unwrap();
    said(&["users", "import", file.to_str().unwrap()]);
    app.signin("bob@example.org").await.get("/me").await.expect(200);
    assert_eq!(root.get("/users").await.expect(200).json["total"], json!(4));
    said(&["migrate"]);
    said(&["plugin", "list"]);
}
