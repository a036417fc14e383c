//! Starting: several processes at once on a store without anything, and one on a store that a newer program has changed.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Stdio},
};

use serde_json::json;

use crate::{
    actor::{PASSWORD, read},
    app::Plan,
    auth::jwt,
    store_kind::{StoreKind, on_each_store},
};

on_each_store! { tables:
    several_processes_make_one_store,
    a_newer_store_is_refused_with_the_way_out,
}

/// Ends with the value.
struct Started {
    child: Child,
    base: String,
}

impl Drop for Started {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All of them are under way before the first is waited for.
fn start_together(plan: &Plan, count: usize) -> Vec<Started> {
    let log = || std::fs::OpenOptions::new().create(true).append(true).open(plan.path().join("log")).unwrap();
    let spawn = |_| plan.command(&["serve"]).stdout(Stdio::piped()).stderr(log()).spawn().unwrap();
    let children: Vec<Child> = (0..count).map(spawn).collect();
    let listening = |mut child: Child| {
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let base = lines.find_map(|line| line.strip_prefix("listening on ").map(ToOwned::to_owned));
        let said = || std::fs::read_to_string(plan.path().join("log")).unwrap();
        Started { child, base: base.unwrap_or_else(|| panic!("one did not come up:\n{}", said())) }
    };
    children.into_iter().map(listening).collect()
}

/// The secret key is made by one of them too.
async fn several_processes_make_one_store(store: StoreKind) {
    let plan = store.empty().unset("secret_key").simple();
    let started = start_together(&plan, 3);
    let mut database = plan.database().await;
    let migrations: Vec<i64> = database.column("SELECT version FROM _sqlx_migrations ORDER BY version").await;
    assert_eq!(migrations, (1..=i64::try_from(migrations.len()).unwrap()).collect::<Vec<_>>(), "each once");
    assert_eq!(database.column::<i64>("SELECT COUNT(*) FROM signing_keys").await, [1]);
    let another = plan.start();
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    let made = another.http.post(format!("{}/auth/signup/", started[0].base)).json(&body).send().await.unwrap();
    let token = read(made).await.expect(200).str("/access_token");
    for base in started.iter().map(|started| &started.base).chain([&another.base]) {
        let me = another.http.get(format!("{base}/me")).bearer_auth(&token).send().await.unwrap();
        assert_eq!(me.status(), 200, "one secret key, one signing key: {}", jwt::kid(&token));
    }
}

async fn a_newer_store_is_refused_with_the_way_out(store: StoreKind) {
    let plan = store.plan();
    assert!(plan.command(&["migrate"]).output().unwrap().status.success());
    let (sum, time) = if store == StoreKind::Sqlite { ("x'00'", "CURRENT_TIMESTAMP") } else { ("'\\x00'", "now()") };
    let newer = format!(
        "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
         VALUES (9001, 'of tomorrow', {time}, TRUE, {sum}, 1)"
    );
    plan.database().await.run(&newer).await;
    for arguments in [&["serve"][..], &["migrate"], &["set-admin", "root@example.org", PASSWORD]] {
        let refused = plan.command(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}: {said}");
        for part in ["the database is newer than this program", "9001", "start the newer version of vestibule, or restore a backup"] {
            assert!(said.contains(part), "{arguments:?}: {part} is not in {said}");
        }
    }
    let users: Vec<i64> = plan.database().await.column("SELECT COUNT(*) FROM users").await;
    assert_eq!(users, [0], "nothing was done");
}
