//! Security rule 13: a proven identity meets an account with its address.

use reqwest::Method;
use serde_json::json;

use super::{app, by_mail, codes, enrol_false, go_on, go_on_adding, next_code, plan, signin, told, types};
use crate::{
    actor::{Answer, PASSWORD, User},
    app::{App, Plan, guest, install},
    facebook::{Toml, graph::Graph},
};

const ANN: &str = "10215241773831025";
const EVE: &str = "20000000000000001";
const EMAIL: &str = "ann@example.org";

async fn with_facebook() -> (Graph, App) {
    let graph = Graph::start().await;
    let app = plan(Toml::of(&graph).plan()).start();
    graph.give("EAAann", ANN, "Ann");
    graph.give("EAAeve", EVE, "Eve");
    (graph, app)
}

/// Signs up at Facebook with an address that somebody has here.
async fn meet(app: &App) -> Answer {
    let answer = app.facebook_signup(EMAIL, ANN, "EAAann").await.expect(200);
    assert!(answer.json.get("access_token").is_none(), "{}", answer.text);
    assert_eq!(answer.str("/challenge/type"), "facebook");
    answer
}

async fn set(app: &App, statement: &str) {
    app.run(statement).await;
}

#[tokio::test]
async fn rule13_an_address_verified_on_both_sides_links() {
    let app = app();
    let ann = User::new(&app, &by_mail(&app, "email-code", "signup", EMAIL).await.expect(200));
    let way = by_mail(&app, "second-mail", "signin", EMAIL).await.expect(200);
    assert_eq!(User::new(&app, &way).id, ann.id);
    assert_eq!(types(&ann).await, ["email-code", "second-mail"]);
    told(&app, EMAIL, "Code by e-mail").await;
    assert_eq!(app.number("SELECT COUNT(*) FROM audit WHERE action = 'identity.link'").await, 1);
    by_mail(&app, "second-mail", "signup", EMAIL).await.problem(400, "email_taken");
}

#[tokio::test]
async fn rule13_a_sign_up_with_an_address_verified_on_both_sides_links_too() {
    let app = app();
    let ann = User::new(&app, &by_mail(&app, "email-code", "signup", EMAIL).await.expect(200));
    enrol_false(&ann).await;
    let asked = by_mail(&app, "second-mail", "signup", EMAIL).await.expect(200);
    assert_eq!(asked.str("/challenge/type"), "false-factor", "the account's second factor stands");
    let signed_in = go_on(&app, &asked.str("/challenge/flow"), "code", "right").await.expect(200);
    assert_eq!(User::new(&app, &signed_in).id, ann.id);
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 1);
}

#[tokio::test]
async fn rule13_the_password_of_the_account_links_an_unverified_address() {
    let (_graph, app) = with_facebook().await;
    let ann = app.user(EMAIL).await;
    let asked = meet(&app).await;
    let flow = asked.str("/challenge/flow");
    assert_eq!(asked.json["challenge"]["fields"][0]["kind"], json!("password"));
    for _ in 0..2 {
        let refused = go_on(&app, &flow, "password", "nine blue lanterns").await.problem(400, "invalid_fields");
        assert_eq!(refused.fields(), ["password:wrong_password"]);
    }
    assert_eq!(types(&ann).await, ["simple"]);
    app.facebook_signin("EAAann").await.problem(400, "no_account");
    let linked = go_on(&app, &flow, "password", PASSWORD).await.expect(200);
    assert_eq!(User::new(&app, &linked).id, ann.id);
    assert_eq!(linked.json["user"]["profile"], json!({ "facebook_id": ANN, "name": "Ann" }));
    assert_eq!(linked.json["user"]["email_verified"], json!(false));
    go_on(&app, &flow, "password", PASSWORD).await.problem(400, "unknown_flow");
    assert_eq!(User::new(&app, &app.facebook_signin("EAAann").await.expect(200)).id, ann.id);
    told(&app, EMAIL, "Facebook").await;
    let results = app.texts("SELECT result FROM signins ORDER BY id").await;
    assert_eq!(results, ["ok", "invalid_credentials", "invalid_credentials", "no_account", "ok", "ok"]);
}

#[tokio::test]
async fn rule13_linking_does_not_go_round_the_second_factor() {
    let (_graph, app) = with_facebook().await;
    let ann = app.user(EMAIL).await;
    enrol_false(&ann).await;
    let flow = meet(&app).await.str("/challenge/flow");
    let asked = go_on(&app, &flow, "password", PASSWORD).await.expect(200);
    assert_eq!(asked.str("/challenge/type"), "false-factor");
    go_on(&app, &asked.str("/challenge/flow"), "code", "right").await.expect(200).str("/access_token");
    assert_eq!(app.facebook_signin("EAAann").await.expect(200).str("/challenge/type"), "false-factor");
}

#[tokio::test]
async fn rule13_five_wrong_passwords_end_the_question() {
    let (_graph, app) = with_facebook().await;
    app.user(EMAIL).await;
    let flow = meet(&app).await.str("/challenge/flow");
    for _ in 0..5 {
        go_on(&app, &flow, "password", "nine blue lanterns").await.problem(400, "invalid_fields");
    }
    go_on(&app, &flow, "password", PASSWORD).await.problem(400, "unknown_flow");
}

/// Otherwise whoever is known to Facebook by somebody's address guesses past the limits of sign-ins.
#[tokio::test]
async fn rule22_wrong_passwords_for_linking_count_like_those_of_sign_ins() {
    let graph = Graph::start().await;
    let limited = Toml::of(&graph).plan().set("wrong_password_burst", "4").set("wrong_password_interval", "1h");
    let app = plan(limited).start();
    graph.give("EAAann", ANN, "Ann");
    app.user(EMAIL).await;
    let flow = meet(&app).await.str("/challenge/flow");
    for _ in 0..2 {
        go_on(&app, &flow, "password", "nine blue lanterns").await.problem(400, "invalid_fields");
        signin(&app, EMAIL, "nine blue lanterns").await.problem(400, "invalid_credentials");
    }
    let limited = go_on(&app, &flow, "password", PASSWORD).await.problem(429, "rate_limited");
    assert!(limited.headers.contains_key("retry-after"));
    signin(&app, EMAIL, PASSWORD).await.problem(429, "rate_limited");
}

#[tokio::test]
async fn rule13_without_a_password_a_code_to_the_verified_address_links() {
    let (_graph, app) = with_facebook().await;
    let ann = User::new(&app, &by_mail(&app, "email-code", "signup", EMAIL).await.expect(200));
    let before = codes(&app).len();
    let asked = meet(&app).await;
    let code = next_code(&app, before).await;
    let flow = asked.str("/challenge/flow");
    assert!(!asked.text.contains(&code));
    let wrong = format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000);
    assert_eq!(go_on(&app, &flow, "code", &wrong).await.problem(400, "invalid_fields").fields(), ["code:wrong_code"]);
    let states: Vec<Vec<u8>> = app.database().await.column("SELECT state FROM steps").await;
    let holds = |state: &[u8], text: &str| state.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(states.iter().all(|state| !holds(state, &code) && !holds(state, ANN)));
    let linked = go_on(&app, &flow, "code", &format!("{} {}", &code[..3], &code[3..])).await.expect(200);
    assert_eq!(User::new(&app, &linked).id, ann.id);
    assert!(!app.log().contains(&code));
}

#[tokio::test]
async fn rule13_without_anything_to_prove_it_by_one_signs_in_first() {
    let (_graph, app) = with_facebook().await;
    app.facebook_signup(EMAIL, EVE, "EAAeve").await.expect(200);
    let refused = app.facebook_signup(EMAIL, ANN, "EAAann").await.problem(400, "email_taken");
    assert!(refused.str("/detail").contains("/me/identities"), "a way on: {}", refused.text);
    assert_eq!(refused.fields(), ["email:email_taken"]);
    assert_eq!(app.mails().len(), 0, "no code goes to an address that nobody has shown to be theirs");
}

#[tokio::test]
async fn rule13_a_disabled_account_is_told_so_after_the_proof() {
    let (_graph, app) = with_facebook().await;
    app.user(EMAIL).await;
    set(&app, "UPDATE users SET disabled = TRUE").await;
    let flow = meet(&app).await.str("/challenge/flow");
    go_on(&app, &flow, "password", "nine blue lanterns").await.problem(400, "invalid_fields");
    go_on(&app, &flow, "password", PASSWORD).await.problem(400, "account_disabled");
    assert_eq!(app.texts("SELECT provider FROM identities").await, ["simple"]);
}

#[tokio::test]
async fn rule13_a_question_belongs_to_its_flow_account_and_address() {
    let (_graph, app) = with_facebook().await;
    let ann = app.user(EMAIL).await;
    app.user("bob@example.org").await;
    let (anns, bobs) = (meet(&app).await.str("/challenge/flow"), {
        let answer = app.facebook_signup("bob@example.org", EVE, "EAAeve").await.expect(200);
        answer.str("/challenge/flow")
    });
    assert_ne!(anns, bobs);
    let mail_flow = app.post("/auth/signin/", &json!({ "type": "email-code", "email": EMAIL })).await.expect(200);
    let mail_flow = mail_flow.str("/challenge/flow");
    assert_eq!(go_on(&app, &mail_flow, "password", PASSWORD).await.problem(400, "invalid_fields").fields().len(), 2);
    assert_eq!(go_on(&app, &anns, "code", "000000").await.problem(400, "invalid_fields").fields().len(), 2);
    go_on_adding(&ann, &bobs, "password", PASSWORD).await.problem(400, "unknown_flow");
    let code = next_code(&app, 0).await;
    go_on(&app, &anns, "password", &code).await.problem(400, "invalid_fields");
    // The states of two questions cannot change places.
    let bobs = app.facebook_signup("bob@example.org", EVE, "EAAeve").await.expect(200).str("/challenge/flow");
    let exchange = "CREATE TABLE before AS SELECT id_hash, state FROM steps WHERE purpose = 'link';
        UPDATE steps SET state = (SELECT state FROM before WHERE before.id_hash <> steps.id_hash) WHERE purpose = 'link'";
    set(&app, exchange).await;
    go_on(&app, &anns, "password", PASSWORD).await.problem(400, "unknown_flow");
    go_on(&app, &bobs, "password", PASSWORD).await.problem(400, "unknown_flow");
    let moved = meet(&app).await.str("/challenge/flow");
    set(&app, "UPDATE users SET email = 'new@example.org' WHERE email = 'ann@example.org'").await;
    go_on(&app, &moved, "password", PASSWORD).await.problem(400, "unknown_flow");
    assert_eq!(app.number("SELECT COUNT(*) FROM identities").await, 2);
}

#[tokio::test]
async fn rule13_a_question_ends_with_the_provider_that_vouched() {
    let (_graph, app) = with_facebook().await;
    let root = app.admin().await;
    app.user(EMAIL).await;
    let flow = meet(&app).await.str("/challenge/flow");
    root.send(Method::PUT, "/providers/facebook", Some(&json!({ "enabled": false }))).await.expect(200);
    go_on(&app, &flow, "password", PASSWORD).await.problem(400, "unknown_flow");
    root.send(Method::PUT, "/providers/facebook", Some(&json!({ "enabled": true }))).await.expect(200);
    let flow = meet(&app).await.str("/challenge/flow");
    install(&app.plugins(), "facebook", &guest("hello"), None);
    root.post("/providers/reload").await.expect(200);
    go_on(&app, &flow, "password", PASSWORD).await.problem(400, "unknown_flow");
    assert_eq!(app.texts("SELECT DISTINCT provider FROM identities").await, ["simple"]);
}

#[tokio::test]
async fn a1_simple_sign_up_with_a_taken_address_is_refused() {
    let app = plan(Plan::new().simple()).start();
    by_mail(&app, "email-code", "signup", EMAIL).await.expect(200);
    let body = json!({ "type": "simple", "email": EMAIL, "password": PASSWORD });
    app.post("/auth/signup/", &body).await.problem(400, "email_taken");
}
