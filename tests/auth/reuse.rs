//! A spent refresh token that comes back late: stolen, or its thief has been faster.

use serde_json::json;

use crate::app::Plan;

#[tokio::test]
async fn e3_a_late_replay_ends_the_session_and_the_user_hears_of_it() {
    let app = Plan::new().simple().set("retry_window", "0s").start();
    let mut ann = app.user("ann@example.org").await;
    let elsewhere = app.signin("ann@example.org").await;
    let stolen = json!({ "refresh_token": ann.refresh });
    ann.renew().await.expect(200);
    ann.get("/me").await.expect(200);
    assert!(app.mails().is_empty());

    app.post("/auth/refresh", &stolen).await.problem(401, "token_reused");
    ann.get("/me").await.problem(401, "session_ended");
    ann.get("/auth/check").await.problem(401, "session_ended");
    ann.renew().await.problem(401, "token_invalid");
    app.post("/auth/refresh", &stolen).await.problem(401, "token_invalid");
    elsewhere.get("/me").await.expect(200);

    let mail = app.mail(1).await;
    assert!(mail.contains("To: ann@example.org") && mail.contains("used twice"), "{mail}");
    for secret in [&ann.access, &ann.refresh] {
        assert!(!mail.contains(secret.as_str()) && !app.log().contains(secret.as_str()));
    }
    let audit = app.texts("SELECT actor || ' ' || action || ' ' || target FROM audit WHERE action LIKE 'session.%'").await;
    assert_eq!(audit, [format!("gateway session.reuse user:{}", ann.id)]);
    assert_eq!(app.texts("SELECT end_reason FROM sessions WHERE ended_at IS NOT NULL").await, ["reuse"]);
    assert_eq!(app.mails().len(), 1, "one mail for one theft");
}

#[tokio::test]
async fn e3_a_replay_after_the_window_ends_the_session() {
    let app = Plan::new().simple().set("retry_window", "1s").start();
    let mut ann = app.user("ann@example.org").await;
    let spent = json!({ "refresh_token": ann.refresh });
    ann.renew().await.expect(200);
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    app.post("/auth/refresh", &spent).await.problem(401, "token_reused");
    ann.renew().await.problem(401, "token_invalid");
}

#[tokio::test]
async fn e3_a_deleted_user_is_not_refreshed() {
    let app = Plan::new().simple().start();
    let mut ann = app.user("ann@example.org").await;
    let elsewhere = app.signin("ann@example.org").await;
    elsewhere.send(reqwest::Method::DELETE, "/me", None).await.expect(204);
    ann.renew().await.problem(401, "token_invalid");
}
