//! `/auth/check`, as a proxy calls it for each request.

use crate::{
    actor::read,
    app::{App, Plan},
};

#[tokio::test]
async fn f_check_names_the_user_in_headers() {
    let app = App::simple();
    let (ann, root) = (app.user("ann@example.org").await, app.admin().await);
    for path in ["/auth/check", "/auth/check/"] {
        let answer = ann.get(path).await.expect(200);
        assert_eq!(answer.headers["x-auth-user-id"], ann.id.to_string());
        assert_eq!(answer.headers["x-auth-email"], "ann@example.org");
        assert_eq!(answer.headers["x-auth-roles"], "");
        assert_eq!(answer.json["user_id"], ann.id);
    }
    assert_eq!(root.get("/auth/check").await.expect(200).headers["x-auth-roles"], "admin");
    app.get("/auth/check").await.problem(401, "token_missing");
    assert!(!app.get("/auth/check").await.headers.contains_key("x-auth-user-id"));
}

#[tokio::test]
async fn f_check_demands_a_role() {
    let app = App::simple();
    let (ann, root) = (app.user("ann@example.org").await, app.admin().await);
    root.get("/auth/check?role=admin").await.expect(200);
    let refused = ann.get("/auth/check?role=admin").await.problem(403, "forbidden");
    assert!(!refused.headers.contains_key("x-auth-user-id"));
    for query in ["role=", "role=Admin", "role=admin,", "role=admin%00", "role=%ff"] {
        let answer = root.get(&format!("/auth/check?{query}")).await;
        assert!(matches!(answer.status.as_u16(), 400 | 403), "{query}: {}", answer.text);
    }
    root.get(&format!("/auth/check?role={}", "x".repeat(61))).await.expect(400);
    app.get("/auth/check?role=admin").await.problem(401, "token_missing");
}

/// An address may hold letters beyond ASCII before the @; the service behind the proxy must get them whole.
#[tokio::test]
async fn f_check_gives_addresses_beyond_ascii_as_utf8() {
    let app = App::simple();
    let user = app.user("jürgen@bücher.example").await;
    let answer = user.get("/auth/check").await.expect(200);
    assert_eq!(
        answer.headers.get("x-auth-email").map(reqwest::header::HeaderValue::as_bytes),
        Some("jürgen@xn--bcher-kva.example".as_bytes())
    );
}

/// Identity headers that the caller sends mean nothing.
#[tokio::test]
async fn rule25_check_ignores_identity_headers_of_the_caller() {
    let app = App::simple();
    let (ann, root) = (app.user("ann@example.org").await, app.admin().await);
    let request = app.http.get(app.url("/auth/check?role=admin")).bearer_auth(&ann.access);
    let request = request.header("x-auth-user-id", root.id.to_string()).header("x-auth-roles", "admin");
    read(request.send().await.unwrap()).await.problem(403, "forbidden");
}

#[tokio::test]
async fn f_check_writes_nothing() {
    let app = Plan::new().on_file().simple().start();
    let ann = app.user("ann@example.org").await;
    // The gateway's own entries of its start come beside the requests.
    while app.number("SELECT COUNT(*) FROM audit WHERE action = 'provider.loaded'").await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let mut database = app.database().await;
    // Changes whenever another connection has written.
    let mut version = async || database.column::<i64>("PRAGMA data_version").await[0];
    let before = version().await;
    for path in ["/auth/check", "/auth/check?role=admin", "/me", "/me/sessions", "/auth/providers", "/health/ready"] {
        ann.get(path).await;
        app.get(path).await;
    }
    assert_eq!(version().await, before);
    ann.post("/auth/logout").await.expect(204);
    assert_ne!(version().await, before, "a write would be seen");
}

#[tokio::test]
async fn rule10_a_role_that_is_taken_away_does_not_pass_the_check() {
    let app = App::simple();
    let root = app.admin().await;
    root.get("/auth/check?role=admin").await.expect(200);
    app.run("DELETE FROM user_roles").await;
    // Another process took it away: believed for a second at most, though the token still says it.
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    root.get("/auth/check?role=admin").await.problem(403, "forbidden");
}
