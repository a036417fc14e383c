use reqwest::Method;
use serde_json::{Value, json};

use super::{both, column};
use crate::{
    actor::PASSWORD,
    app::{App, Plan, guest},
};

async fn try_signin(app: &App, email: &str, password: &str) {
    app.post("/auth/signin/", &json!({ "type": "simple", "email": email, "password": password })).await.expect(400);
}

#[tokio::test]
async fn e6_users_read_their_own_history() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    try_signin(&app, "ann@example.org", "wrong horse").await;
    app.signin("ann@example.org").await;
    app.user("bob@example.org").await;
    try_signin(&app, "bob@example.org", "wrong horse").await;
    let history = ann.get("/me/signins").await.expect(200);
    assert_eq!(column(&history, "result"), ["ok", "invalid_credentials", "ok"]);
    assert_eq!((history.json["total"].as_i64(), history.json["next"].is_null()), (Some(3), true));
    for entry in history.json["items"].as_array().unwrap() {
        assert_eq!((&entry["user_id"], &entry["provider"], &entry["address"]), (&json!(ann.id), &json!("simple"), &json!("127.0.0.1")));
        assert!(entry["at"].as_str().unwrap().ends_with('Z') && entry["user_agent"].is_string(), "{entry}");
    }
    let first = ann.get("/me/signins/?page_size=2").await.expect(200);
    let rest = ann.get(&format!("/me/signins?page_size=2&next={}", first.str("/next"))).await.expect(200);
    assert_eq!((column(&first, "result").len(), column(&rest, "result")), (2, vec!["ok".to_owned()]));
    app.get("/me/signins").await.problem(401, "token_missing");
}

#[tokio::test]
async fn e6_administrators_read_everybodys() {
    let app = both();
    let (root, ann) = (app.admin().await, app.user("ann@example.org").await);
    try_signin(&app, "ann@example.org", "wrong horse").await;
    try_signin(&app, "nobody@example.org", "wrong horse").await;
    app.post("/user", &json!({ "login": "bob", "password": PASSWORD })).await.expect(201);
    app.post("/", &json!({ "login": "bob", "password": PASSWORD })).await.expect(200);
    let results = async |path: String| column(&root.get(&path).await.expect(200), "result");
    assert_eq!(results("/signins".to_owned()).await, ["ok", "invalid_credentials", "invalid_credentials", "ok", "ok"]);
    assert_eq!(results("/signins?provider=login".to_owned()).await, ["ok"]);
    assert_eq!(results(format!("/signins?user={}&result=invalid_credentials", ann.id)).await, ["invalid_credentials"]);
    assert_eq!(results(format!("/users/{}/signins", ann.id)).await, ["invalid_credentials", "ok"]);
    assert_eq!(results("/signins?result=account_disabled".to_owned()).await, Vec::<String>::new());
    root.get("/users/404/signins").await.problem(404, "user_not_found");
    assert_eq!(root.get("/signins?provider=%00").await.problem(400, "invalid_fields").fields(), ["provider:control_characters"]);
}

/// Every refusal, whoever refuses, is in the history; what was never judged is not.
#[tokio::test]
async fn e6_every_refusal_is_recorded() {
    let plan = Plan::new().simple().plugin("hello", &guest("hello"), None);
    let app = plan.start();
    let (root, ann) = (app.admin().await, app.user("ann@example.org").await);
    try_signin(&app, "ann@example.org", "wrong horse").await;
    try_signin(&app, "nobody@example.org", PASSWORD).await;
    root.send(Method::PATCH, &format!("/users/{}", ann.id), Some(&json!({ "disabled": true }))).await.expect(200);
    try_signin(&app, "ann@example.org", PASSWORD).await;
    let again = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    app.post("/auth/signup/", &again).await.problem(400, "email_taken");
    app.post("/auth/signin/", &json!({ "type": "simple", "email": "x" })).await.expect(400);
    app.post("/auth/signin/", &json!({ "type": "none" })).await.expect(400);
    let history = root.get("/signins").await.expect(200);
    assert_eq!(column(&history, "result"), ["email_taken", "account_disabled", "invalid_credentials", "invalid_credentials", "ok", "ok"]);
    let whose: Vec<&Value> = history.json["items"].as_array().unwrap().iter().map(|entry| &entry["user_id"]).collect();
    assert_eq!(whose, [&Value::Null, &json!(ann.id), &Value::Null, &json!(ann.id), &json!(ann.id), &json!(root.id)]);
}

#[tokio::test]
async fn e6_numbered_pages_end_and_the_cursor_goes_on() {
    let app = App::simple();
    let root = app.admin().await;
    app.write(
        "WITH RECURSIVE numbers(n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM numbers WHERE n < 12999)
         INSERT INTO signins (id, user_id, at, provider, result, address, user_agent)
         SELECT n, 1, 1700000000000000 + n, 'simple', 'ok', '192.0.2.7', '' FROM numbers",
    )
    .await;
    let refused = root.get("/me/signins?page_num=51&page_size=200").await.problem(400, "invalid_fields");
    assert!(refused.fields() == ["page_num:out_of_range"] && refused.text.contains("next"), "{}", refused.text);
    let last = root.get("/me/signins?page_num=50&page_size=200").await.expect(200);
    assert_eq!((last.json["total"].as_i64(), column(&last, "at").len()), (Some(10_000), 200));
    let (mut next, mut seen) = (last.str("/next"), 10_000);
    loop {
        let page = root.get(&format!("/me/signins?page_size=200&next={next}")).await.expect(200);
        seen += column(&page, "at").len();
        match page.json["next"].as_str() {
            Some(cursor) => next = cursor.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, 12_001);
}

#[tokio::test]
async fn e6_the_history_ends_after_its_time() {
    let mut app = App::simple();
    let ann = app.user("ann@example.org").await.id;
    app.write(
        "WITH RECURSIVE numbers(n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM numbers WHERE n < 3499)
         INSERT INTO signins (id, user_id, at, provider, result, address, user_agent)
         SELECT n, 1, 1000000 + n, 'simple', 'ok', '192.0.2.7', '' FROM numbers",
    )
    .await;
    app.set("signin_history_ttl", "1h");
    app.restart();
    for _ in 0..500 {
        if app.number("SELECT COUNT(*) FROM signins").await == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(app.number(&format!("SELECT COUNT(*) FROM signins WHERE user_id = {ann}")).await, 1);
    assert_eq!(app.number("SELECT COUNT(*) FROM signins").await, 1);
}
