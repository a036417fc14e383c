//! What administrators see of the outbox, and do with it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    ask, items, plan,
    server::{Faults, MailServer},
    until, until_tried,
};
use crate::port;

#[tokio::test]
async fn b9_an_administrator_sees_a_failed_mail_and_has_it_tried_again() {
    let server = MailServer::faulty(Faults { unknown: vec!["ann@example.org".into()], ..Faults::default() }).await;
    let app = plan(server.port).start();
    let admin = app.admin().await;
    ask(&app, "ann@example.org").await.expect(200);
    ask(&app, "bob@example.org").await.expect(200);
    until(&app, "failed", 1).await;
    until(&app, "sent", 1).await;

    let all = admin.get("/outbox").await.expect(200);
    assert_eq!((&all.json["total"], items(&all).len()), (&json!(2), 2));
    let failed = items(&admin.get("/outbox?state=failed").await.expect(200)).remove(0);
    assert_eq!(
        (&failed["recipient"], &failed["template"], &failed["state"]),
        (&json!("ann@example.org"), &json!("email-code:code"), &json!("failed"))
    );
    assert_eq!((&failed["attempts"], &failed["next_at"]), (&json!(1), &Value::Null));
    assert!(failed["last_error"].as_str().is_some_and(|error| error.contains("550")) && failed["done_at"].is_string(), "{failed}");
    assert!(!all.text.contains("Your code"), "never the content");
    let keys: Vec<_> = failed.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = vec!["id", "recipient", "template", "state", "attempts", "next_at", "last_error", "created_at", "done_at"];
    expected.sort_unstable();
    assert_eq!(keys, expected);

    server.set(Faults::default());
    admin.post(&format!("/outbox/{}/retry", failed["id"])).await.expect(204);
    server.mails(2).await;
    until(&app, "sent", 2).await;
    admin.post(&format!("/outbox/{}/retry", failed["id"])).await.problem(404, "mail_not_found");
    admin.send(Method::DELETE, &format!("/outbox/{}", failed["id"]), None).await.problem(404, "mail_not_found");
    let audit = app.texts("SELECT action || ' ' || target FROM audit WHERE action LIKE 'mail.%'").await;
    assert_eq!(audit, [format!("mail.retry mail:{}", failed["id"])]);
}

#[tokio::test]
async fn b9_an_administrator_pages_and_removes_what_waits() {
    let app = plan(port::free()).start();
    let admin = app.admin().await;
    for n in 0..5 {
        ask(&app, &format!("u{n}@example.org")).await.expect(200);
    }
    until_tried(&app).await;
    let first = admin.get("/outbox?page_size=2&state=pending").await.expect(200);
    assert_eq!((&first.json["total"], &first.json["page_num"], &first.json["page_size"]), (&json!(5), &json!(1), &json!(2)));
    let next = first.str("/next");
    let second = admin.get(&format!("/outbox?page_size=2&state=pending&next={next}")).await.expect(200);
    let third = admin.get("/outbox?page_size=2&page_num=3").await.expect(200);
    assert_eq!(third.json["next"], Value::Null);
    let names: Vec<_> =
        [&first, &second, &third].into_iter().flat_map(items).map(|mail| mail["recipient"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["u4@example.org", "u3@example.org", "u2@example.org", "u1@example.org", "u0@example.org"]);

    let id = items(&third)[0]["id"].clone();
    admin.send(Method::DELETE, &format!("/outbox/{id}"), None).await.expect(204);
    admin.send(Method::DELETE, &format!("/outbox/{id}"), None).await.problem(404, "mail_not_found");
    assert_eq!(admin.get("/outbox").await.json["total"], json!(4));
    assert_eq!(app.texts("SELECT action || ' ' || target FROM audit WHERE action LIKE 'mail.%'").await, [format!("mail.delete mail:{id}")]);
}

#[tokio::test]
async fn b9_the_outbox_is_for_administrators() {
    let app = plan(port::free()).start();
    let ann = app.user("ann@example.org").await;
    app.get("/outbox").await.problem(401, "token_missing");
    ann.get("/outbox").await.problem(403, "forbidden");
    ann.post("/outbox/1/retry").await.problem(403, "forbidden");
    ann.send(Method::DELETE, "/outbox/1", None).await.problem(403, "forbidden");
    let admin = app.admin().await;
    assert_eq!(admin.get("/outbox?page_num=0&page_size=201").await.problem(400, "invalid_fields").fields().len(), 2);
    for query in ["state=lost", "page_num=x", "next=%00", "page_size=99999999999999999999"] {
        admin.get(&format!("/outbox?{query}")).await.expect(400);
    }
    admin.post("/outbox/99/retry").await.problem(404, "mail_not_found");
    admin.post("/outbox/x/retry").await.expect(404);
}
