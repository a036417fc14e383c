//! A way in with several steps: a code by mail.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::jwt;
use crate::{
    actor::{Answer, User},
    app::{App, Plan, guest, install, plugin},
    patience::until,
};

const GRANTS: &str = "vouch = true\nmail = true\n";

fn app() -> App {
    Plan::new().simple().plugin("email-code", &plugin("email-code"), Some(GRANTS)).start()
}

/// Begins; gives the flow.
async fn begin(app: &App, way: &str, email: &str) -> String {
    let answer = app.post(&format!("/auth/{way}/"), &json!({ "type": "email-code", "email": email })).await.expect(200);
    assert!(answer.json.get("access_token").is_none(), "{}", answer.text);
    answer.str("/challenge/flow")
}

/// The code of the `n`th mail.
async fn code(app: &App, n: usize) -> String {
    let mail = app.mail(n).await;
    let digits = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    let body = mail.split_once("\r\n\r\n").expect("headers and a body").1;
    body.split(|c: char| !c.is_ascii_alphanumeric()).find(digits).unwrap_or_else(|| panic!("no code in {mail}")).to_owned()
}

async fn answer(app: &App, flow: &str, code: &str) -> Answer {
    app.post("/auth/continue", &json!({ "flow": flow, "code": code })).await
}

fn wrong(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

async fn sign_up<'a>(app: &'a App, email: &str) -> User<'a> {
    let n = app.mails().len() + 1;
    let flow = begin(app, "signup", email).await;
    User::new(app, &answer(app, &flow, &code(app, n).await).await.expect(200))
}

#[tokio::test]
async fn g4_sign_up_and_sign_in_by_a_code_from_the_mail_to_the_tokens() {
    let app = app();
    let begun = app.post("/auth/signup/", &json!({ "type": "email-code", "email": " Ann@Example.org" })).await.expect(200);
    let challenge = &begun.json["challenge"];
    assert_eq!((&challenge["type"], &challenge["expires_in"], &challenge["data"]), (&json!("email-code"), &json!(600), &json!({})));
    assert_eq!((&challenge["fields"][0]["name"], &challenge["fields"][0]["kind"]), (&json!("code"), &json!("token")));
    assert!(challenge["message"].as_str().is_some_and(|message| !message.is_empty()) && challenge.get("redirect").is_none());
    let mail = app.mail(1).await;
    assert!(mail.contains("To: ann@example.org"), "{mail}");
    let flow = begun.str("/challenge/flow");
    let code_1 = code(&app, 1).await;
    assert!(!begun.text.contains(&code_1) && !app.log().contains(&flow) && !mail.contains(&flow));
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 0, "nobody is there before the proof");

    let made = answer(&app, &flow, &format!("{} {}", &code_1[..3], &code_1[3..])).await.expect(200);
    assert_eq!((&made.json["user"]["email"], &made.json["user"]["email_verified"]), (&json!("ann@example.org"), &json!(true)));
    let ann = User::new(&app, &made);
    assert_eq!(jwt::claims(&ann.access)["amr"], json!(["email-code"]));
    ann.get("/me").await.expect(200);

    let flow = begin(&app, "signin", "ann@example.org").await;
    let signed_in = User::new(&app, &answer(&app, &flow, &code(&app, 2).await).await.expect(200));
    assert_eq!(signed_in.id, ann.id);
    assert!(!app.log().contains(&code_1), "codes are not logged");
}

#[tokio::test]
async fn g4_a_code_works_once() {
    let app = app();
    let flow = begin(&app, "signup", "ann@example.org").await;
    let code = code(&app, 1).await;
    answer(&app, &flow, &code).await.expect(200);
    answer(&app, &flow, &code).await.problem(400, "unknown_flow");
    assert_eq!(app.number("SELECT COUNT(*) FROM steps").await, 0);
    assert_eq!(app.number("SELECT COUNT(*) FROM sessions").await, 1);
}

#[tokio::test]
async fn g4_five_wrong_codes_end_the_flow() {
    let app = app();
    let flow = begin(&app, "signup", "ann@example.org").await;
    let code = code(&app, 1).await;
    for _ in 0..5 {
        let refused = answer(&app, &flow, &wrong(&code)).await.problem(400, "invalid_fields");
        assert_eq!(refused.fields(), ["code:wrong_code"]);
    }
    answer(&app, &flow, &code).await.problem(400, "unknown_flow");
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 0);
}

#[tokio::test]
async fn g4_four_wrong_codes_and_a_right_one_are_enough() {
    let app = app();
    let flow = begin(&app, "signup", "ann@example.org").await;
    let code = code(&app, 1).await;
    for body in [
        json!({ "flow": flow, "code": wrong(&code) }),
        json!({ "flow": flow }),
        json!({ "flow": flow, "code": "x".repeat(11) }),
        json!({ "flow": flow, "code": code, "email": "eve@example.org" }),
    ] {
        app.post("/auth/continue", &body).await.problem(400, "invalid_fields");
    }
    answer(&app, &flow, &code).await.expect(200);
}

#[tokio::test]
async fn g4_concurrent_guesses_count_and_one_right_answer_counts() {
    let app = app();
    let flow = begin(&app, "signup", "ann@example.org").await;
    let code_1 = code(&app, 1).await;
    let answers = join_all((0..12).map(|_| answer(&app, &flow, &code_1))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    for refused in answers.into_iter().filter(|answer| answer.status != 200) {
        refused.problem(400, "unknown_flow");
    }
    assert_eq!(app.number("SELECT COUNT(*) FROM sessions").await, 1);

    let flow = begin(&app, "signin", "ann@example.org").await;
    let wrong = wrong(&code(&app, 2).await);
    let mut judged = 0;
    for _ in 0..4 {
        let answers = join_all((0..10).map(|_| answer(&app, &flow, &wrong))).await;
        judged += answers.iter().filter(|answer| answer.json["code"] == "invalid_fields").count();
    }
    assert!((1..=5).contains(&judged), "{judged} guesses were judged");
}

#[tokio::test]
async fn g4_another_flow_or_anothers_code_is_useless() {
    let app = app();
    let (anns, bobs) = (begin(&app, "signup", "ann@example.org").await, begin(&app, "signup", "bob@example.org").await);
    assert_ne!(anns, bobs);
    let (first, second) = (code(&app, 1).await, code(&app, 2).await);
    let to_ann = app.mail(1).await.contains("To: ann@example.org");
    let (anns_code, bobs_code) = if to_ann { (first, second) } else { (second, first) };
    if anns_code != bobs_code {
        answer(&app, &anns, &bobs_code).await.problem(400, "invalid_fields");
        answer(&app, &bobs, &anns_code).await.problem(400, "invalid_fields");
    }
    for flow in ["", "x", &anns[1..], &anns.to_lowercase(), &format!("{anns}x"), &"x".repeat(100)] {
        let refused = answer(&app, flow, &anns_code).await.expect(400);
        assert!(["unknown_flow", "invalid_fields"].contains(&refused.str("/code").as_str()), "{}", refused.text);
    }
    answer(&app, &"x".repeat(101), &anns_code).await.problem(400, "invalid_fields");
    // What the store holds of a flow does not answer it either.
    for id_hash in app.texts("SELECT id_hash FROM steps").await {
        answer(&app, &id_hash, &anns_code).await.problem(400, "unknown_flow");
    }
    answer(&app, &anns, &anns_code).await.expect(200);
}

/// A flow goes on as what it began as, whatever came to be meanwhile.
#[tokio::test]
async fn g4_a_flow_keeps_its_purpose() {
    let app = app();
    let signin = begin(&app, "signin", "ann@example.org").await;
    answer(&app, &signin, &code(&app, 1).await).await.problem(400, "no_account");
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 0, "a sign-in makes no account");

    let signup = begin(&app, "signup", "bob@example.org").await;
    let bobs_code = code(&app, 2).await;
    sign_up(&app, "bob@example.org").await;
    answer(&app, &signup, &bobs_code).await.problem(400, "email_taken");
    for more in [json!({ "type": "simple" }), json!({ "purpose": "signin" })] {
        let mut body = json!({ "flow": begin(&app, "signup", "eve@example.org").await, "code": "000000" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.post("/auth/continue", &body).await.problem(400, "invalid_fields");
    }
}

#[tokio::test]
async fn g4_a_flow_ends_with_the_provider_that_began_it() {
    let app = app();
    let flow = begin(&app, "signup", "ann@example.org").await;
    let code_1 = code(&app, 1).await;
    install(&app.plugins(), "email-code", &guest("hello"), None);
    until("the other component", async || app.get("/auth/providers").await.text.contains("Hello").then_some(())).await;
    answer(&app, &flow, &code_1).await.problem(400, "unknown_flow");
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 0);
}

#[tokio::test]
async fn g4_a_flow_ends_while_its_provider_is_switched_off() {
    let app = app();
    let root = app.admin().await;
    let flow = begin(&app, "signup", "ann@example.org").await;
    let code_1 = code(&app, 1).await;
    root.send(reqwest::Method::PUT, "/providers/email-code", Some(&json!({ "enabled": false }))).await.expect(200);
    answer(&app, &flow, &code_1).await.expect(400);
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 1);
}

#[tokio::test]
async fn rule23_a_known_and_an_unknown_address_are_challenged_alike() {
    let app = app();
    sign_up(&app, "ann@example.org").await;
    let shape = |answer: Answer| {
        let mut challenge: Value = answer.expect(200).json;
        assert_ne!(challenge["challenge"]["flow"].take(), Value::Null);
        challenge
    };
    let body = |email: &str| json!({ "type": "email-code", "email": email });
    let known = shape(app.post("/auth/signin/", &body("ann@example.org")).await);
    let unknown = shape(app.post("/auth/signin/", &body("bob@example.org")).await);
    assert_eq!(known, unknown);
    app.mail(3).await;
    let known = shape(app.post("/auth/signup/", &body("ann@example.org")).await);
    let unknown = shape(app.post("/auth/signup/", &body("eve@example.org")).await);
    assert_eq!(known, unknown);
}

#[tokio::test]
async fn g4_without_its_grants_the_provider_lets_nobody_in() {
    let app = Plan::new().simple().plugin("email-code", &plugin("email-code"), Some("mail = true")).start();
    let answer = app.post("/auth/signup/", &json!({ "type": "email-code", "email": "ann@example.org" })).await;
    assert!(!answer.status.is_success(), "{}", answer.text);
    assert!(answer.status.is_client_error() || answer.status == 503, "{}", answer.text);
}

#[tokio::test]
async fn g4_an_address_gets_five_codes_an_hour() {
    let app = app();
    for _ in 0..5 {
        begin(&app, "signin", "ann@example.org").await;
    }
    let refused = app.post("/auth/signin/", &json!({ "type": "email-code", "email": "ann@example.org" })).await;
    // The count begins anew with the hour of the clock.
    if refused.status != 200 {
        let refused = refused.problem(429, "rate_limited");
        let wait: u32 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=3600).contains(&wait), "{wait}");
    }
    begin(&app, "signin", "bob@example.org").await;
}
