//! What an operator is told: settings that lose data, data of a newer program, and never a password.

use std::sync::Arc;

use crate::{app::Plan, redis_server::RedisServer};

fn output(plan: &Plan, arguments: &[&str]) -> String {
    let output = plan.command(arguments).output().expect("it runs");
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn a6_what_may_lose_data_is_said_at_start_and_by_the_doctor() {
    let careless = Arc::new(RedisServer::start_with(&["--maxmemory-policy", "allkeys-lru"]));
    let sound = Arc::new(RedisServer::start_with(&["--appendonly", "yes"]));
    for (setting, what, loss) in [("database_url", "database", "accounts"), ("sessions_url", "sessions", "everybody is signed out")] {
        let plan = Plan::new().on_file().on_redis(setting, &careless);
        let said = output(&plan, &["doctor"]);
        assert!(said.contains(&format!("warn  {what}: Redis has appendonly off")) && said.contains(loss), "{said}");
        assert!(
            said.contains("maxmemory-policy allkeys-lru") && said.contains("put `maxmemory-policy noeviction` into redis.conf"),
            "{said}"
        );
        let app = plan.start();
        assert!(app.log().contains("appendonly") && app.log().contains("noeviction"), "{}", app.log());
        let said = output(&Plan::new().on_file().on_redis(setting, &sound), &["doctor"]);
        assert!(said.contains(&format!("ok    {what}: Redis keeps what it is given")), "{said}");
        let app = Plan::new().on_file().on_redis(setting, &sound).start();
        assert!(!app.log().contains("appendonly"), "{}", app.log());
    }
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn a6_what_cannot_be_asked_is_unknown() {
    let server = Arc::new(RedisServer::start_with(&["--rename-command", "INFO", ""]));
    let said = output(&Plan::new().on_file().on_redis("database_url", &server), &["doctor"]);
    assert!(said.contains("Redis does not tell whether appendonly is on"), "{said}");
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn a6_data_of_a_newer_program_is_refused() {
    let server = Arc::new(RedisServer::start());
    let plan = Plan::new().on_file().on_redis("database_url", &server);
    assert!(output(&plan, &["migrate"]).contains("the database is up to date"));
    assert_eq!(server.ask(&["SET", "vestibule:layout", "99"]), "OK");
    for arguments in [["serve"], ["migrate"], ["doctor"]] {
        let said = output(&plan, &arguments);
        assert!(said.contains("newer than this program"), "{said}");
    }
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn a6_without_migration_on_start_an_empty_redis_is_refused() {
    let server = Arc::new(RedisServer::start());
    let plan = Plan::new().on_file().on_redis("database_url", &server).set("migrate_on_start", "false");
    assert!(output(&plan, &["serve"]).contains("run `vestibule migrate`"));
    output(&plan, &["migrate"]);
    plan.start();
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn rule27_a_password_in_the_url_is_never_shown() {
    let server = Arc::new(RedisServer::start_with(&["--requirepass", "lantern"]));
    for url in [format!("{}?pass=hunter2", server.url()), "redis://v:hunter2@127.0.0.1:1/".to_owned(), "redis://v:hunter2@[/".to_owned()] {
        for setting in ["database_url", "sessions_url"] {
            let plan = Plan::new().on_file().set(setting, &url);
            for arguments in [["serve"], ["doctor"]] {
                let said = output(&plan, &arguments);
                assert!(!said.contains("hunter2"), "{said}");
                assert!(said.contains("Redis"), "{said}");
            }
        }
    }
    let plan = Plan::new().on_file().set("database_url", &format!("{}?pass=lantern", server.url()));
    let app = plan.start();
    app.get("/health/ready").await.expect(200);
    assert!(!app.log().contains("lantern"));
}
