//! What an administrator must not break by changing an account.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    actor::{Answer, PASSWORD, User},
    app::{App, Plan, plugin},
    patience::eventually,
    recovery::letter::{NEW, letter},
};

async fn change(root: &User<'_>, id: i64, body: Value) -> Answer {
    root.send(Method::PATCH, &format!("/users/{id}"), Some(&body)).await
}

async fn signin(app: &App, email: &str, password: &str) -> Answer {
    app.post("/auth/signin/", &json!({ "type": "simple", "email": email, "password": password })).await
}

/// A user who signed up by a code in a mail, and has no password.
async fn without_password(app: &App, email: &str) -> i64 {
    let begun = app.post("/auth/signup/", &json!({ "type": "email-code", "email": email })).await.expect(200);
    let code = letter(app, email, "", 1).await.code();
    let done = app.post("/auth/continue", &json!({ "flow": begun.str("/challenge/flow"), "code": code })).await.expect(200);
    done.json["user"]["id"].as_i64().unwrap()
}

fn by_mail() -> Plan {
    Plan::new().simple().login().plugin("email-code", &plugin("email-code"), Some("vouch = true\nmail = true\n"))
}

#[tokio::test]
async fn rule28_an_address_that_is_the_last_way_in_stays() {
    let app = App::simple();
    let (root, ann) = (app.admin().await, app.user("ann@example.org").await);
    for (id, email) in [(root.id, "root@example.org"), (ann.id, "ann@example.org")] {
        for none in [Value::Null, json!("")] {
            change(&root, id, json!({ "email": none })).await.problem(400, "last_identity");
        }
        signin(&app, email, PASSWORD).await.expect(200);
    }
}

#[tokio::test]
async fn rule28_an_address_that_is_one_of_two_ways_in_can_go() {
    let app = by_mail().start();
    let root = app.admin().await;
    let made = app.post("/auth/signup/", &json!({ "type": "login", "login": "bobby", "password": PASSWORD })).await.expect(200);
    let bob = made.json["user"]["id"].as_i64().unwrap();
    change(&root, bob, json!({ "email": "bob@example.org" })).await.expect(200);
    let cleared = change(&root, bob, json!({ "email": null })).await.expect(200);
    assert_eq!(cleared.json["email"], Value::Null);
    change(&root, bob, json!({ "email_verified": true })).await.problem(400, "invalid_fields");
    app.post("/auth/signin/", &json!({ "type": "login", "login": "bobby", "password": PASSWORD })).await.expect(200);
}

#[tokio::test]
async fn d5_a_password_that_is_set_lets_in() {
    let app = by_mail().start();
    let root = app.admin().await;
    let (ann, bob) = (without_password(&app, "ann@example.org").await, without_password(&app, "bob@example.org").await);
    change(&root, ann, json!({ "password": NEW })).await.expect(200);
    signin(&app, "ann@example.org", NEW).await.expect(200);
    root.send(Method::PATCH, "/user", Some(&json!({ "id": bob, "password": NEW }))).await.expect(200);
    app.post("/", &json!({ "login": "bob@example.org", "password": NEW })).await.expect(200);
    for email in ["ann@example.org", "bob@example.org"] {
        let told = |mail: &String| mail.contains(&format!("To: {email}")) && mail.contains("Subject: Your password was changed");
        eventually("the letter", || app.mails().iter().any(told).then_some(())).await;
    }
}

#[tokio::test]
async fn e4_the_old_address_is_told_of_the_new_one() {
    let app = App::simple();
    let (root, ann) = (app.admin().await, app.user("ann@example.org").await);
    change(&root, ann.id, json!({ "email": "anna@example.org" })).await.expect(200);
    let told = |mail: &String| mail.contains("To: ann@example.org") && mail.contains("anna@example.org");
    eventually("the letter", || app.mails().iter().any(told).then_some(())).await;
}

#[tokio::test]
async fn rule10_an_administrators_own_ways_in_need_a_recent_sign_in_there_too() {
    let app = by_mail().set("reauthentication_window", "1s").start();
    let root = app.admin().await;
    let ways = root.get("/me/identities").await.expect(200).json;
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    for body in [json!({ "email": "new@example.org" }), json!({ "password": NEW })] {
        change(&root, root.id, body).await.problem(403, "reauthentication_required");
    }
    let way = format!("/users/{}/identities/{}", root.id, ways[0]["id"]);
    root.send(Method::DELETE, &way, None).await.problem(403, "reauthentication_required");
    change(&root, root.id, json!({ "display_name": "Root" })).await.expect(200);
}

#[tokio::test]
async fn rule13_mail_to_an_unverified_address_leads_to_no_administrator() {
    let app = App::simple();
    let (root, adam) = (app.admin().await, app.user("adam@example.org").await);
    // Asked for before: it must not work after.
    app.post("/auth/recover", &json!({ "email": "adam@example.org" })).await.expect(202);
    let token = letter(&app, "adam@example.org", "", 1).await.token();
    root.send(Method::PUT, &format!("/users/{}/roles/admin", adam.id), None).await.expect(204);
    let reset = json!({ "token": token, "new_password": NEW });
    app.post("/auth/reset", &reset).await.problem(400, "invalid_token");
    let mails = app.mails().len();
    app.post("/auth/recover", &json!({ "email": "adam@example.org" })).await.expect(202);
    app.post("/auth/recover", &json!({ "email": "root@example.org" })).await.expect(202);
    letter(&app, "root@example.org", "", 1).await;
    assert_eq!(app.mails().len(), mails + 1, "root's address is verified, adam's is not");
    signin(&app, "adam@example.org", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn d1_users_are_found_by_their_login_too() {
    let app = by_mail().start();
    let root = app.admin().await;
    app.post("/auth/signup/", &json!({ "type": "login", "login": "bobby", "password": PASSWORD })).await.expect(200);
    app.user("zoe@пример.рф").await;
    for (q, found) in [("bobby", 1), ("BOBBY", 1), ("bob", 0), ("zoe@пример.рф", 1), ("Zoe@", 1)] {
        let page = root.get(&format!("/users?q={q}")).await.expect(200);
        assert_eq!(
            (page.json["total"].as_i64(), page.json["items"].as_array().map(Vec::len)),
            (Some(found), usize::try_from(found).ok()),
            "{q}"
        );
    }
}
