//! `signup = open | invite | closed`, for the gateway and for one provider.

use serde_json::{Value, json};

use super::invite::{ANN, BOB, accept, invited, plan};
use crate::{
    actor::{Answer, PASSWORD, read},
    app::{App, Plan, plugin, write},
    recovery::letter::{letter, simple, verify},
};

async fn schema(app: &App, provider: &str) -> Value {
    let all = app.get("/auth/providers").await.expect(200).json;
    let found = all.as_array().unwrap().iter().find(|entry| entry["type"] == provider);
    found.unwrap_or_else(|| panic!("{provider} is not live"))["signup"].clone()
}

fn demands(schema: &Value) -> bool {
    schema["required"].as_array().unwrap().contains(&json!("invite"))
}

async fn signup(app: &App, email: &str) -> Answer {
    app.post("/auth/signup/", &simple(email, PASSWORD)).await
}

#[tokio::test]
async fn b7_an_invitation_is_demanded_of_every_sign_up() {
    let app = plan().set("signup", "invite").start();
    let root = app.admin().await;
    let document = app.get("/api/openapi.json").await.expect(200).json;
    for kind in ["simple", "login", "email-code"] {
        assert!(demands(&schema(&app, kind).await), "{kind}");
        assert!(demands(&document["components"]["schemas"][format!("SignUp.{kind}")]), "{kind}");
    }
    assert!(demands(&document["components"]["schemas"]["Registration"]));
    for body in [
        simple(ANN, PASSWORD),
        json!({ "type": "login", "login": "ann", "password": PASSWORD }),
        json!({ "type": "email-code", "email": ANN }),
    ] {
        assert_eq!(app.post("/auth/signup/", &body).await.problem(400, "invalid_fields").fields(), ["invite:required"], "{body}");
        let mut wrong = body.clone();
        wrong["invite"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        app.post("/auth/signup/", &wrong).await.problem(400, "invalid_token");
    }
    let form = app.http.post(app.url("/auth/signup")).form(&[("type", "simple"), ("email", ANN), ("password", PASSWORD)]);
    assert_eq!(read(form.send().await.unwrap()).await.problem(400, "invalid_fields").fields(), ["invite:required"]);
    for login in [ANN, "ann"] {
        let refused = app.post("/user", &json!({ "login": login, "password": PASSWORD })).await.problem(400, "invalid_fields");
        assert_eq!(refused.fields(), ["invite:required"]);
    }
    assert!(app.mails().is_empty(), "nothing was begun");
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 1);
    // Signing in goes on as ever, and the link alone is enough.
    app.signin("root@example.org").await;
    let (_, token) = invited(&app, &root, ANN, 1).await;
    accept(&app, &token).await.expect(200);
}

#[tokio::test]
async fn b7_closed_to_everybody_but_the_invited() {
    let app = plan().set("signup", "closed").start();
    let root = app.admin().await;
    let (_, token) = invited(&app, &root, ANN, 1).await;
    for mut body in [
        simple(ANN, PASSWORD),
        json!({ "type": "login", "login": "ann", "password": PASSWORD }),
        json!({ "type": "email-code", "email": ANN }),
    ] {
        for invite in [json!(null), json!(token)] {
            body["invite"] = invite;
            app.post("/auth/signup/", &body).await.problem(400, "signup_closed");
        }
    }
    for login in [ANN, "ann"] {
        app.post("/user", &json!({ "login": login, "password": PASSWORD })).await.problem(400, "signup_closed");
    }
    assert!(schema(&app, "simple").await.is_null());
    let document = app.get("/api/openapi.json").await.expect(200).json;
    assert!(document["components"]["schemas"]["SignUp.simple"].is_null());
    accept(&app, &token).await.expect(200);
}

#[tokio::test]
async fn b7_a_provider_has_a_rule_of_its_own() {
    let toml = Some("signup = \"open\"\n");
    let app = Plan::new().plugin("simple", &plugin("simple"), toml).login().set("signup", "invite").start();
    let root = app.admin().await;
    assert!(!demands(&schema(&app, "simple").await) && demands(&schema(&app, "login").await));
    signup(&app, ANN).await.expect(200);
    app.post("/user", &json!({ "login": "ann", "password": PASSWORD })).await.problem(400, "invalid_fields");
    for (rule, code) in [("\"closed\"", "signup_closed"), ("\"invite\"", "invalid_fields"), ("false", "not_offered")] {
        write(&app.plugins().join("simple.toml"), format!("signup = {rule}\n").as_bytes());
        root.post("/providers/reload").await.expect(200);
        signup(&app, BOB).await.problem(400, code);
    }
    write(&app.plugins().join("simple.toml"), b"signup = \"never\"\n");
    let states = root.post("/providers/reload").await.expect(200);
    assert!(states.text.contains("must be true, false, \\\"open\\\", \\\"invite\\\" or \\\"closed\\\""), "{}", states.text);
}

#[tokio::test]
async fn b7_a_sign_up_that_waits_ends_with_the_rule_that_let_it_begin() {
    let mut app = plan().set("email_verification", "required").start();
    for email in [ANN, BOB] {
        signup(&app, email).await.expect(200);
    }
    let begun = app.post("/auth/signup/", &json!({ "type": "email-code", "email": "cyd@example.org" })).await.expect(200);
    let flow = begun.str("/challenge/flow");
    let finish = "Finish signing up";
    let (ann, bob) = (letter(&app, ANN, finish, 1).await, letter(&app, BOB, finish, 1).await);
    let code = letter(&app, "cyd@example.org", "code", 1).await.code();
    app.set("signup", "invite");
    app.restart();
    verify(&app, &ann.token()).await.problem(400, "signup_closed");
    let refused = app.post("/auth/continue", &json!({ "flow": flow, "code": code })).await.problem(400, "invalid_fields");
    assert_eq!(refused.fields(), ["invite:required"]);
    app.set("signup", "closed");
    app.restart();
    verify(&app, &bob.token()).await.problem(400, "signup_closed");
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 0);
    app.set("signup", "open");
    app.restart();
    verify(&app, &bob.token()).await.expect(200);
}

#[tokio::test]
async fn b7_a_wrong_rule_or_life_stops_the_start() {
    for (key, value, part) in [
        ("signup", "maybe", "expected open, invite or closed"),
        ("invitation_ttl", "366d", "invitation_ttl must be from 1m to 365d"),
        ("invitation_ttl", "1s", "invitation_ttl must be from 1m to 365d"),
    ] {
        let plan = Plan::new().simple().set(key, value);
        let output = plan.command(&["serve"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(part), "{said}");
    }
}
