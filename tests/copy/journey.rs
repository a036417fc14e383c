//! There and back, with gateways on either end.

use std::{fs, sync::Arc};

use super::{
    copies, file,
    filled::{Filled, fill, goes_on, plan},
};
use crate::{
    app::{App, Plan},
    postgresql::Database,
    redis_server::RedisServer,
};

/// A gateway on a file, filled and stopped.
async fn filled() -> (App, Filled) {
    let mut app = plan(Plan::new().on_file()).start();
    let filled = fill(&mut app).await;
    (app, filled)
}

/// The gateway of the same secret key on another store.
async fn goes_on_at(app: &mut App, url: &str, sessions_url: &str, filled: &Filled) {
    let mail = app.plugins().with_file_name("mail");
    // Those of the gateway before, if there was one.
    let _ = fs::remove_dir_all(&mail);
    app.set("mail_url", &format!("file:{}", mail.display()));
    app.set("database_url", url);
    app.set("sessions_url", sessions_url);
    app.restart();
    goes_on(app, filled).await;
    app.terminate();
    app.ended().await;
}

/// Into the store and out again into a file, and a gateway on each.
async fn there_and_back(url: &str) {
    let (mut app, filled) = filled().await;
    let (begin, end) = (app.database_url(), file(&app, "end.db"));
    app.set("new_store_of_this_test", url);
    let there = copies(&app, &["--from", &begin, "--to", "env:VESTIBULE_NEW_STORE_OF_THIS_TEST"]);
    let back = copies(&app, &["--from", url, "--to", &end]);
    assert_eq!(there, back);
    for kind in [
        "roles",
        "users",
        "invitations",
        "sign-ins",
        "hours of sign-ins",
        "audit entries",
        "mails",
        "switches",
        "signing keys",
        "sessions",
        "pending steps",
    ] {
        assert!(there.iter().any(|line| line.starts_with(kind)), "no {kind} in {there:#?}");
    }
    goes_on_at(&mut app, url, "", &filled).await;
    goes_on_at(&mut app, &end, "", &filled).await;
}

#[tokio::test]
#[cfg_attr(not(postgresql), ignore = "PostgreSQL was not started: `cargo xtask test` does")]
async fn a6_from_a_file_to_postgresql_and_back() {
    let database = Database::empty();
    there_and_back(&database.url()).await;
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn a6_from_a_file_to_redis_and_back() {
    let server = RedisServer::start();
    there_and_back(&server.url()).await;
}

#[tokio::test]
#[cfg_attr(not(all(postgresql, redis)), ignore = "it takes both PostgreSQL and redis-server: `cargo xtask test` looks for them")]
async fn a6_sessions_move_apart_and_together_again() {
    let (database, sessions, whole) = (Database::empty(), RedisServer::start(), RedisServer::start());
    let (mut app, filled) = filled().await;
    let (begin, end) = (app.database_url(), file(&app, "end.db"));
    let apart = ["--from", &begin, "--to", &database.url(), "--sessions-to", &sessions.url()];
    let there = copies(&app, &apart);
    assert!(!sessions.ask(&["KEYS", "*"]).contains(":user:"), "accounts stay where they belong");
    let on = copies(&app, &["--from", &database.url(), "--sessions-from", &sessions.url(), "--to", &whole.url()]);
    let back = copies(&app, &["--from", &whole.url(), "--to", &end]);
    assert_eq!((&there, &on), (&on, &back));
    goes_on_at(&mut app, &database.url(), &sessions.url(), &filled).await;
    goes_on_at(&mut app, &whole.url(), "", &filled).await;
    goes_on_at(&mut app, &end, "", &filled).await;
}

/// All keys of a Redis but limits and marks of numbers, with digests of what they hold, and whether they end by themselves.
const DUMP: &str = r"
    local lines = {}
    for i, key in ipairs(redis.call('KEYS', '*')) do
      local kind, held = redis.call('TYPE', key).ok, nil
      if kind == 'string' then held = { redis.call('GET', key) } end
      if kind == 'hash' then
        held = {}
        local all = redis.call('HGETALL', key)
        for at = 1, #all, 2 do held[#held + 1] = all[at] .. '=' .. all[at + 1] end
      end
      if kind == 'set' then held = redis.call('SMEMBERS', key) end
      if kind == 'zset' then held = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end
      if kind ~= 'zset' then table.sort(held) end
      local ends = redis.call('PTTL', key) > 0 and 'ends' or 'stays'
      if not (string.find(key, '{limits}') or string.find(key, ':last$')) then
        lines[#lines + 1] = key .. ' ' .. kind .. ' ' .. ends .. ' ' .. redis.sha1hex(table.concat(held, '|'))
      end
    end
    table.sort(lines)
    return lines";

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn a6_what_is_copied_into_redis_is_what_the_gateway_would_have_written() {
    let (server, other) = (Arc::new(RedisServer::start()), RedisServer::start());
    let mut app = plan(Plan::new().on_file().on_redis("database_url", &server)).start();
    fill(&mut app).await;
    let between = file(&app, "between.db");
    copies(&app, &["--from", &server.url(), "--to", &between]);
    copies(&app, &["--from", &between, "--to", &other.url()]);
    let dump = |server: &RedisServer| server.ask(&["EVAL", DUMP, "0"]);
    let (before, after) = (dump(&server), dump(&other));
    assert!(before.lines().count() > 60, "{before}");
    let missing: Vec<&str> = before.lines().filter(|line| !after.contains(line)).collect();
    let added: Vec<&str> = after.lines().filter(|line| !before.contains(line)).collect();
    assert_eq!((missing, added), (Vec::new(), Vec::new()));
}
