//! Mails on their way out.

use reqwest::Method;
use serde_json::json;

use super::{audited, root};
use crate::{
    app::{App, Plan},
    patience::until,
    port,
};

async fn tried(app: &App, attempts: i64) -> i64 {
    let failed = format!("SELECT count(*) FROM outbox WHERE attempts >= {attempts} AND last_error IS NOT NULL");
    until("a try that fails", async || (app.number(&failed).await > 0).then_some(())).await;
    app.number("SELECT id FROM outbox").await
}

#[tokio::test]
async fn b9_mail_that_waits_is_seen_tried_again_and_discarded() {
    let app = Plan::new().simple().set("mail_url", &format!("smtp://127.0.0.1:{}", port::free())).set("mail_timeout", "3s").start();
    let admin = app.admin().await;
    admin.send(Method::POST, "/invites", Some(&json!({ "email": "ann@example.org" }))).await.expect(201);
    let id = tried(&app, 1).await;
    let mut browser = root(&app).await;
    let page = browser.open("/admin/outbox?state=pending").await.expect(200).shows(&["ann@example.org", "invitation", "waiting"]);
    assert!(!page.text.contains("/invite?token="), "never what a mail says");
    browser.open("/admin/outbox?state=sent").await.expect(200).shows(&["Nothing found"]);
    assert!(browser.open("/admin/outbox?state=lost").await.expect(400).text.contains("id=\"filter-state-error\""));
    let retry = format!("/admin/outbox/{id}/retry");
    browser.submit(&page, &retry, &[]).await.expect(200).shows(&["tried again now"]);
    tried(&app, 2).await;
    let ask = format!("/admin/outbox/{id}/discard");
    assert!(page.has_link(&ask) && !page.has_form(&ask), "asks first");
    let asked = browser.open(&ask).await.expect(200).shows(&["Discard this mail?"]);
    browser.submit(&asked, &ask, &[]).await.expect(200).shows(&["Deleted.", "Nothing found"]);
    browser.submit(&asked, &ask, &[]).await.expect(404);
    assert_eq!(audited(&admin, &format!("mail:{id}")).await, ["mail.delete", "mail.retry"]);
}
