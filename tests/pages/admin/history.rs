//! Sign-ins and the audit log: narrowed by the address, and paged without losing that.

use serde_json::json;

use super::{ANN, ROOT, root};
use crate::{app::App, recovery::letter};

#[tokio::test]
async fn b10_sign_ins_are_filtered_and_paged() {
    let app = App::simple();
    app.admin().await;
    let ann = app.user(ANN).await;
    letter::signin(&app, ANN, "a wrong password").await.expect(400);
    let mut browser = root(&app).await;
    browser.open("/admin/signins").await.expect(200).shows(&["invalid_credentials", "simple", "127.0.0.1"]);
    let refused = browser.open("/admin/signins?result=invalid_credentials").await.expect(200);
    assert_eq!(refused.text.matches("<tr>").count(), 2, "the heading and one: {}", refused.text);
    let own = browser.open(&format!("/admin/signins?user={}&provider=simple", ann.id)).await.expect(200);
    assert!(own.has_link(&format!("/admin/users/{}", ann.id)), "{}", own.text);
    browser.open("/admin/signins?provider=other").await.expect(200).shows(&["Nothing found"]);
    let wrong = browser.open("/admin/signins?user=x&result=ok").await.expect(400);
    assert!(wrong.text.contains("id=\"filter-user-error\"") && wrong.text.contains("value=\"ok\""), "{}", wrong.text);

    letter::sql(
        &app,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
         INSERT INTO signins (id, user_id, at, provider, result, address, user_agent)
         SELECT 9000 + i, NULL, 1700000000000000 + i, 'old', 'no_account', '192.0.2.' || i, 'x' FROM n",
    )
    .await;
    let first = browser.open("/admin/signins?provider=old&result=no_account").await.expect(200);
    let first = first.shows(&["192.0.2.30", "192.0.2.6", "30 in all"]).hides(&["192.0.2.5<"]);
    let next = "/admin/signins?provider=old&result=no_account&page_num=2";
    assert!(first.has_link(next), "{}", first.text);
    browser.open(next).await.expect(200).shows(&["192.0.2.5<", "192.0.2.1<"]).hides(&["192.0.2.6<"]);
    let after = browser.open("/admin/signins?provider=old&next=9006").await.expect(200);
    after.shows(&["192.0.2.5<"]).hides(&["192.0.2.6<"]);
}

#[tokio::test]
async fn rule28_the_audit_log_is_read_in_the_page() {
    let app = App::simple();
    let admin = app.admin().await;
    let ann = app.user(ANN).await;
    let mut browser = root(&app).await;
    let path = format!("/admin/users/{}", ann.id);
    browser.fill(&path, &format!("{path}/roles"), &[("role", "admin")]).await.expect(200).shows(&["user.grant_role"]);
    let all = browser.open("/admin/audit").await.expect(200).shows(&["user.set_admin", "operator", "user.grant_role"]);
    assert!(all.has_link(&path) && all.has_link(&format!("/admin/users/{}", admin.id)), "{}", all.text);
    for filter in [format!("actor={}", admin.id), "action=user.grant_role".to_owned(), format!("target=user:{}", ann.id)] {
        browser.open(&format!("/admin/audit?{filter}")).await.expect(200).shows(&["user.grant_role"]).hides(&["user.set_admin"]);
    }
    browser.open("/admin/audit?actor=operator").await.expect(200).shows(&["user.set_admin"]).hides(&["user.grant_role"]);
    let wrong = browser.open("/admin/audit?actor=nobody").await.expect(400);
    assert!(wrong.text.contains("id=\"filter-actor-error\""), "{}", wrong.text);
    let user = browser.open(&path).await.expect(200);
    assert!(user.has_link(&format!("/admin/audit?target=user:{}", ann.id)) && user.has_link(&format!("/admin/signins?user={}", ann.id)));
    assert_eq!(admin.get(&format!("/users/{}", ann.id)).await.expect(200).json["roles"], json!(["admin"]));
    browser.open("/admin/users").await.expect(200).shows(&[ROOT]);
}

#[tokio::test]
async fn b10_what_is_not_counted_to_the_end_is_said_so() {
    let app = App::simple();
    app.admin().await;
    letter::sql(
        &app,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10001)
         INSERT INTO signins (id, user_id, at, provider, result, address, user_agent)
         SELECT 9000 + i, NULL, 1700000000000000 + i, 'many', 'no_account', '192.0.2.1', 'x' FROM n",
    )
    .await;
    let mut browser = root(&app).await;
    let page = browser.open("/admin/signins?provider=many").await.expect(200).shows(&["more than 10,000 in all"]);
    let page = page.hides(&["10000 in all"]);
    browser.submit(&page, "/language", &[("language", "ru")]).await.expect(200).shows(&["больше 10 000 всего"]);
}
