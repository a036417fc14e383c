//! What works once works once, at whichever gateway: invitations, reset links and codes, codes by mail, challenges.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{busy, three};
use crate::{
    actor::{Answer, PASSWORD, read},
    app::{App, plugin},
    invitations::invite::{accept, invited, state},
    patience::eventually,
    recovery::letter::{letter, recover, signin},
    store_kind::{StoreKind, on_each_store},
};

const ANN: &str = "ann@example.org";
/// Requests at the same time.
const CROWD: usize = 30;

on_each_store! {
    b5_an_invitation_is_accepted_once,
    f_a_reset_link_and_a_reset_code_work_once,
    g4_a_code_by_mail_works_once,
    rule22_a_challenge_is_answered_once,
}

/// How many of the answers had each status, with the code of the refusal.
fn count(answers: &[Answer]) -> BTreeMap<(u16, String), usize> {
    let mut found = BTreeMap::new();
    for answer in answers {
        let code = answer.json["code"].as_str().unwrap_or_default().to_owned();
        *found.entry((answer.status.as_u16(), code)).or_default() += 1;
    }
    found
}

/// Demands that one got through, and the others were refused by this code; where the store was too busy, the answer of that one
/// may be lost.
#[track_caller]
fn one_alone(answers: &[Answer], status: u16, refused: &str) {
    let mut found = count(answers);
    let passed = found.remove(&(status, String::new())).unwrap_or_default();
    assert!(passed == 1 || (passed == 0 && busy(answers)), "{passed} of {found:?}");
    found.remove(&(503, "store_unavailable".to_owned()));
    assert!(found.keys().all(|(status, code)| *status == 400 && (code == refused || refused.is_empty())), "{found:?}");
}

async fn b5_an_invitation_is_accepted_once(store: StoreKind) {
    let gates = three(store.cheap());
    let root = gates[0].admin().await;
    let (id, token) = invited(&gates[0], &root, ANN, 1).await;
    let answers = join_all((0..CROWD).map(|n| accept(&gates[n % 3], &token))).await;
    one_alone(&answers, 200, "invitation_used");
    let stored = state(&root, id).await;
    assert_eq!(stored["state"], json!("used"));
    if let Some(made) = answers.iter().find(|answer| answer.status == 200) {
        assert_eq!(stored["used_by"], made.json["user"]["id"]);
    }
    assert_eq!(root.get("/users").await.json["total"], json!(2), "root and Ann");
    letter(&gates[0], ANN, "Your account at", 1).await;
    assert_eq!(root.get("/audit?action=invitation.accept").await.json["total"], json!(1));
}

async fn f_a_reset_link_and_a_reset_code_work_once(store: StoreKind) {
    let gates = three(store.cheap());
    gates[0].user(ANN).await;
    for (n, refused) in [(1, "invalid_token"), (2, "invalid_code")] {
        let flow = recover(&gates[n], ANN).await;
        let letter = letter(&gates[0], ANN, "Set a new password", n).await;
        let password = |k: usize| format!("nine blue lanterns {n} at sea {k}");
        let body = |k: usize| match n {
            1 => json!({ "token": letter.token(), "new_password": password(k) }),
            _ => json!({ "flow": flow, "code": letter.code(), "new_password": password(k) }),
        };
        let bodies: Vec<Value> = (0..CROWD).map(body).collect();
        let answers = join_all((0..CROWD).map(|k| gates[k % 3].post("/auth/reset", &bodies[k]))).await;
        one_alone(&answers, 204, refused);
        if let Some(won) = answers.iter().position(|answer| answer.status == 204) {
            signin(&gates[0], ANN, &password(won)).await.expect(200);
            signin(&gates[1], ANN, &password((won + 1) % CROWD)).await.problem(400, "invalid_credentials");
        }
    }
}

/// The first group of so many digits in the `n`th mail.
async fn digits(app: &App, n: usize, length: usize) -> String {
    let mail = app.mail(n).await;
    let body = mail.split_once("\r\n\r\n").expect("headers and a body").1;
    let mut words = body.split(|c: char| !c.is_ascii_alphanumeric());
    let found = words.find(|word| word.len() == length && word.bytes().all(|byte| byte.is_ascii_digit()));
    found.unwrap_or_else(|| panic!("no code in {mail}")).to_owned()
}

async fn g4_a_code_by_mail_works_once(store: StoreKind) {
    let grants = "vouch = true\nmail = true\n";
    let gates = three(store.cheap().plugin("email-code", &plugin("email-code"), Some(grants)));
    let root = gates[0].admin().await;
    for (n, way) in [(1, "signup"), (2, "signin")] {
        let begin = json!({ "type": "email-code", "email": ANN });
        let flow = gates[n].post(&format!("/auth/{way}/"), &begin).await.expect(200).str("/challenge/flow");
        let body = json!({ "flow": flow, "code": digits(&gates[0], n, 6).await });
        let answers = join_all((0..CROWD).map(|k| gates[k % 3].post("/auth/continue", &body))).await;
        one_alone(&answers, 200, "");
    }
    let users = root.get("/users").await.json;
    assert_eq!(users["total"], json!(2));
    let ann = users["items"].as_array().unwrap().iter().find(|user| user["email"] == ANN).unwrap();
    assert_eq!(ann["email_verified"], json!(true));
}

async fn rule22_a_challenge_is_answered_once(store: StoreKind) {
    let guarded =
        store.cheap().set("trusted_proxies", "127.0.0.1").set("stranger_password_burst", "1").set("stranger_password_interval", "1h");
    let gates = three(guarded);
    let at = async |gate: &App, path: &str, network: &str, body: &Value| {
        let request = gate.http.post(gate.url(path)).header("x-forwarded-for", network).json(body);
        read(request.send().await.unwrap()).await
    };
    let simple = |password: &str| json!({ "type": "simple", "email": ANN, "password": password });
    at(&gates[0], "/auth/signup", "198.51.100.1", &simple(PASSWORD)).await.expect(200);
    at(&gates[1], "/auth/signin", "10.0.0.1", &simple("wrong horse")).await.problem(400, "invalid_credentials");
    // Whom nobody knows there is asked for a code from the mailbox now.
    let asked = at(&gates[2], "/auth/signin", "203.0.113.1", &simple(PASSWORD)).await.expect(200);
    let code = eventually("the code", || gates[0].mails().into_iter().find(|mail| mail.contains(ANN))).await;
    let found = code.split(|c: char| !c.is_ascii_alphanumeric()).find(|word| word.len() == 8 && word.bytes().all(|b| b.is_ascii_digit()));
    let body = json!({ "flow": asked.str("/challenge/flow"), "code": found.unwrap(), "password": PASSWORD });
    let answers = join_all((0..CROWD).map(|k| at(&gates[k % 3], "/auth/continue", "203.0.113.1", &body))).await;
    let passed = answers.iter().filter(|answer| answer.json.get("access_token").is_some()).count();
    assert!(passed == 1 || (passed == 0 && busy(&answers)), "{:?}", count(&answers));
    assert!(answers.iter().all(|answer| [200, 400, 503].contains(&answer.status.as_u16())), "{:?}", count(&answers));
}
