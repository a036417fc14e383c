//! Many mails of three gateways: each leaves once.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join_all;
use serde_json::json;

use super::{post, three};
use crate::{
    app::plugin,
    mail::server::{Faults, MailServer},
    patience::until,
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
        post(&gates[n % 3], "/auth/signup/", &body).await
    }));
    for answer in asked.await {
        answer.expect(200);
    }
    server.mails(MAILS).await;
    // One that was sent twice would come while it is still on record as waiting.
    let pending = async || root.get("/outbox?state=pending").await.expect(200).json["total"] != json!(0);
    until("the end of the outbox", async || (!pending().await).then_some(())).await;
    // Who was told to ask again may have two: each of them left once.
    let kept = root.get("/outbox?state=sent").await.expect(200).json["total"].as_u64().unwrap();
    let taken = server.taken();
    let received: BTreeSet<String> = taken.iter().map(|mail| mail.to.concat()).collect();
    assert_eq!((received.len(), taken.len() as u64), (MAILS, kept));
}
