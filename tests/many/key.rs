//! Signing keys: whatever one gateway signs, all others take, at every moment of a rotation.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;

use super::three;
use crate::{
    actor::User,
    app::App,
    auth::jwt,
    patience::PATIENCE,
    store_kind::{StoreKind, on_each_store},
};

on_each_store! {
    rule12_a_new_key_is_known_to_all_before_it_signs,
    rule12_a_key_that_signs_at_once_is_taken_by_all,
}

/// By two operators at once.
fn rotate_twice(gates: &[App], after: &str) {
    let children = [0, 1].map(|n| gates[n].command(&["keys", "rotate", "--after", after]).spawn().unwrap());
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
}

/// Has every gateway sign, and every gateway check what each has signed, until all sign with a new key; then which.
async fn until_all_sign_anew(gates: &[App; 3], published: bool) -> [String; 3] {
    let mut users: Vec<User<'_>> = Vec::new();
    for (n, gate) in gates.iter().enumerate() {
        users.push(gate.user(&format!("u{n}@example.org")).await);
    }
    let old = jwt::kid(&users[0].access);
    rotate_twice(gates, if published { "6s" } else { "0s" });
    let begun = Instant::now();
    loop {
        for user in &mut users {
            user.renew().await.expect(200);
        }
        for user in &users {
            // Several at a time: who waits for the same key must not be refused.
            for answer in join_all((0..9).map(async |n| user.at(&gates[n % 3]).get("/auth/check").await)).await {
                answer.expect(200);
            }
            for gate in gates.iter().filter(|_| published) {
                gate.verify(&user.access).await.expect("published everywhere before it signs");
            }
        }
        let kids = [0, 1, 2].map(|n| jwt::kid(&users[n].access));
        if kids.iter().all(|kid| *kid != old && *kid == kids[0]) {
            // Another round: tokens of one are refreshed at the others.
            for (n, user) in users.iter().enumerate() {
                gates[(n + 1) % 3].post("/auth/refresh", &json!({ "refresh_token": user.refresh })).await.expect(200);
            }
            return kids;
        }
        assert!(begun.elapsed() < PATIENCE, "not all sign anew: {old} {kids:?}");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

async fn rule12_a_new_key_is_known_to_all_before_it_signs(store: StoreKind) {
    let gates = three(store.cheap());
    until_all_sign_anew(&gates, true).await;
    for gate in &gates {
        assert_eq!(gate.kids().await.len(), 3, "both new ones, and the old one for its tokens");
    }
}

/// No wait is asked for: a gateway that meets a key for the first time asks the store before it refuses.
async fn rule12_a_key_that_signs_at_once_is_taken_by_all(store: StoreKind) {
    let gates = three(store.cheap());
    until_all_sign_anew(&gates, false).await;
}
