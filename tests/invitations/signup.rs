//! A sign-up that brings an invitation, by whatever provider.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::invite::{ACCEPTED, ANN, BOB, INVITED, accept, invite, invited, plan, revoke, state};
use crate::{
    actor::{Answer, PASSWORD, User},
    app::App,
    facebook::{Toml, graph::Graph},
    recovery::letter::{letter, letters, signin},
};

const CYD: &str = "cyd@example.org";

async fn signup(app: &App, mut body: Value, token: &str) -> Answer {
    body["invite"] = json!(token);
    app.post("/auth/signup/", &body).await
}

fn simple(email: &str) -> Value {
    json!({ "type": "simple", "email": email, "password": PASSWORD })
}

/// Invites with a role.
async fn editor(app: &App, root: &User<'_>, email: &str) -> (Value, String) {
    let role = json!({ "name": "editor" });
    let made = root.send(reqwest::Method::POST, "/roles", Some(&role)).await;
    assert!(matches!(made.status.as_u16(), 201 | 400), "{}", made.text);
    let made = invite(root, &json!({ "email": email, "roles": ["editor"] })).await.expect(201);
    (made.json["id"].clone(), letter(app, email, INVITED, 1).await.token())
}

/// The user has everything of the invitation.
async fn bound(root: &User<'_>, user: &Value, id: &Value, email: &str) {
    assert_eq!((&user["email"], &user["email_verified"]), (&json!(email), &json!(true)), "{user}");
    assert_eq!((&user["roles"], &user["invitation_id"]), (&json!(["editor"]), id), "{user}");
    let stored = state(root, id.as_i64().unwrap()).await;
    assert_eq!((&stored["state"], &stored["used_by"]), (&json!("used"), &user["id"]));
}

#[tokio::test]
async fn b6_a_sign_up_by_password_uses_its_invitation_up() {
    for policy in ["open", "invite"] {
        let app = plan().set("signup", policy).start();
        let root = app.admin().await;
        let (id, token) = editor(&app, &root, ANN).await;
        let other = signup(&app, simple(BOB), &token).await.problem(400, "invalid_fields");
        assert_eq!(other.fields(), ["invite:other_address"]);
        assert_eq!(state(&root, id.as_i64().unwrap()).await["state"], "pending");
        let answer = signup(&app, simple(" ANN@example.org"), &token).await.expect(200);
        bound(&root, &answer.json["user"], &id, ANN).await;
        app.signin(ANN).await;
        signup(&app, simple(ANN), &token).await.problem(400, "invitation_used");
        accept(&app, &token).await.problem(400, "invitation_used");
        assert!(letters(&app, ANN, ACCEPTED).is_empty(), "the password is the user's own");
    }
}

#[tokio::test]
async fn b6_registration_by_login_uses_its_invitation_up() {
    let app = plan().set("signup", "invite").start();
    let root = app.admin().await;
    let (id, token) = editor(&app, &root, ANN).await;
    let body = json!({ "login": "ann_7", "password": PASSWORD, "invite": token });
    let made = app.post("/user", &body).await.expect(201);
    bound(&root, &made.json, &id, ANN).await;
    app.post("/auth/signin/", &json!({ "type": "login", "login": "ann_7", "password": PASSWORD })).await.expect(200);
    let (id, token) = editor(&app, &root, BOB).await;
    let body = |login: &str| json!({ "login": login, "password": PASSWORD, "invite": token });
    assert_eq!(app.post("/user", &body(CYD)).await.problem(400, "invalid_fields").fields(), ["invite:other_address"]);
    bound(&root, &app.post("/user", &body(BOB)).await.expect(201).json, &id, BOB).await;
}

#[tokio::test]
async fn b6_an_invitation_goes_through_every_step_of_a_sign_up() {
    let app = plan().set("signup", "invite").start();
    let root = app.admin().await;
    let (id, token) = editor(&app, &root, ANN).await;
    let by_code = |email: &str| json!({ "type": "email-code", "email": email });
    let other = signup(&app, by_code(BOB), &token).await.problem(400, "invalid_fields");
    assert_eq!(other.fields(), ["invite:other_address"]);
    assert!(letters(&app, BOB, "").is_empty(), "told before a code was sent there");
    let mut answers = Vec::new();
    for n in 1..=2 {
        let flow = signup(&app, by_code(ANN), &token).await.expect(200).str("/challenge/flow");
        answers.push((flow, letter(&app, ANN, "code", n).await.code()));
    }
    assert_eq!(state(&root, id.as_i64().unwrap()).await["state"], "pending", "nothing is used before the last step");
    assert!(!app.texts("SELECT context FROM steps").await.join(" ").contains(&token), "only its digest is kept");
    let go_on = async |(flow, code): &(String, String)| app.post("/auth/continue", &json!({ "flow": flow, "code": code })).await;
    bound(&root, &go_on(&answers[0]).await.expect(200).json["user"], &id, ANN).await;
    go_on(&answers[1]).await.problem(400, "invitation_used");
}

#[tokio::test]
async fn b6_a_revoked_invitation_ends_a_sign_up_under_way() {
    let app = plan().set("signup", "invite").start();
    let root = app.admin().await;
    let (id, token) = editor(&app, &root, ANN).await;
    let flow = signup(&app, json!({ "type": "email-code", "email": ANN }), &token).await.expect(200).str("/challenge/flow");
    revoke(&root, id.as_i64().unwrap()).await.expect(204);
    let code = letter(&app, ANN, "code", 1).await.code();
    app.post("/auth/continue", &json!({ "flow": flow, "code": code })).await.problem(400, "invitation_revoked");
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 1);
}

#[tokio::test]
async fn b6_a_sign_up_by_facebook_uses_its_invitation_up() {
    let graph = Graph::start().await;
    let app = Toml::of(&graph).plan().set("signup", "invite").start();
    let root = app.admin().await;
    graph.give("EAAann", "10215241773831025", "Ann Bee");
    let body = |email: &str| json!({ "type": "facebook", "email": email, "facebook_id": "10215241773831025", "facebook_token": "EAAann" });
    assert_eq!(app.post("/auth/signup/", &body(ANN)).await.problem(400, "invalid_fields").fields(), ["invite:required"]);
    // No account comes of signing in either.
    app.facebook_signin("EAAann").await.problem(400, "no_account");
    let (id, token) = editor(&app, &root, ANN).await;
    assert_eq!(signup(&app, body(BOB), &token).await.problem(400, "invalid_fields").fields(), ["invite:other_address"]);
    bound(&root, &signup(&app, body(ANN), &token).await.expect(200).json["user"], &id, ANN).await;
    app.facebook_signin("EAAann").await.expect(200);
}

#[tokio::test]
async fn b6_an_invitation_links_no_account_that_is_there() {
    let graph = Graph::start().await;
    let app = Toml::of(&graph).plan().start();
    let (root, ann) = (app.admin().await, app.user(ANN).await);
    graph.give("EAAmallory", "7", "Mallory");
    let (id, token) = editor(&app, &root, ANN).await;
    let body = json!({ "type": "facebook", "email": ANN, "facebook_id": "7", "facebook_token": "EAAmallory" });
    signup(&app, body, &token).await.problem(400, "email_taken");
    assert_eq!(state(&root, id.as_i64().unwrap()).await["state"], "pending");
    assert_eq!(app.texts("SELECT provider FROM identities ORDER BY provider").await, ["simple", "simple"]);
    assert_eq!(ann.get("/me").await.expect(200).json["roles"], json!([]));
}

#[tokio::test]
async fn b6_an_invitation_proves_the_address_where_proof_is_required() {
    for policy in ["open", "invite"] {
        let app = plan().set("signup", policy).set("email_verification", "required").start();
        let root = app.admin().await;
        let (id, token) = editor(&app, &root, ANN).await;
        // No second mail: the token was sent to the address and nowhere else.
        let answer = signup(&app, simple(ANN), &token).await.expect(200);
        bound(&root, &answer.json["user"], &id, ANN).await;
        let (id, token) = editor(&app, &root, BOB).await;
        let body = json!({ "login": BOB, "password": PASSWORD, "invite": token });
        bound(&root, &app.post("/user", &body).await.expect(201).json, &id, BOB).await;
        assert_eq!(app.number("SELECT COUNT(*) FROM proofs").await, 0);
        signin(&app, ANN, PASSWORD).await.expect(200);
        let (_, token) = invited(&app, &root, CYD, 1).await;
        accept(&app, &token).await.expect(200);
    }
}

#[tokio::test]
async fn b5_sign_ups_and_clicks_race_for_one_invitation() {
    let app = plan().set("password_memory_kib", "8").set("password_iterations", "1").start();
    let root = app.admin().await;
    let (id, token) = editor(&app, &root, ANN).await;
    let named = (0..10).map(|n| json!({ "type": "login", "login": format!("ann{n}"), "password": PASSWORD }));
    let bodies: Vec<Value> = named.chain((0..10).map(|_| simple(ANN))).collect();
    let ((by_signup, by_link), registered) = futures_util::join!(
        async {
            futures_util::join!(
                join_all(bodies.into_iter().map(|body| signup(&app, body, &token))),
                join_all((0..10).map(|_| accept(&app, &token)))
            )
        },
        join_all((0..10).map(|n| {
            let (app, token) = (&app, &token);
            async move { app.post("/user", &json!({ "login": format!("bob{n}"), "password": PASSWORD, "invite": token })).await }
        }))
    );
    let answers: Vec<Answer> = by_signup.into_iter().chain(by_link).chain(registered).collect();
    assert_eq!(answers.iter().filter(|answer| answer.status.is_success()).count(), 1);
    for answer in answers.into_iter().filter(|answer| !answer.status.is_success()) {
        let code = answer.str("/code");
        assert!(matches!(code.as_str(), "invitation_used" | "email_taken" | "login_taken"), "{}", answer.text);
    }
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 2);
    assert_eq!(state(&root, id.as_i64().unwrap()).await["state"], "used");
}
