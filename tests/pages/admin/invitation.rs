//! Invitations: made, listed, taken back.

use reqwest::Method;
use serde_json::json;

use super::{ANN, audited, root};
use crate::{
    app::App,
    recovery::letter::{letter, letters, sql},
};

const LIST: &str = "/admin/invitations";

#[tokio::test]
async fn b2_an_invitation_is_made_in_the_page_and_sends_a_mail() {
    let app = App::simple();
    let admin = app.admin().await;
    admin.send(Method::POST, "/roles", Some(&json!({ "name": "reader" }))).await.expect(201);
    let mut browser = root(&app).await;
    let fields = [
        ("email", "Ann@Example.org"),
        ("role:admin", "true"),
        ("role:reader", "true"),
        ("expires_in", "86400"),
        ("note", "<i>a friend</i>"),
    ];
    let made = browser.fill(LIST, LIST, &fields).await.expect(200);
    let made = made.shows(&["Invited: the mail is on its way", ANN, "admin, reader", "<i>a friend</i>", "pending"]);
    assert!(!made.text.contains("<i>"), "{}", made.text);
    let mail = letter(&app, ANN, "You are invited", 1).await;
    assert!(mail.link().contains("/invite?token="), "{}", mail.text);
    let all = admin.get("/invites").await.expect(200).json;
    let invitation = &all["items"][0];
    assert_eq!((&invitation["roles"], &invitation["locale"]), (&json!(["admin", "reader"]), &json!("en")));
    let life = app.number("SELECT (expires_at - created_at) / 1000000 FROM invitations").await;
    assert_eq!(life, 86400);
    assert_eq!(audited(&admin, &format!("invitation:{}", invitation["id"])).await, ["invitation.create admin, reader"]);
}

#[tokio::test]
async fn b7_mistakes_of_an_invitation_stand_beside_the_fields() {
    let app = App::simple();
    app.admin().await;
    let mut browser = root(&app).await;
    let page = browser.open(LIST).await.expect(200);
    let mut form = page.form(LIST, &[]).filled(&[("email", "nobody"), ("note", "kept")]);
    form.extend([("role:nothing".to_owned(), "true".to_owned())]);
    for (name, value) in &mut form {
        if name == "expires_in" {
            *value = "1".to_owned();
        }
    }
    let wrong = browser.send(Method::POST, LIST, Some(&form)).await.expect(400);
    for id in ["invite-email-error", "invite-expires_in-error", "invite-roles-error"] {
        assert!(wrong.text.contains(&format!("id=\"{id}\"")), "{id}: {}", wrong.text);
    }
    assert_eq!(wrong.form(LIST, &[]).value("note"), Some("kept"));
    assert!(app.mails().is_empty());
    assert_eq!(app.number("SELECT count(*) FROM invitations").await, 0);
    let mut russian = app.browser().language("ru");
    russian.sign_in(super::ROOT).await;
    russian.fill(LIST, LIST, &[("email", "x")]).await.expect(400).shows(&["не похоже на адрес"]);
}

#[tokio::test]
async fn b6_invitations_are_listed_by_state_and_taken_back() {
    let app = App::simple();
    let admin = app.admin().await;
    let mut ids = Vec::new();
    for email in ["one@example.org", "two@example.org", "two@example.org", "used@example.org"] {
        let made = admin.send(Method::POST, "/invites", Some(&json!({ "email": email }))).await.expect(201);
        ids.push(made.json["id"].as_i64().unwrap());
    }
    let token = letter(&app, "used@example.org", "You are invited", 1).await.token();
    app.post("/invites/accept", &json!({ "token": token })).await.expect(200);
    sql(&app, "UPDATE invitations SET expires_at = created_at + 1 WHERE email = 'one@example.org'").await;
    let mut browser = root(&app).await;
    let all = browser.open(LIST).await.expect(200).shows(&["pending", "used", "expired"]);
    let ask = format!("{LIST}/{}", ids[1]);
    assert!(all.has_link(&ask) && !all.has_link(&format!("{LIST}/{}", ids[3])), "{}", all.text);
    let asked = browser.open(&ask).await.expect(200).shows(&["Take this invitation back?", "two@example.org"]);
    browser.submit(&asked, &ask, &[]).await.expect(200).shows(&["Taken back.", "revoked"]);
    assert_eq!(audited(&admin, &format!("invitation:{}", ids[1])).await, ["invitation.revoke", "invitation.create"]);
    let used = format!("{LIST}/{}", ids[3]);
    browser.fill(&used, &used, &[]).await.expect(400).shows(&["used already"]);
    for (state, address, others) in [
        ("expired", "one@example.org", ["two@", "used@"]),
        ("revoked", "two@example.org", ["one@", "used@"]),
        ("used", "used@example.org", ["one@", "two@"]),
        ("pending", "two@example.org", ["one@", "used@"]),
    ] {
        browser.open(&format!("{LIST}?state={state}")).await.expect(200).shows(&[address, "1 in all"]).hides(&others);
    }
    browser.open(&format!("{LIST}?email=two@example.org")).await.expect(200).shows(&["2 in all"]).hides(&["one@"]);
    let wrong = browser.open(&format!("{LIST}?state=lost")).await.expect(400);
    assert!(wrong.text.contains("id=\"filter-state-error\""), "{}", wrong.text);
    let wrong = browser.open(&format!("{LIST}?email=x")).await.expect(400);
    assert!(wrong.text.contains("id=\"filter-email-error\""), "{}", wrong.text);
    assert_eq!(letters(&app, "two@example.org", "You are invited").len(), 2);
}
