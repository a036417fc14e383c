//! Adding and removing one's own ways in.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::{add, app, by_mail, codes, enrol_false, go_on_adding, id_of, next_code, plan, signin, told, types};
use crate::{
    actor::{PASSWORD, User},
    app::{App, Plan},
    facebook::{Toml, graph::Graph},
};

const ANN: &str = "10215241773831025";

async fn with_facebook() -> (Graph, App) {
    let graph = Graph::start().await;
    let app = plan(Toml::of(&graph).plan()).start();
    (graph, app)
}

/// Adds codes by mail.
async fn add_mail(app: &App, user: &User<'_>, email: &str) {
    let before = codes(app).len();
    let begun = add(user, &json!({ "type": "email-code", "email": email })).await.expect(200);
    let code = next_code(app, before).await;
    go_on_adding(user, &begun.str("/challenge/flow"), "code", &code).await.expect(200);
}

#[tokio::test]
async fn several_ways_lead_into_one_account() {
    let app = app();
    let ann = app.user("ann@example.org").await;
    let before = codes(&app).len();
    let begun = add(&ann, &json!({ "type": "email-code", "email": "ann@other.example" })).await.expect(200);
    assert_eq!(begun.str("/challenge/type"), "email-code");
    let code = next_code(&app, before).await;
    let flow = begun.str("/challenge/flow");
    let wrong = format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000);
    go_on_adding(&ann, &flow, "code", &wrong).await.problem(400, "invalid_fields");
    let added = go_on_adding(&ann, &flow, "code", &code).await.expect(200);
    let identity = &added.json["identity"];
    assert_eq!((&identity["type"], &identity["subject"]), (&json!("email-code"), &json!("ann@other.example")));
    assert_eq!(identity["factor"], json!(false));
    assert!(added.json.get("recovery_codes").is_none());
    told(&app, "ann@example.org", "Code by e-mail").await;
    assert_eq!(types(&ann).await, ["simple", "email-code"]);
    assert_eq!(User::new(&app, &by_mail(&app, "email-code", "signin", "ann@other.example").await.expect(200)).id, ann.id);
    assert_eq!(app.number("SELECT COUNT(*) FROM audit WHERE action = 'identity.add'").await, 1);
    let me = ann.get("/me").await.expect(200).json;
    assert_eq!((&me["email"], &me["email_verified"]), (&json!("ann@example.org"), &json!(false)), "another address says nothing of hers");
}

#[tokio::test]
async fn a_step_belongs_to_its_user_and_session() {
    let app = app();
    let (ann, bob) = (app.user("ann@example.org").await, app.user("bob@example.org").await);
    let elsewhere = app.signin("ann@example.org").await;
    for stranger in [&bob, &elsewhere] {
        let flow = add(&ann, &json!({ "type": "false-factor" })).await.expect(200).str("/challenge/flow");
        go_on_adding(stranger, &flow, "code", "right").await.problem(400, "unknown_flow");
    }
    let flow = add(&ann, &json!({ "type": "false-factor" })).await.expect(200).str("/challenge/flow");
    super::go_on(&app, &flow, "code", "right").await.problem(400, "unknown_flow");
    let begun = app.post("/auth/signin/", &json!({ "type": "email-code", "email": "ann@example.org" })).await.expect(200);
    go_on_adding(&ann, &begun.str("/challenge/flow"), "code", "000000").await.problem(400, "unknown_flow");
    assert_eq!((types(&ann).await.len(), types(&bob).await.len()), (1, 1));
    app.post("/me/identities", &json!({ "type": "false-factor" })).await.problem(401, "token_missing");
}

#[tokio::test]
async fn what_opens_an_account_is_changed_after_a_recent_sign_in_alone() {
    let app = plan(crate::app::Plan::new().simple().set("reauthentication_window", "4s")).start();
    let ann = app.user("ann@example.org").await;
    enrol_false(&ann).await;
    let id = id_of(&ann, "false-factor").await;
    tokio::time::sleep(std::time::Duration::from_millis(4200)).await;
    add(&ann, &json!({ "type": "false-factor" })).await.problem(403, "reauthentication_required");
    ann.send(Method::DELETE, &format!("/me/identities/{id}"), None).await.problem(403, "reauthentication_required");
    ann.post("/me/recovery-codes").await.problem(403, "reauthentication_required");
    ann.get("/me/recovery-codes").await.expect(200);
}

#[tokio::test]
async fn a_password_is_added_to_an_account_of_facebook() {
    let (graph, app) = with_facebook().await;
    graph.give("EAAann", ANN, "Ann");
    app.user("bob@example.org").await;
    let ann = User::new(&app, &app.facebook_signup("ann@example.org", ANN, "EAAann").await.expect(200));
    let simple = |email: &str, password: &str| json!({ "type": "simple", "email": email, "password": password });
    let refused = add(&ann, &simple("eve@example.org", PASSWORD)).await.problem(400, "invalid_fields");
    assert_eq!(refused.fields(), ["email:other_address"]);
    add(&ann, &simple("bob@example.org", PASSWORD)).await.problem(400, "identity_taken");
    assert_eq!(add(&ann, &simple("ann@example.org", "password")).await.problem(400, "invalid_fields").fields(), ["password:too_weak"]);
    signin(&app, "ann@example.org", PASSWORD).await.problem(400, "invalid_credentials");
    add(&ann, &simple("ann@example.org", PASSWORD)).await.expect(200);
    add(&ann, &simple("ann@example.org", PASSWORD)).await.expect(200);
    assert_eq!(types(&ann).await, ["facebook", "simple"]);
    assert_eq!(User::new(&app, &signin(&app, "ann@example.org", PASSWORD).await.expect(200)).id, ann.id);
}

/// Whoever copied the token of a recent sign-in must not find out the password by adding a way in that has it.
#[tokio::test]
async fn rule22_the_password_is_not_guessed_by_adding_a_way_in() {
    let limited = Plan::new().simple().login().set("wrong_password_burst", "3").set("wrong_password_interval", "1h");
    let app = plan(limited).start();
    let ann = app.user("ann@example.org").await;
    let login = |password: &str| json!({ "type": "login", "login": "ann_7", "password": password });
    for _ in 0..3 {
        let wrong = add(&ann, &login("nine blue lanterns")).await.problem(400, "invalid_fields");
        assert_eq!(wrong.fields(), ["password:wrong_password"]);
    }
    add(&ann, &login(PASSWORD)).await.problem(429, "rate_limited");
}

#[tokio::test]
async fn an_account_without_an_address_gets_an_unverified_one() {
    let app = app();
    let carl = User::new(&app, &by_mail(&app, "email-code", "signup", "carl@example.org").await.expect(200));
    app.user("bob@example.org").await;
    let clear = format!("UPDATE users SET email = NULL, email_verified = FALSE WHERE id = {}", carl.id);
    app.run(&clear).await;
    let simple = |email: &str| json!({ "type": "simple", "email": email, "password": PASSWORD });
    add(&carl, &simple("bob@example.org")).await.problem(400, "identity_taken");
    // Somebody's address, without an identity of that name.
    let move_bob = "UPDATE users SET email = 'robert@example.org' WHERE email = 'bob@example.org'";
    app.run(move_bob).await;
    add(&carl, &simple("robert@example.org")).await.problem(400, "email_taken");
    add(&carl, &simple("carl@example.org")).await.expect(200);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let me = carl.get("/me").await.expect(200).json;
    assert_eq!((&me["email"], &me["email_verified"]), (&json!("carl@example.org"), &json!(false)));
    assert_eq!(app.number("SELECT COUNT(*) FROM credentials").await, 2);
}

#[tokio::test]
async fn the_identity_of_another_stays_theirs() {
    let app = app();
    let bob = User::new(&app, &by_mail(&app, "email-code", "signup", "bob@example.org").await.expect(200));
    let ann = app.user("ann@example.org").await;
    let before = codes(&app).len();
    let begun = add(&ann, &json!({ "type": "email-code", "email": "bob@example.org" })).await.expect(200);
    let code = next_code(&app, before).await;
    go_on_adding(&ann, &begun.str("/challenge/flow"), "code", &code).await.problem(400, "identity_taken");
    assert_eq!(types(&bob).await, ["email-code"]);
    let path = format!("/me/identities/{}", id_of(&bob, "email-code").await);
    ann.send(Method::DELETE, &path, None).await.problem(404, "identity_not_found");
    ann.send(Method::DELETE, "/me/identities/9223372036854775807", None).await.problem(404, "identity_not_found");
    assert_eq!(ann.send(Method::DELETE, "/me/identities/x", None).await.status, 404);
}

#[tokio::test]
async fn the_last_way_in_stays_and_the_password_goes_with_its_identity() {
    let app = app();
    let mut ann = app.user("ann@example.org").await;
    let simple = format!("/me/identities/{}", id_of(&ann, "simple").await);
    ann.send(Method::DELETE, &simple, None).await.problem(400, "last_identity");
    enrol_false(&ann).await;
    ann.send(Method::DELETE, &simple, None).await.problem(400, "last_identity");
    add_mail(&app, &ann, "ann@example.org").await;
    ann.send(Method::DELETE, &simple, None).await.expect(204);
    assert_eq!(app.number("SELECT COUNT(*) FROM credentials").await, 0);
    signin(&app, "ann@example.org", PASSWORD).await.problem(400, "invalid_credentials");
    told(&app, "ann@example.org", "E-mail and password").await;
    ann.get("/me").await.expect(200);
    ann.renew().await.expect(200);
    let details = app.texts("SELECT detail FROM audit WHERE action = 'identity.remove'").await;
    assert!(details[0].starts_with("simple") && details[0].contains("sessions"), "{details:?}");
}

#[tokio::test]
async fn of_two_ways_removed_at_the_same_time_one_stays() {
    let app = app();
    let other = app.beside();
    for round in 0..5 {
        let email = format!("ann{round}@example.org");
        let ann = app.user(&email).await;
        add_mail(&app, &ann, &email).await;
        let ids = [id_of(&ann, "simple").await, id_of(&ann, "email-code").await];
        let removals = ids.into_iter().zip([&app, &other]).map(|(id, gateway)| {
            let url = gateway.url(&format!("/me/identities/{id}"));
            let request = gateway.http.delete(url).bearer_auth(&ann.access);
            async move { request.send().await.unwrap().status().as_u16() }
        });
        let mut statuses = join_all(removals).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 400]);
        assert_eq!(types(&ann).await.len(), 1);
    }
}
