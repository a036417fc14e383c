//! Which account a Facebook identity opens, and what is kept of it.

use reqwest::Method;
use serde_json::json;

use super::{both, refused};
use crate::actor::{PASSWORD, User};

const ANN: &str = "10215241773831025";
const BOB: &str = "20000000000000001";

#[tokio::test]
async fn a2_signup_facebook_keeps_id_and_name() {
    let (graph, app) = both().await;
    graph.give("EAAann", ANN, "Ann Bee");
    graph.give("EAAbob", BOB, "");
    let ann = User::new(&app, &app.facebook_signup("ann@example.org", ANN, "EAAann").await.expect(200));
    let bob = User::new(&app, &app.facebook_signup("bob@example.org", BOB, "EAAbob").await.expect(200));
    assert_eq!(ann.get("/me").await.expect(200).json["profile"], json!({ "facebook_id": ANN, "name": "Ann Bee" }));
    assert_eq!(bob.get("/me").await.expect(200).json["profile"], json!({ "facebook_id": BOB }), "a name that is not shared");
}

#[tokio::test]
async fn a2_signup_facebook_takes_any_name() {
    let (graph, app) = both().await;
    let names = ["<script>alert(1)</script>", "Ἀνδρέας \"O'Neil\" \\ 李小龍 👩‍👩‍👧", &"ß".repeat(3000)];
    for (n, name) in names.into_iter().enumerate() {
        let (token, id) = (format!("EAA{n}"), format!("3000{n}"));
        graph.give(&token, &id, name);
        let user = User::new(&app, &app.facebook_signup(&format!("p{n}@example.org"), &id, &token).await.expect(200));
        let kept: String = name.chars().take(1024).collect();
        assert_eq!(user.get("/me").await.expect(200).json["profile"]["name"], kept.as_str());
    }
}

#[tokio::test]
async fn a4_signin_facebook_leaves_the_profile_as_the_person_wrote_it() {
    let (graph, app) = both().await;
    graph.give("EAAann", ANN, "Ann Bee");
    let ann = User::new(&app, &app.facebook_signup("ann@example.org", ANN, "EAAann").await.expect(200));
    ann.send(Method::PATCH, "/me", Some(&json!({ "name": "Annie" }))).await.expect(200);
    graph.give("EAAann", ANN, "Ann Married");
    let answer = app.facebook_signin("EAAann").await.expect(200);
    assert_eq!(answer.json["user"]["profile"], json!({ "facebook_id": ANN, "name": "Annie" }));
}

#[tokio::test]
async fn rule13_the_address_from_facebook_opens_no_account() {
    let (graph, app) = both().await;
    let local = app.user("ann@example.org").await;
    graph.give("EAAann", ANN, "Ann Bee");
    let stored = app.rows().await;
    for email in ["ann@example.org", " ANN@example.ORG"] {
        let asked = app.facebook_signup(email, ANN, "EAAann").await.expect(200);
        assert_eq!(asked.json["challenge"]["fields"][0]["name"], "password", "a way on, not a dead end: {}", asked.text);
    }
    // Graph tells the address in `/me` as well; it selects nobody.
    app.facebook_signin("EAAann").await.problem(400, "no_account");
    assert_eq!(app.rows().await, stored + 2, "two questions wait");
    assert_eq!(app.signin("ann@example.org").await.id, local.id);
    assert_eq!(local.get("/me").await.expect(200).json["profile"], json!({}));
}

#[tokio::test]
async fn rule13_a_sign_up_by_password_opens_no_facebook_account() {
    let (graph, app) = both().await;
    graph.give("EAAann", ANN, "Ann Bee");
    app.facebook_signup("ann@example.org", ANN, "EAAann").await.expect(200);
    let simple = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    app.post("/auth/signup/", &simple).await.problem(400, "email_taken");
    app.post("/auth/signin/", &simple).await.problem(400, "invalid_credentials");
    let empty = json!({ "type": "simple", "email": "ann@example.org", "password": "" });
    assert_eq!(app.post("/auth/signin/", &empty).await.status, 400);
    // The subject of an identity is not the subject of another type's.
    let cross = json!({ "type": "simple", "email": format!("{ANN}@example.org"), "password": PASSWORD });
    app.post("/auth/signin/", &cross).await.problem(400, "invalid_credentials");
}

#[tokio::test]
async fn rule13_two_people_with_one_claimed_address_stay_two() {
    let (graph, app) = both().await;
    graph.give("EAAann", ANN, "Ann");
    graph.give("EAAbob", BOB, "Bob");
    let ann = User::new(&app, &app.facebook_signup("ann@example.org", ANN, "EAAann").await.expect(200)).id;
    app.facebook_signup("ann@example.org", BOB, "EAAbob").await.problem(400, "email_taken");
    refused(app.facebook_signup("bob@example.org", ANN, "EAAbob").await, &["facebook_id:wrong_user"]);
    let bob = User::new(&app, &app.facebook_signup("bob@example.org", BOB, "EAAbob").await.expect(200)).id;
    assert_ne!(ann, bob);
    assert_eq!(User::new(&app, &app.facebook_signin("EAAann").await.expect(200)).id, ann);
    assert_eq!(User::new(&app, &app.facebook_signin("EAAbob").await.expect(200)).id, bob);
}

#[tokio::test]
async fn rule18_facebook_gives_no_roles_and_verifies_no_address() {
    let (graph, app) = both().await;
    graph.give("EAAann", ANN, "Ann");
    let ann = User::new(&app, &app.facebook_signup("ann@example.org", ANN, "EAAann").await.expect(200));
    let me = ann.get("/me").await.expect(200).json;
    assert_eq!((&me["email_verified"], &me["roles"]), (&json!(false), &json!([])));
    ann.get("/providers").await.problem(403, "forbidden");
}
