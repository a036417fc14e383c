//! Limits count for all gateways together (security rule 22).

use futures_util::future::join_all;
use serde_json::json;

use super::{busy, three};
use crate::{
    actor::PASSWORD,
    store_kind::{StoreKind, on_each_store},
};

on_each_store! {
    rule22_tries_of_a_client_are_counted_together,
    rule22_wrong_passwords_are_counted_together,
}

async fn rule22_tries_of_a_client_are_counted_together(store: StoreKind) {
    let gates = three(store.cheap().set("auth_rate_per_minute", "1").set("auth_rate_burst", "20"));
    // Of nobody there are many, or the wrong passwords of one would be counted too.
    let answers = join_all((0..60).map(async |n| {
        let body = json!({ "type": "simple", "email": format!("nobody{n}@example.org"), "password": PASSWORD });
        gates[n % 3].post("/auth/signin/", &body).await
    }));
    let answers = answers.await;
    let admitted = answers.iter().filter(|answer| answer.status == 400).count();
    assert!(admitted == 20 || (admitted < 20 && busy(&answers)), "{admitted}");
    for refused in answers.into_iter().filter(|answer| ![400, 503].contains(&answer.status.as_u16())) {
        assert!(refused.problem(429, "rate_limited").headers.contains_key("retry-after"));
    }
}

async fn rule22_wrong_passwords_are_counted_together(store: StoreKind) {
    let gates = three(store.cheap().set("wrong_password_burst", "7").set("wrong_password_interval", "1h"));
    gates[0].user("ann@example.org").await;
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": "wrong horse" });
    let answers = join_all((0..60).map(|n| gates[n % 3].post("/auth/signin/", &body))).await;
    let admitted = answers.iter().filter(|answer| answer.status == 400).count();
    assert!(admitted == 7 || (admitted < 7 && busy(&answers)), "{admitted}");
    assert!(answers.iter().all(|answer| [400, 429, 503].contains(&answer.status.as_u16())));
}
