//! Users, found and changed.

use reqwest::Method;
use serde_json::json;

use super::{ANN, ROOT, audited, root};
use crate::{
    actor::{PASSWORD, User},
    app::{App, Plan},
    recovery::letter,
};

fn page_of(user: &User<'_>) -> String {
    format!("/admin/users/{}", user.id)
}

#[tokio::test]
async fn b10_users_are_found_by_address_and_paged() {
    let app = App::simple();
    app.admin().await;
    app.user(ANN).await;
    letter::sql(
        &app,
        "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 159)
         INSERT INTO users (id, email, email_verified, disabled, created_at)
         SELECT 1000 + i, 'many' || i || '@example.org', FALSE, FALSE, 1700000000000000 FROM n",
    )
    .await;
    letter::sql(&app, "INSERT INTO user_blocks (block, users) VALUES (1, 60)").await;
    let mut browser = root(&app).await;
    let all = browser.open("/admin/users").await.expect(200).shows(&[ROOT, ANN, "admin", "62 in all", "14 Nov 2023"]);
    assert!(all.has_link("/admin/users?page_num=2"), "{}", all.text);
    let found = browser.open("/admin/users?q=ANN").await.expect(200).shows(&[ANN, "1 in all"]).hides(&[ROOT, "many100"]);
    assert!(found.has_link("/admin/users"), "a way back to all");
    let second = browser.open("/admin/users?q=many&page_num=2").await.expect(200).shows(&["many125@", "many149@", "Page 2 · 60"]);
    assert!(second.has_link("/admin/users?q=many&page_num=3") && second.has_link("/admin/users?q=many&page_num=1"));
    browser.open("/admin/users?q=many&page_num=3").await.expect(200).shows(&["many150@", "many159@"]).hides(&["many149@"]);
    let id = app.number("SELECT id FROM users WHERE email = 'many149@example.org'").await;
    let after = browser.open(&format!("/admin/users?q=many&next={id}")).await.expect(200).shows(&["many150@"]).hides(&["many149@"]);
    assert!(after.has_link("/admin/users?q=many&page_num=1"));
    browser.open("/admin/users?q=nobody").await.expect(200).shows(&["Nothing found"]);
    for wrong in ["q=%00", "page_num=0", "page_num=x", "next=x"] {
        let page = browser.open(&format!("/admin/users?{wrong}")).await.expect(400);
        assert!(page.text.contains("class=\"wrong\""), "{wrong}: {}", page.text);
    }
}

#[tokio::test]
async fn b7_a_user_is_changed_and_mistakes_stand_beside_the_fields() {
    let app = App::simple();
    let admin = app.admin().await;
    let ann = app.user(ANN).await;
    let (path, mut browser) = (page_of(&ann), root(&app).await);
    let page = browser.open(&path).await.expect(200).shows(&[ANN, "not verified", "simple"]);
    let wrong = browser.submit(&page, &path, &[("email", "x"), ("display_name", "Ann"), ("locale", "!")]).await.expect(400);
    assert!(wrong.text.contains("id=\"change-email-error\"") && wrong.text.contains("id=\"change-locale-error\""), "{}", wrong.text);
    assert_eq!(wrong.form(&path, &[("display_name", "")]).value("display_name"), Some("Ann"), "what was typed stays");
    assert_eq!(audited(&admin, &format!("user:{}", ann.id)).await, Vec::<String>::new());

    let taken = browser.submit(&page, &path, &[("email", ROOT)]).await.expect(400);
    taken.shows(&["An account with this e-mail address exists"]);
    let saved = browser.submit(&page, &path, &[("display_name", "Ann"), ("email_verified", "true")]).await.expect(200);
    saved.shows(&["Saved.", "verified"]);
    let user = admin.get(&format!("/users/{}", ann.id)).await.expect(200).json;
    assert_eq!(
        (&user["profile"]["display_name"], &user["display_name"], &user["email_verified"]),
        (&json!(null), &json!("Ann"), &json!(true))
    );
    let moved = browser.fill(&path, &path, &[("email", "new@example.org")]).await.expect(200);
    moved.shows(&["new@example.org", "not verified"]);
    let log = audited(&admin, &format!("user:{}", ann.id)).await;
    assert_eq!(log, ["user.change email", "user.change display_name, email_verified"]);
}

#[tokio::test]
async fn rule10_a_password_is_set_and_never_shown() {
    let app = App::simple();
    let admin = app.admin().await;
    let ann = app.user(ANN).await;
    let (path, mut browser) = (page_of(&ann), root(&app).await);
    let action = format!("{path}/password");
    let weak = browser.fill(&path, &action, &[("password", "password1")]).await.expect(400);
    assert!(weak.text.contains("id=\"set-password-error\"") && !weak.text.contains("password1"), "{}", weak.text);
    let set = browser.fill(&path, &action, &[("password", "another horse in the stable")]).await.expect(200);
    set.shows(&["The password is set"]).hides(&["another horse"]);
    ann.get("/me").await.problem(401, "session_ended");
    letter::signin(&app, ANN, PASSWORD).await.expect(400);
    letter::signin(&app, ANN, "another horse in the stable").await.expect(200);
    assert_eq!(audited(&admin, &format!("user:{}", ann.id)).await, ["user.change password"]);
}

#[tokio::test]
async fn b10_roles_are_given_and_taken_on_a_users_page() {
    let app = App::simple();
    let admin = app.admin().await;
    let ann = app.user(ANN).await;
    let (path, mut browser) = (page_of(&ann), root(&app).await);
    let given = browser.fill(&path, &format!("{path}/roles"), &[("role", "admin")]).await.expect(200).shows(&["The role was given"]);
    ann.get("/users").await.expect(200);
    let ask = format!("{path}/roles/admin");
    assert!(given.has_link(&ask), "{}", given.text);
    browser.fill(&ask, &ask, &[]).await.expect(200).shows(&["Taken back"]);
    ann.get("/users").await.expect(403);
    browser.open(&ask).await.expect(404);
    assert_eq!(audited(&admin, &format!("user:{}", ann.id)).await, ["user.revoke_role admin", "user.grant_role admin"]);
}

#[tokio::test]
async fn rule28_the_last_administrator_stays() {
    let app = App::simple();
    let admin = app.admin().await;
    let (path, mut browser) = (page_of(&admin), root(&app).await);
    for act in ["disable", "delete", "roles/admin"] {
        let ask = format!("{path}/{act}");
        browser.fill(&ask, &ask, &[]).await.expect(400).shows(&["The last administrator cannot be removed"]);
    }
    admin.get("/users").await.expect(200);
}

#[tokio::test]
async fn rule10_disabling_signing_out_and_deleting_ask_first() {
    let app = App::simple();
    let admin = app.admin().await;
    let mut ann = app.user(ANN).await;
    let (path, mut browser) = (page_of(&ann), root(&app).await);
    let page = browser.open(&path).await.expect(200);
    for act in ["disable", "delete", "sign-out"] {
        assert!(page.has_link(&format!("{path}/{act}")) && !page.has_form(&format!("{path}/{act}")), "{act} asks on a page of its own");
    }
    let act = |name: &str| format!("{path}/{name}");
    browser.fill(&act("sign-out"), &act("sign-out"), &[]).await.expect(200).shows(&["Signed out everywhere", "Nowhere signed in"]);
    ann.get("/me").await.problem(401, "session_ended");
    ann = app.signin(ANN).await;
    let disabled = browser.fill(&act("disable"), &act("disable"), &[]).await.expect(200).shows(&["Disabled", "disabled"]);
    ann.get("/me").await.expect(401);
    letter::signin(&app, ANN, PASSWORD).await.problem(400, "account_disabled");
    browser.submit(&disabled, &act("enable"), &[]).await.expect(200).shows(&["Enabled", "active"]);
    app.signin(ANN).await;
    let asked = browser.open(&act("delete")).await.expect(200).shows(&["Delete this user?", ANN, "for good"]);
    assert!(asked.has_link(&path), "a way back");
    let gone = browser.submit(&asked, &act("delete"), &[]).await.expect(200).shows(&["Deleted."]).hides(&[ANN]);
    assert!(gone.address.starts_with("/admin/users"));
    browser.open(&path).await.expect(404);
    let log = audited(&admin, &format!("user:{}", ann.id)).await;
    assert_eq!(log, ["user.delete", "user.change disabled", "user.change disabled", "user.logout_all"]);
}

#[tokio::test]
async fn b10_a_way_in_is_removed_and_never_the_last() {
    let app = Plan::new().simple().login().start();
    let admin = app.admin().await;
    let ann = app.user(ANN).await;
    let (path, mut browser) = (page_of(&ann), root(&app).await);
    let id = app.number("SELECT max(id) FROM identities").await;
    let ask = format!("{path}/identities/{id}");
    assert!(browser.open(&path).await.has_link(&ask));
    browser.fill(&ask, &ask, &[]).await.expect(400).shows(&["The last way in cannot be removed"]);
    let login = json!({ "type": "login", "login": "ann_7", "password": PASSWORD });
    ann.send(Method::POST, "/me/identities", Some(&login)).await.expect(200);
    let second = app.number("SELECT max(id) FROM identities").await;
    let ask = format!("{path}/identities/{second}");
    browser.fill(&ask, &ask, &[]).await.expect(200).shows(&["Removed."]);
    let log = audited(&admin, &format!("user:{}", ann.id)).await;
    assert!(log[0].starts_with("identity.remove login"), "{log:?}");
    browser.open(&format!("{path}/identities/999")).await.expect(404);
}

#[tokio::test]
async fn rule19_what_people_wrote_of_themselves_is_text() {
    let app = App::simple();
    app.admin().await;
    let ann = app.user(ANN).await;
    let evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
    ann.send(Method::PATCH, "/me", Some(&json!({ "display_name": evil }))).await.expect(200);
    let body = json!({ "type": "simple", "email": ANN, "password": PASSWORD });
    let signin = app.http.post(app.url("/auth/signin/")).header("user-agent", evil).json(&body).send().await.unwrap();
    assert_eq!(signin.status(), 200);
    let mut browser = root(&app).await;
    let query: String = url::form_urlencoded::byte_serialize(evil.as_bytes()).collect();
    for path in [
        "/admin/users".to_owned(),
        page_of(&ann),
        "/admin/signins".to_owned(),
        format!("/admin/users?q={query}"),
        format!("/admin/signins?provider={query}&result={query}&user={query}"),
        format!("/admin/audit?target={query}&actor={query}"),
        format!("/admin/invitations?email={query}&state={query}"),
        format!("/admin/outbox?state={query}"),
        format!("/admin/users?done={query}"),
    ] {
        let page = browser.open(&path).await;
        assert!(page.status == 200 || page.status == 400, "{path}: {}", page.status);
        assert!(!page.text.contains("<script>alert") && !page.text.contains("<img"), "{path}: {}", page.text);
    }
    browser.open(&page_of(&ann)).await.shows(&[evil]);
}
