//! Recovery codes, and what happens when a factor cannot be asked.

use std::fs;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::{app, enrol_false, go_on, id_of, to_factor};
use crate::{
    actor::{PASSWORD, User},
    auth::jwt,
};

#[tokio::test]
async fn g4_a_recovery_code_works_once() {
    let app = app();
    let ann = app.user("ann@example.org").await;
    let codes = enrol_false(&ann).await;
    assert_eq!(ann.get("/me/recovery-codes").await.expect(200).json, json!({ "left": 10 }));
    assert_eq!(app.texts("SELECT code_hash FROM recovery_codes").await.iter().filter(|hash| hash.len() == 64).count(), 10);
    let flow = to_factor(&app, "ann@example.org").await.str("/challenge/flow");
    let typed = codes[0].to_uppercase().replace('-', " ");
    let signed_in = go_on(&app, &flow, "recovery_code", &typed).await.expect(200);
    assert_eq!(jwt::claims(&signed_in.str("/access_token"))["amr"], json!(["simple", "recovery-code"]));
    let flow = to_factor(&app, "ann@example.org").await.str("/challenge/flow");
    let refused = go_on(&app, &flow, "recovery_code", &codes[0]).await.problem(400, "invalid_fields");
    assert_eq!(refused.fields(), ["recovery_code:wrong_code"]);
    assert_eq!(ann.get("/me/recovery-codes").await.expect(200).json, json!({ "left": 9 }));
    assert_eq!(app.number("SELECT COUNT(*) FROM audit WHERE action = 'recovery_code.use'").await, 1);
    assert!(!app.log().contains(&codes[0]) && !app.log().contains(&typed));
}

#[tokio::test]
async fn g4_of_twenty_concurrent_uses_of_a_recovery_code_one_counts() {
    let app = app();
    let other = app.beside();
    let ann = app.user("ann@example.org").await;
    let codes = enrol_false(&ann).await;
    let flows = join_all((0..20).map(|_| to_factor(&app, "ann@example.org"))).await;
    let uses = flows.iter().enumerate().map(|(n, asked)| {
        let gateway = if n % 2 == 0 { &app } else { &other };
        let flow = asked.str("/challenge/flow");
        let code = &codes[3];
        async move { go_on(gateway, &flow, "recovery_code", code).await }
    });
    let answers = join_all(uses).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    for refused in answers.into_iter().filter(|answer| answer.status != 200) {
        assert_eq!(refused.problem(400, "invalid_fields").fields(), ["recovery_code:wrong_code"]);
    }
}

#[tokio::test]
async fn g4_a_code_is_of_one_account() {
    let app = app();
    let (ann, bob) = (app.user("ann@example.org").await, app.user("bob@example.org").await);
    let codes = enrol_false(&ann).await;
    enrol_false(&bob).await;
    let flow = to_factor(&app, "bob@example.org").await.str("/challenge/flow");
    go_on(&app, &flow, "recovery_code", &codes[0]).await.problem(400, "invalid_fields");
    assert_eq!(ann.get("/me/recovery-codes").await.expect(200).json, json!({ "left": 10 }));
}

#[tokio::test]
async fn g4_new_codes_replace_the_old_ones() {
    let app = app();
    let ann = app.user("ann@example.org").await;
    ann.post("/me/recovery-codes").await.problem(400, "no_factor");
    let old = enrol_false(&ann).await;
    let new = ann.post("/me/recovery-codes").await.expect(200);
    let new: Vec<_> = new.json["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    assert!(new.len() == 10 && old.iter().all(|code| !new.contains(code)));
    let flow = to_factor(&app, "ann@example.org").await.str("/challenge/flow");
    go_on(&app, &flow, "recovery_code", &old[0]).await.problem(400, "invalid_fields");
    go_on(&app, &flow, "recovery_code", &new[0]).await.expect(200);
}

/// What cannot be checked lets nobody in.
#[tokio::test]
async fn g4_without_its_plugin_a_recovery_code_alone_is_asked_for() {
    let app = app();
    let root = app.admin().await;
    let ann = app.user("ann@example.org").await;
    let codes = enrol_false(&ann).await;
    let before = to_factor(&app, "ann@example.org").await.str("/challenge/flow");
    fs::remove_file(app.plugins().join("false-factor.wasm")).unwrap();
    root.post("/providers/reload").await.expect(200);
    let asked = to_factor(&app, "ann@example.org").await;
    assert_eq!(asked.str("/challenge/type"), "recovery-code");
    let fields = asked.json["challenge"]["fields"].as_array().unwrap();
    assert_eq!((fields.len(), &fields[0]["name"], &fields[0]["required"]), (1, &json!("recovery_code"), &json!(true)));
    let flow = asked.str("/challenge/flow");
    assert_eq!(go_on(&app, &flow, "code", "right").await.problem(400, "invalid_fields").fields().len(), 2);
    go_on(&app, &flow, "recovery_code", &codes[0]).await.expect(200);
    go_on(&app, &before, "recovery_code", &codes[1]).await.expect(200);
}

#[tokio::test]
async fn g4_an_administrator_helps_who_lost_a_factor() {
    let app = app();
    let root = app.admin().await;
    let ann = app.user("ann@example.org").await;
    enrol_false(&ann).await;
    let path = format!("/users/{}/identities", ann.id);
    ann.get(&path).await.problem(403, "forbidden");
    let listed = root.get(&path).await.expect(200).json;
    assert_eq!((&listed[0]["type"], &listed[1]["type"], &listed[1]["factor"]), (&json!("simple"), &json!("false-factor"), &json!(true)));
    let factor = format!("{path}/{}", listed[1]["id"]);
    ann.send(Method::DELETE, &factor, None).await.problem(403, "forbidden");
    let others = format!("/users/{}/identities/{}", root.id, listed[1]["id"]);
    root.send(Method::DELETE, &others, None).await.problem(404, "identity_not_found");
    root.send(Method::DELETE, &factor, None).await.expect(204);
    root.send(Method::DELETE, &format!("{path}/{}", listed[0]["id"]), None).await.problem(400, "last_identity");
    root.get("/users/4711/identities").await.problem(404, "user_not_found");
    let audited = "SELECT COUNT(*) FROM audit WHERE action = 'identity.remove' AND actor_user <> ";
    assert_eq!(app.number(&format!("{audited}{}", ann.id)).await, 1);
    super::told(&app, "ann@example.org", "False factor").await;
    User::new(&app, &super::signin(&app, "ann@example.org", PASSWORD).await.expect(200));
    assert_eq!(ann.get("/me/recovery-codes").await.expect(200).json, json!({ "left": 0 }));
    assert!(id_of(&ann, "simple").await > 0);
}
