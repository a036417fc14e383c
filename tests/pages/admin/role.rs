//! Roles.

use super::{ANN, audited, root};
use crate::app::App;

#[tokio::test]
async fn b10_roles_are_made_and_deleted() {
    let app = App::simple();
    let admin = app.admin().await;
    let ann = app.user(ANN).await;
    let mut browser = root(&app).await;
    let page = browser.open("/admin/roles").await.expect(200).shows(&["built in"]);
    assert!(!page.has_link("/admin/roles/admin"), "the gateway itself needs it");
    let wrong = browser.submit(&page, "/admin/roles", &[("name", "No Name"), ("description", "Reads")]).await.expect(400);
    assert!(wrong.text.contains("id=\"role-name-error\""), "{}", wrong.text);
    assert_eq!(wrong.form("/admin/roles", &[]).value("description"), Some("Reads"), "what was typed stays");
    let made = browser.submit(&wrong, "/admin/roles", &[("name", "reader"), ("description", "<b>Reads</b>")]).await.expect(200);
    let made = made.shows(&["Created.", "reader", "<b>Reads</b>"]);
    assert!(!made.text.contains("<b>"), "{}", made.text);
    browser.submit(&made, "/admin/roles", &[("name", "reader")]).await.expect(400).shows(&["A role of this name exists"]);

    let path = format!("/admin/users/{}", ann.id);
    browser.fill(&path, &format!("{path}/roles"), &[("role", "reader")]).await.expect(200);
    let asked = browser.open("/admin/roles/reader").await.expect(200).shows(&["Delete this role?", "reader", "loses it"]);
    browser.submit(&asked, "/admin/roles/reader", &[]).await.expect(200).shows(&["Deleted."]).hides(&["reader"]);
    assert_eq!(ann.get("/me").await.expect(200).json["roles"], serde_json::json!([]));
    assert_eq!(audited(&admin, "role:reader").await, ["role.delete", "role.create"]);
    browser.fill("/admin/roles/admin", "/admin/roles/admin", &[]).await.expect(400).shows(&["built in"]);
}
