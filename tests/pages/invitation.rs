//! The page behind the link of an invitation.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::{
    actor::User,
    app::App,
    recovery::letter::{letter, letters, sql},
};

const ANN: &str = "ann@example.org";

/// Invites somebody; the id, and the path in the letter.
async fn invited(app: &App, root: &User<'_>, email: &str, n: usize) -> (i64, String) {
    let made = root.send(Method::POST, "/invites", Some(&json!({ "email": email }))).await.expect(201);
    (made.json["id"].as_i64().unwrap(), letter(app, email, "You are invited", n).await.path())
}

#[tokio::test]
async fn b3_the_link_makes_the_user_and_signs_them_in() {
    let app = App::simple();
    let root = app.admin().await;
    let (id, path) = invited(&app, &root, ANN, 1).await;
    let mut browser = app.browser();
    let page = browser.open(&path).await.expect(200).shows(&["You are invited", ANN, "Accept the invitation"]);
    assert!(page.text.contains("src=\"/assets/submit.js\"") && page.text.contains(" data-submit"), "{}", page.text);
    let script = app.get("/assets/submit.js").await.expect(200);
    assert!(script.text.contains("form[data-submit]") && script.headers["content-type"].to_str().unwrap().starts_with("text/javascript"));
    let home = browser.submit(&page, "/invite", &[]).await.expect(200);
    let home = home.shows(&["Welcome!", "on their way to you by mail", ANN]);
    assert!(home.has_form("/sign-out") && home.address.starts_with("/?"), "{}", home.text);
    let mail = letter(&app, ANN, "Your account at", 1).await;
    assert!(mail.text.contains(ANN) && mail.text.contains("Password: "), "b4: {}", mail.text);
    let user = app.number("SELECT id FROM users WHERE email = 'ann@example.org'").await;
    assert_eq!(root.get(&format!("/users/{user}")).await.expect(200).json["invitation_id"], json!(id));
    let log = root.get("/audit?action=invitation.accept").await.expect(200).json;
    assert_eq!(log["items"][0]["target"], json!(format!("invitation:{id}")));
}

#[tokio::test]
async fn rule20_scanners_do_not_use_an_invitation_up() {
    let app = App::simple();
    let root = app.admin().await;
    let (id, path) = invited(&app, &root, ANN, 1).await;
    for method in [Method::GET, Method::HEAD, Method::GET] {
        app.browser().send(method, &path, None).await.expect(200);
    }
    let token = path.split_once('=').unwrap().1.to_owned();
    // No page of ours was open, so no form is taken.
    app.browser().send(Method::POST, "/invite", Some(&[("token".to_owned(), token)])).await.expect(403);
    let state = root.get("/invites").await.expect(200).json["items"][0].clone();
    assert_eq!((&state["id"], &state["state"]), (&json!(id), &json!("pending")));
    app.browser().fill(&path, "/invite", &[]).await.expect(200).shows(&["Welcome!"]);
}

#[tokio::test]
async fn b5_of_many_clicks_one_counts() {
    let app = App::simple();
    let root = app.admin().await;
    let (_, path) = invited(&app, &root, ANN, 1).await;
    let clicks = join_all((0..6).map(|_| async {
        let mut browser = app.browser();
        browser.fill(&path, "/invite", &[]).await
    }))
    .await;
    let welcome = clicks.iter().filter(|page| page.status == 200).count();
    assert_eq!(welcome, 1, "{:?}", clicks.iter().map(|page| page.status).collect::<Vec<_>>());
    for page in clicks.into_iter().filter(|page| page.status != 200) {
        page.expect(400).shows(&["used already"]);
    }
    assert_eq!(letters(&app, ANN, "Your account at").len(), 1);
}

#[tokio::test]
async fn b6_what_does_not_work_any_more_says_what_to_do() {
    let app = App::simple();
    let root = app.admin().await;
    let (_, used) = invited(&app, &root, ANN, 1).await;
    let (revoked_id, revoked) = invited(&app, &root, "bob@example.org", 1).await;
    let (_, taken) = invited(&app, &root, "cyd@example.org", 1).await;
    let (_, expired) = invited(&app, &root, "dan@example.org", 1).await;
    let mut browser = app.browser();
    let mut open = Vec::new();
    for path in [&used, &revoked, &taken, &expired] {
        open.push(browser.open(path).await.expect(200));
    }
    app.browser().fill(&used, "/invite", &[]).await.expect(200);
    root.send(Method::DELETE, &format!("/invites/{revoked_id}"), None).await.expect(204);
    app.user("cyd@example.org").await;
    sql(&app, "UPDATE invitations SET expires_at = created_at + 1 WHERE email = 'dan@example.org'").await;
    let says = ["This invitation was used already", "was taken back", "You have an account already", "has expired"];
    for (page, says) in open.iter().zip(says) {
        let answer = browser.submit(page, "/invite", &[]).await.expect(400).shows(&[says]);
        assert!(answer.has_link("/") && answer.has_link("/recover"), "{}", answer.text);
        assert!(!browser.cookies.contains_key("vestibule_session"));
    }
    for (path, says) in [(&used, says[0]), (&revoked, says[1]), (&expired, says[3])] {
        browser.open(path).await.expect(400).shows(&[says]);
    }
    for path in ["/invite", "/invite?token=", "/invite?token=x", "/invite?token=%00%3Cscript%3E"] {
        browser.open(path).await.expect(400).shows(&["This invitation is not known"]);
    }
    let mut russian = app.browser().language("ru");
    for (path, says) in [(&used, "уже использовано"), (&revoked, "отозвано"), (&expired, "истёк")] {
        russian.open(path).await.expect(400).shows(&[says, "Войти"]);
    }
}

#[tokio::test]
async fn b3_whoever_is_somebody_else_is_told_first() {
    let app = App::simple();
    let root = app.admin().await;
    let bob = app.user("bob@example.org").await;
    let (_, path) = invited(&app, &root, ANN, 1).await;
    let mut browser = app.browser();
    browser.sign_in("bob@example.org").await;
    let page = browser.open(&path).await.expect(200).shows(&["signed in as", "bob@example.org", ANN]);
    assert!(!page.text.contains("<script") && !page.text.contains(" data-submit"), "it waits: {}", page.text);
    let before = app.number("SELECT count(*) FROM sessions WHERE ended_at IS NULL").await;
    browser.submit(&page, "/invite", &[]).await.expect(200).shows(&["Welcome!", ANN]);
    let after = app.number("SELECT count(*) FROM sessions WHERE ended_at IS NULL").await;
    assert_eq!(after, before, "one began, the one before it ended");
    bob.get("/me").await.expect(200);
}
