//! The second factor of an authenticator app, from enrolment to removal.

use std::fs;

use reqwest::Method;
use serde_json::json;

use super::{FACTOR, add, app, app_code::Authenticator, by_mail, enrol_false, go_on, go_on_adding, id_of, signin, to_factor, told, types};
use crate::{
    actor::{PASSWORD, User},
    app::{App, Plan, guest, plugin},
    auth::jwt,
};

/// Enrols an authenticator app.
async fn enrol(user: &User<'_>) -> (Authenticator, Vec<String>) {
    let begun = add(user, &json!({ "type": "totp" })).await.expect(200);
    let mut authenticator = Authenticator::new(&begun.str("/challenge/data/secret"));
    let code = authenticator.code().await;
    let done = go_on_adding(user, &begun.str("/challenge/flow"), "code", &code).await.expect(200);
    let codes = done.json["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    (authenticator, codes)
}

#[tokio::test]
async fn g4_an_authenticator_app_from_enrolment_to_sign_in() {
    let app = app();
    let ann = app.user("ann@example.org").await;
    let begun = add(&ann, &json!({ "type": "totp" })).await.expect(200);
    assert_eq!(begun.str("/challenge/type"), "totp");
    let uri = url::Url::parse(&begun.str("/challenge/data/otpauth_uri")).unwrap();
    let pairs: std::collections::BTreeMap<_, _> = uri.query_pairs().into_owned().collect();
    assert_eq!((uri.scheme(), uri.host_str(), pairs["digits"].as_str(), pairs["period"].as_str()), ("otpauth", Some("totp"), "6", "30"));
    assert!(uri.path().ends_with(":ann%40example.org"), "{uri}");
    let secret = begun.str("/challenge/data/secret");
    assert_eq!(pairs["secret"], secret);
    svg(&begun.str("/challenge/data/qr_svg"));

    let mut authenticator = Authenticator::new(&secret);
    let flow = begun.str("/challenge/flow");
    let refused = go_on_adding(&ann, &flow, "code", &authenticator.wrong()).await.problem(400, "invalid_fields");
    assert_eq!(refused.fields(), ["code:wrong_code"]);
    assert_eq!(types(&ann).await, ["simple"]);
    let first = authenticator.code().await;
    let done = go_on_adding(&ann, &flow, "code", &first).await.expect(200);
    assert_eq!((&done.json["identity"]["type"], &done.json["identity"]["factor"]), (&json!("totp"), &json!(true)));
    let codes = done.json["recovery_codes"].as_array().unwrap();
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.as_str().unwrap().len() == 11 && code.as_str().unwrap().as_bytes()[5] == b'-'), "{codes:?}");
    go_on_adding(&ann, &flow, "code", &first).await.problem(400, "unknown_flow");
    told(&app, "ann@example.org", "Authenticator app").await;

    let asked = to_factor(&app, "ann@example.org").await;
    assert_eq!(asked.str("/challenge/type"), "totp");
    let fields: Vec<_> = asked.json["challenge"]["fields"].as_array().unwrap().iter().map(|field| field["name"].clone()).collect();
    assert_eq!(fields, [json!("code"), json!("recovery_code")]);
    assert!(asked.json["challenge"]["data"].as_object().unwrap().is_empty(), "the secret is shown at enrolment alone");
    let flow = asked.str("/challenge/flow");
    assert_eq!(go_on(&app, &flow, "code", &first).await.problem(400, "invalid_fields").fields(), ["code:code_used"]);
    let signed_in = go_on(&app, &flow, "code", &authenticator.code().await).await.expect(200);
    let again = User::new(&app, &signed_in);
    assert_eq!(jwt::claims(&again.access)["amr"], json!(["simple", "totp"]));
    assert_eq!(again.id, ann.id);
    again.get("/me").await.expect(200);
    ann.get("/me").await.expect(200);
    let results = app.texts("SELECT result FROM signins ORDER BY id").await;
    assert_eq!(results, ["ok", "factor_required", "invalid_factor", "ok"]);
    let mut again = again;
    again.renew().await.expect(200);
    let log = app.log();
    assert!(!log.contains(&secret) && !log.contains(&first), "neither secret nor code is logged");
}

/// A drawing and nothing else: well-formed, of shapes alone.
fn svg(text: &str) {
    assert!(text.starts_with("<svg") && text.ends_with("</svg>"), "{text}");
    let mut open = Vec::new();
    for tag in text.split('<').skip(1) {
        let (inside, after) = tag.split_once('>').expect("a tag ends");
        assert!(after.trim().is_empty(), "text in {text}");
        let name = inside.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap();
        assert!(["svg", "rect", "path", "g"].contains(&name), "{name} in {text}");
        assert!(!inside.contains("href") && !inside.split_whitespace().any(|word| word.starts_with("on")), "{inside}");
        if inside.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{text}");
        } else if !inside.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty() && text.contains("path"), "{open:?}");
}

#[tokio::test]
async fn g4_a_code_counts_once_for_all_gateways() {
    let app = app();
    let ann = app.user("ann@example.org").await;
    let (mut authenticator, _) = enrol(&ann).await;
    let other = app.beside();
    let here = to_factor(&app, "ann@example.org").await.str("/challenge/flow");
    let there = to_factor(&other, "ann@example.org").await.str("/challenge/flow");
    let code = authenticator.code().await;
    let (here, there) = tokio::join!(go_on(&app, &here, "code", &code), go_on(&other, &there, "code", &code));
    let (right, replayed) = if here.status == 200 { (here, there) } else { (there, here) };
    right.expect(200);
    assert_eq!(replayed.problem(400, "invalid_fields").fields(), ["code:code_used"]);
}

#[tokio::test]
async fn g4_a_factor_is_no_way_in() {
    let app = app();
    let ann = app.user("ann@example.org").await;
    enrol_false(&ann).await;
    for way in ["signin", "signup"] {
        app.post(&format!("/auth/{way}/"), &json!({ "type": "totp" })).await.problem(400, "not_offered");
        app.post(&format!("/auth/{way}/"), &json!({ "type": "false-factor" })).await.problem(400, "not_offered");
    }
    let listed = app.get("/auth/providers").await.expect(200).json;
    let of = |kind: &str| listed.as_array().unwrap().iter().find(|provider| provider["type"] == kind).unwrap().clone();
    assert_eq!((&of("totp")["factor"], &of("totp")["signin"], &of("totp")["signup"]), (&json!(true), &json!(null), &json!(null)));
    assert_eq!(of("simple")["factor"], json!(false));
    let document = app.get("/api/openapi.json").await.expect(200).json;
    let schemas = &document["components"]["schemas"];
    assert!(schemas.get("SignIn.totp").is_none() && schemas.get("NewIdentity.totp").is_some());
    // Even when another component of its name offers a way in later: what it kept of her is a factor.
    assert_eq!(app.number("SELECT COUNT(*) FROM identities WHERE is_factor").await, 1);
}

/// The operator has to say so.
#[tokio::test]
async fn g4_a_factor_needs_a_grant() {
    let app = Plan::new().simple().plugin("totp", &plugin("totp"), Some("vouch = true")).start();
    let ann = app.user("ann@example.org").await;
    add(&ann, &json!({ "type": "totp" })).await.problem(400, "unknown_type");
    let states = app.admin().await.get("/providers").await.expect(200).text;
    assert!(states.contains("add factor = true"), "{states}");
}

#[tokio::test]
async fn g4_the_secret_lies_sealed_in_the_store() {
    let app = super::plan(Plan::new().simple()).on_file().start();
    let ann = app.user("ann@example.org").await;
    let begun = add(&ann, &json!({ "type": "totp" })).await.expect(200);
    let text = begun.str("/challenge/data/secret");
    let secret = totp_rs::Secret::Encoded(text.clone()).to_bytes().unwrap();
    let mut authenticator = Authenticator::new(&text);
    let files = |app: &App| -> Vec<u8> {
        let entries = fs::read_dir(app.data()).unwrap().flatten().filter(|entry| entry.path().is_file());
        entries.flat_map(|entry| fs::read(entry.path()).unwrap()).collect()
    };
    let holds = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    let pending = files(&app);
    let code = authenticator.code().await;
    go_on_adding(&ann, &begun.str("/challenge/flow"), "code", &code).await.expect(200);
    for bytes in [pending, files(&app)] {
        assert!(holds(&bytes, b"totp"), "this looks at the database");
        let listed = serde_json::to_string(&secret).unwrap();
        assert!(!holds(&bytes, &secret) && !holds(&bytes, text.as_bytes()) && !holds(&bytes, listed.trim_matches(['[', ']']).as_bytes()));
    }
}

#[tokio::test]
async fn g4_five_wrong_answers_end_the_challenge() {
    let app = app();
    let ann = app.user("ann@example.org").await;
    enrol_false(&ann).await;
    let flow = to_factor(&app, "ann@example.org").await.str("/challenge/flow");
    for _ in 0..5 {
        assert_eq!(go_on(&app, &flow, "code", "wrong").await.problem(400, "invalid_fields").fields(), ["code:wrong_code"]);
    }
    go_on(&app, &flow, "code", "right").await.problem(400, "unknown_flow");
    let flow = to_factor(&app, "ann@example.org").await.str("/challenge/flow");
    assert_eq!(app.post("/auth/continue", &json!({ "flow": flow })).await.problem(400, "invalid_fields").fields(), ["code:required"]);
    let both = json!({ "flow": flow, "code": "right", "recovery_code": "aaaaa-aaaaa" });
    assert_eq!(app.post("/auth/continue", &both).await.problem(400, "invalid_fields").fields(), ["code:unknown_field"]);
    let empty = json!({ "flow": flow, "code": "right", "recovery_code": "" });
    app.post("/auth/continue", &empty).await.expect(200);
}

#[tokio::test]
async fn g4_a_factor_that_is_removed_is_asked_for_no_more() {
    let app = app();
    let ann = app.user("ann@example.org").await;
    enrol_false(&ann).await;
    let pending = to_factor(&app, "ann@example.org").await.str("/challenge/flow");
    let path = format!("/me/identities/{}", id_of(&ann, "false-factor").await);
    ann.send(Method::DELETE, &path, None).await.expect(204);
    assert_eq!(ann.get("/me/recovery-codes").await.expect(200).json, json!({ "left": 0 }));
    go_on(&app, &pending, "code", "right").await.problem(400, "unknown_flow");
    signin(&app, "ann@example.org", PASSWORD).await.expect(200).str("/access_token");
    ann.get("/me").await.expect(200);
}

/// A pending sign-in must not outlive the password that began it.
#[tokio::test]
async fn rule10_a_changed_password_ends_a_pending_second_step() {
    let app = app();
    let ann = app.user("ann@example.org").await;
    enrol_false(&ann).await;
    let pending = to_factor(&app, "ann@example.org").await.str("/challenge/flow");
    let change = json!({ "current_password": PASSWORD, "new_password": "nine blue lanterns at dusk" });
    ann.send(Method::PUT, "/me/password", Some(&change)).await.expect(204);
    go_on(&app, &pending, "code", "right").await.problem(400, "unknown_flow");
}

#[tokio::test]
async fn g4_of_several_factors_the_first_live_one_is_asked_for() {
    let app = app();
    let ann = app.user("ann@example.org").await;
    let (_, codes) = enrol(&ann).await;
    let begun = add(&ann, &json!({ "type": "false-factor" })).await.expect(200);
    let second = go_on_adding(&ann, &begun.str("/challenge/flow"), "code", "right").await.expect(200);
    assert!(second.json.get("recovery_codes").is_none(), "those she has stay good: {}", second.text);
    assert_eq!(to_factor(&app, "ann@example.org").await.str("/challenge/type"), "totp");
    let root = app.admin().await;
    root.send(Method::PUT, "/providers/totp", Some(&json!({ "enabled": false }))).await.expect(200);
    let asked = to_factor(&app, "ann@example.org").await;
    assert_eq!(asked.str("/challenge/type"), "false-factor");
    let done = go_on(&app, &asked.str("/challenge/flow"), "code", "again").await.expect(200);
    assert_eq!(done.str("/challenge/message"), "Again?", "a factor may have several steps");
    let done = go_on(&app, &done.str("/challenge/flow"), "code", "right").await.expect(200);
    assert_eq!(jwt::claims(&done.str("/access_token"))["amr"], json!(["simple", "false-factor"]));
    let flow = to_factor(&app, "ann@example.org").await.str("/challenge/flow");
    go_on(&app, &flow, "recovery_code", &codes[0]).await.expect(200);
}

#[tokio::test]
async fn b10_set_admin_keeps_the_factor() {
    let app = app();
    let ann = app.user("ann@example.org").await;
    enrol_false(&ann).await;
    let made = app.command(&["set-admin", "ann@example.org", PASSWORD]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    // Another process changed her: this one may believe for a second that she is as she was.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let asked = to_factor(&app, "ann@example.org").await;
    let root = User::new(&app, &go_on(&app, &asked.str("/challenge/flow"), "code", "right").await.expect(200));
    root.get("/providers").await.expect(200);
}

/// The sandbox tests know what a component may ask for; this one is for the operator's eyes.
#[tokio::test]
async fn g4_a_component_of_another_digest_cannot_answer_for_the_one_that_asked() {
    let app = app();
    let root = app.admin().await;
    let ann = app.user("ann@example.org").await;
    let begun = add(&ann, &json!({ "type": "false-factor" })).await.expect(200).str("/challenge/flow");
    enrol_false(&ann).await;
    let pending = to_factor(&app, "ann@example.org").await.str("/challenge/flow");
    crate::app::install(&app.plugins(), "false-factor", &plugin("totp"), Some(FACTOR));
    root.post("/providers/reload").await.expect(200);
    go_on(&app, &pending, "code", "right").await.problem(400, "unknown_flow");
    go_on_adding(&ann, &begun, "code", "right").await.problem(400, "unknown_flow");
    assert!(guest("false-factor").exists());
}

/// Who does not pass the second factor leaves nothing behind.
#[tokio::test]
async fn rule13_a_new_way_in_comes_with_the_second_factor_and_not_before() {
    let app = app();
    let ann = app.user("ann@example.org").await;
    app.run("UPDATE users SET email_verified = TRUE").await;
    enrol_false(&ann).await;
    let asked = by_mail(&app, "email-code", "signin", "ann@example.org").await.expect(200);
    let flow = asked.str("/challenge/flow");
    go_on(&app, &flow, "code", "wrong").await.expect(400);
    assert_eq!(types(&ann).await, ["simple", "false-factor"], "nobody came in by it");
    let asked = by_mail(&app, "email-code", "signin", "ann@example.org").await.expect(200);
    go_on(&app, &asked.str("/challenge/flow"), "code", "right").await.expect(200);
    assert_eq!(types(&ann).await, ["simple", "false-factor", "email-code"]);
    told(&app, "ann@example.org", "way to sign in").await;
}
