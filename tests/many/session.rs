//! Refresh, sign-out, roles and disabling, with every request at another gateway.

use std::{collections::BTreeSet, time::Instant};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{WITHIN, busy, post, three, until};
use crate::{
    actor::{PASSWORD, User},
    auth::jwt,
    patience::quickest,
    store_kind::{StoreKind, on_each_store},
};

on_each_store! {
    e3_a_hundred_refreshes_with_one_token_make_one_pair,
    e3_without_a_window_one_of_a_hundred_gets_a_pair,
    e7_a_sign_out_at_one_is_a_sign_out_at_all,
    rule10_roles_passwords_and_disabling_reach_all,
}

fn body(token: &str) -> Value {
    json!({ "refresh_token": token })
}

fn counter(token: &str) -> i64 {
    jwt::claims(token)["cnt"].as_i64().unwrap()
}

async fn e3_a_hundred_refreshes_with_one_token_make_one_pair(store: StoreKind) {
    let gates = three(store.cheap().set("retry_window", "10m"));
    let mut token = gates[0].user("ann@example.org").await.refresh;
    for turn in 1..=3 {
        let spent = body(&token);
        let answers = join_all((0..100).map(|n| post(&gates[n % 3], "/auth/refresh", &spent))).await;
        let pairs: BTreeSet<String> = answers.into_iter().map(|answer| answer.expect(200).text).collect();
        assert_eq!(pairs.len(), 1, "byte for byte");
        let pair: Value = serde_json::from_str(pairs.first().unwrap()).unwrap();
        pair["refresh_token"].as_str().unwrap().clone_into(&mut token);
        assert_eq!(counter(&token), turn, "one rotation");
    }
}

async fn e3_without_a_window_one_of_a_hundred_gets_a_pair(store: StoreKind) {
    let gates = three(store.cheap().set("retry_window", "0s"));
    let ann = gates[0].user("ann@example.org").await;
    let token = body(&ann.refresh);
    let answers = join_all((0..100).map(|n| gates[n % 3].post("/auth/refresh", &token))).await;
    let lost = busy(&answers);
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert!(made.len() == 1 || (made.is_empty() && lost), "never two pairs for one token: {}", made.len());
    let told = refused.iter().filter(|answer| answer.json["code"] == "token_reused").count();
    assert!(told == 1 || (told == 0 && lost), "the reuse is told once: {told}");
    assert!(refused.iter().all(|answer| [401, 503].contains(&answer.status.as_u16())));
    for gate in &gates {
        if let Some(made) = made.first() {
            post(gate, "/auth/refresh", &body(&made.str("/refresh_token"))).await.problem(401, "token_invalid");
        }
        until(&ann.at(gate), "/auth/check", 401).await.problem(401, "session_ended");
    }
}

async fn e7_a_sign_out_at_one_is_a_sign_out_at_all(store: StoreKind) {
    let gates = three(store.cheap());
    gates[0].user("ann@example.org").await;
    let mut taken = Vec::new();
    for way in [(Method::POST, "/auth/logout"), (Method::POST, "/auth/logout-all"), (Method::DELETE, "/me/sessions/")] {
        let ann = gates[0].signin("ann@example.org").await;
        let elsewhere = [ann.at(&gates[1]), ann.at(&gates[2])];
        for user in &elsewhere {
            user.get("/auth/check").await.expect(200);
        }
        let path = match way {
            (Method::DELETE, path) => format!("{path}{}", ann.get("/me/sessions").await.json[0]["id"]),
            (_, path) => path.to_owned(),
        };
        ann.send(way.0, &path, None).await.expect(204);
        let since = Instant::now();
        ann.get("/auth/check").await.problem(401, "session_ended");
        for user in &elsewhere {
            until(user, "/auth/check", 401).await.problem(401, "session_ended");
        }
        taken.push(since.elapsed());
        for gate in &gates {
            gate.post("/auth/refresh", &body(&ann.refresh)).await.problem(401, "token_invalid");
        }
    }
    quickest(WITHIN, "a sign-out everywhere", &taken);
}

/// What an administrator does at one gateway, with Ann at another.
async fn change(root: &User<'_>, method: Method, path: &str, body: Option<&Value>) {
    let answer = root.send(method, path, body).await;
    assert!(answer.status.is_success(), "{path}: {}", answer.text);
}

async fn rule10_roles_passwords_and_disabling_reach_all(store: StoreKind) {
    let gates = three(store.cheap());
    let root = gates[0].admin().await;
    root.send(Method::POST, "/roles", Some(&json!({ "name": "editor", "description": "Edits" }))).await.expect(201);
    let ann = gates[1].user("ann@example.org").await;
    let everywhere = [ann.at(&gates[0]), ann.at(&gates[1]), ann.at(&gates[2])];
    let (user, role) = (format!("/users/{}", ann.id), format!("/users/{}/roles/editor", ann.id));
    all(&everywhere, "/auth/check?role=editor", 403).await;
    change(&root, Method::PUT, &role, None).await;
    all(&everywhere, "/auth/check?role=editor", 200).await;
    change(&root, Method::DELETE, &role, None).await;
    all(&everywhere, "/auth/check?role=editor", 403).await;
    let passwords = json!({ "current_password": PASSWORD, "new_password": "nine blue lanterns at sea" });
    let other = gates[2].signin("ann@example.org").await;
    other.send(Method::PUT, "/me/password", Some(&passwords)).await.expect(204);
    all(&everywhere, "/auth/check", 401).await;
    let everywhere = [other.at(&gates[0]), other.at(&gates[1]), other.at(&gates[2])];
    all(&everywhere, "/auth/check", 200).await;
    change(&root, Method::PATCH, &user, Some(&json!({ "disabled": true }))).await;
    for gate in &gates {
        gate.post("/auth/refresh", &body(&other.refresh)).await.problem(401, "token_invalid");
        let body = json!({ "type": "simple", "email": "ann@example.org", "password": "nine blue lanterns at sea" });
        gate.post("/auth/signin/", &body).await.problem(400, "account_disabled");
    }
    all(&everywhere, "/auth/check", 401).await;
}

async fn all(users: &[User<'_>], path: &str, status: u16) {
    for user in users {
        until(user, path, status).await;
    }
}
