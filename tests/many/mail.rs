//! Many mails of three gateways: each leaves once.

use std::{collections::BTreeMap, time::Duration};

use futures_util::future::join_all;
use serde_json::json;

use super::three;
use crate::{
    app::plugin,
    mail::server::{Faults, MailServer},
    store_kind::{StoreKind, on_each_store},
};

const MAILS: usize = 90;

on_each_store! {
    b9_each_mail_is_sent_once,
}

async fn b9_each_mail_is_sent_once(store: StoreKind) {
    // Slow enough that all three have some under way at any time.
    let server = MailServer::faulty(Faults { delay: Duration::from_millis(5), ..Faults::default() }).await;
    let grants = "vouch = true\nmail = true\n";
    let plan = store.cheap().plugin("email-code", &plugin("email-code"), Some(grants));
    let gates = three(plan.set("mail_url", &format!("smtp://127.0.0.1:{}", server.port)));
    let root = gates[0].admin().await;
    let asked = join_all((0..MAILS).map(async |n| {
        let body = json!({ "type": "email-code", "email": format!("u{n}@example.org") });
        gates[n % 3].post("/auth/signup/", &body).await
    }));
    for answer in asked.await {
        answer.expect(200);
    }
    server.mails(MAILS).await;
    // One that was sent twice would come while it is still on record as waiting.
    let begun = std::time::Instant::now();
    while root.get("/outbox?state=sent").await.expect(200).json["total"] != json!(MAILS) {
        assert!(begun.elapsed() < Duration::from_secs(20), "{}", root.get("/outbox").await.text);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut received: BTreeMap<String, usize> = BTreeMap::new();
    for mail in server.taken() {
        *received.entry(mail.to.concat()).or_default() += 1;
    }
    assert_eq!((received.len(), received.values().max()), (MAILS, Some(&1)), "{received:?}");
}
