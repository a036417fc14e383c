//! `/userinfo` (OpenID Connect Core 1.0, 5.3; RFC 6750).

use reqwest::Method;
use serde_json::json;

use crate::{
    actor::read,
    app::{App, Plan},
};

#[tokio::test]
async fn f_userinfo_tells_who_signed_in() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    let plain = json!({ "sub": ann.id.to_string(), "email": "ann@example.org", "email_verified": false, "roles": [] });
    assert_eq!(ann.get("/userinfo").await.expect(200).json, plain, "what is not there is left out");
    ann.send(Method::PATCH, "/me", Some(&json!({ "display_name": "Ann Lee", "locale": "ru" }))).await.expect(200);
    let told = ann.get("/userinfo/").await.expect(200);
    assert_eq!((&told.json["name"], &told.json["locale"]), (&json!("Ann Lee"), &json!("ru")));
    assert_eq!(told.headers["cache-control"], "no-store");
    assert_eq!(ann.post("/userinfo").await.expect(200).json, told.json);
}

#[tokio::test]
async fn f_userinfo_of_an_account_with_a_login() {
    let app = Plan::new().login().start();
    let body = json!({ "login": "ann", "password": crate::actor::PASSWORD });
    app.post("/user", &body).await.expect(201);
    let token = app.post("/", &body).await.expect(200).str("/access_token");
    let told = read(app.http.get(app.url("/userinfo")).bearer_auth(token).send().await.unwrap()).await.expect(200).json;
    assert_eq!(told["preferred_username"], "ann");
    assert!(told.get("email").is_none() && told.get("email_verified").is_none(), "{told}");
}

#[tokio::test]
async fn f_userinfo_refuses_in_the_words_of_rfc_6750() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    let nothing = app.get("/userinfo").await.problem(401, "token_missing");
    assert_eq!(nothing.headers["www-authenticate"], "Bearer", "no error where no token is");
    assert!(nothing.json.get("error").is_none());
    for method in [Method::GET, Method::POST] {
        for token in ["x", ann.refresh.as_str()] {
            let request = app.http.request(method.clone(), app.url("/userinfo")).bearer_auth(token);
            let told = super::in_both_ways(
                read(request.send().await.unwrap()).await,
                401,
                if token == "x" { "token_malformed" } else { "token_wrong_type" },
                "invalid_token",
            );
            assert_eq!(told.headers["www-authenticate"], "Bearer error=\"invalid_token\"");
        }
    }
    ann.post("/auth/logout").await.expect(204);
    let ended = super::in_both_ways(ann.get("/userinfo").await, 401, "session_ended", "invalid_token");
    assert_eq!(ended.headers["www-authenticate"], "Bearer error=\"invalid_token\"");
}
