//! One's own account: its end.

use reqwest::Method;

use crate::{
    actor::User,
    app::App,
    patience::{eventually, until},
};

async fn count(app: &App, table: &str) -> i64 {
    app.number(&format!("SELECT COUNT(*) FROM {table}")).await
}

#[tokio::test]
async fn e7_a_deleted_account_takes_its_sessions_along_and_frees_its_address() {
    let app = App::simple();
    let (here, mut elsewhere) = (app.user("ann@example.org").await, app.signin("ann@example.org").await);
    let bob = app.user("bob@example.org").await;
    elsewhere.get("/auth/check").await.expect(200);
    here.send(Method::DELETE, "/me", None).await.expect(204);
    for path in ["/me", "/auth/check", "/me/sessions"] {
        here.get(path).await.problem(401, "session_ended");
        elsewhere.get(path).await.problem(401, "session_ended");
    }
    elsewhere.renew().await.problem(401, "token_invalid");
    bob.get("/me").await.expect(200);
    for table in ["users", "identities", "credentials"] {
        assert_eq!(count(&app, table).await, 1, "{table}");
    }
    let again = app.user("ann@example.org").await;
    assert!(again.id > bob.id, "an id is for one account only");
    here.get("/me").await.problem(401, "session_ended");
}

#[tokio::test]
async fn rule28_the_last_administrator_stays() {
    let app = App::simple();
    let root = app.admin().await;
    root.send(Method::DELETE, "/me", None).await.problem(400, "last_administrator");
    root.get("/auth/check?role=admin").await.expect(200);
    let ann = app.user("ann@example.org").await;
    ann.send(Method::DELETE, "/me", None).await.expect(204);

    let made = app.command(&["set-admin", "second@example.org", crate::actor::PASSWORD]).output().unwrap();
    assert!(made.status.success());
    root.send(Method::DELETE, "/me", None).await.expect(204);
    let second = app.signin("second@example.org").await;
    second.send(Method::DELETE, "/me", None).await.problem(400, "last_administrator");
}

#[tokio::test]
async fn rule28_of_two_administrators_who_leave_at_once_one_stays() {
    let app = App::simple();
    let root = app.admin().await;
    assert!(app.command(&["set-admin", "second@example.org", crate::actor::PASSWORD]).output().unwrap().status.success());
    let second = app.signin("second@example.org").await;
    let leave = async |user: &User<'_>| user.send(Method::DELETE, "/me", None).await.status.as_u16();
    let mut statuses = <[u16; 2]>::from(tokio::join!(leave(&root), leave(&second)));
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 400]);
    assert_eq!(count(&app, "user_roles").await, 1);
}

#[tokio::test]
async fn rule10_set_admin_on_an_account_ends_its_sessions() {
    let app = App::simple();
    let mut ann = app.user("root@example.org").await;
    let root = app.admin().await;
    assert_eq!(root.id, ann.id, "promoted, not made anew");
    ann.renew().await.problem(401, "token_invalid");
    // Another process ended it: believed for a second at most.
    until("the end of the session", async || (ann.get("/me").await.status != 200).then_some(())).await;
    ann.get("/me").await.problem(401, "session_ended");
    eventually("the audit entry", || app.log().contains("signed up").then_some(())).await;
    assert_eq!(app.number("SELECT COUNT(*) FROM audit WHERE action = 'user.set_admin'").await, 1);
}
