//! Accounts: an address belongs to one, and one administrator stays.

use futures_util::future::{join, join_all};
use reqwest::Method;
use serde_json::{Value, json};

use super::{busy, three};
use crate::{
    actor::{Answer, PASSWORD, User},
    app::App,
    store_kind::{StoreKind, on_each_store},
};

on_each_store! {
    a1_an_address_is_taken_once,
    rule28_two_administrators_cannot_remove_each_other,
}

async fn a1_an_address_is_taken_once(store: StoreKind) {
    let gates = three(store.cheap());
    for turn in 0..3 {
        let spell = |n: usize| match n % 2 {
            0 => format!("ann{turn}@example.org"),
            _ => format!(" ANN{turn}@Example.ORG"),
        };
        let bodies: Vec<Value> = (0..30).map(|n| json!({ "type": "simple", "email": spell(n), "password": PASSWORD })).collect();
        let answers = join_all((0..30).map(|n| gates[n % 3].post("/auth/signup/", &bodies[n]))).await;
        let lost = busy(&answers);
        let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert!(made.len() == 1 || (made.is_empty() && lost), "{}", made.len());
        for answer in refused.into_iter().filter(|answer| answer.status != 503) {
            answer.problem(400, "email_taken");
        }
        gates[turn].signin(&spell(0)).await;
    }
    let root = gates[0].admin().await;
    assert_eq!(root.get("/users").await.json["total"], json!(4));
}

/// Takes somebody's administration away, in one of the ways that there are.
async fn remove(by: &User<'_>, who: i64, way: usize) -> Answer {
    match way {
        0 => by.send(Method::DELETE, &format!("/users/{who}/roles/admin"), None).await,
        1 => by.send(Method::PATCH, &format!("/users/{who}"), Some(&json!({ "disabled": true }))).await,
        _ => by.send(Method::DELETE, &format!("/users/{who}"), None).await,
    }
}

fn set_admin(gate: &App, email: &str) {
    let made = gate.command(&["set-admin", email, PASSWORD]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

async fn rule28_two_administrators_cannot_remove_each_other(store: StoreKind) {
    let gates = three(store.cheap());
    for (way, turn) in (0..3).flat_map(|way| [(way, 0), (way, 1)]) {
        let emails = [format!("a{way}{turn}@example.org"), format!("b{way}{turn}@example.org")];
        // Those of the turn before are no administrators any more: these two are alone.
        for email in &emails {
            set_admin(&gates[0], email);
        }
        let (one, other) = (gates[0].signin(&emails[0]).await, gates[1].signin(&emails[1]).await);
        retire_the_others(&one, &[one.id, other.id]).await;
        let (first, second) = join(remove(&one, other.id, way), remove(&other, one.id, way)).await;
        let done = [&first, &second].iter().filter(|answer| answer.status.is_success()).count();
        assert_eq!(done, 1, "way {way}: {} / {}", first.text, second.text);
        let refused = if first.status.is_success() { second } else { first };
        // Who was quicker has made the other one nobody, or the last one.
        let code = refused.json["code"].as_str().unwrap_or_default();
        assert!(["last_administrator", "forbidden", "session_ended"].contains(&code), "way {way}: {}", refused.text);
    }
}

/// Leaves the two alone.
async fn retire_the_others(by: &User<'_>, stay: &[i64]) {
    let users = by.get("/users?page_size=200").await.expect(200).json;
    for user in users["items"].as_array().unwrap() {
        let id = user["id"].as_i64().unwrap();
        if !stay.contains(&id) && user["roles"] == json!(["admin"]) {
            by.send(Method::DELETE, &format!("/users/{id}/roles/admin"), None).await;
        }
    }
}
