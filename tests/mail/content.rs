//! What a mail is made of, and that nobody reads it on the way.

use std::fs;

use super::{
    ask, plan,
    server::{Faults, MailServer, Offer},
    until, until_tried,
};
use crate::{app::App, port};

/// Whether the text stands in a file of the data directory.
fn on_disk(app: &App, text: &str) -> bool {
    let files = fs::read_dir(app.data()).unwrap().flatten().map(|entry| entry.path()).filter(|path| path.is_file());
    let mut read = 0;
    let found = files.into_iter().any(|path| {
        read += 1;
        fs::read(path).unwrap().windows(text.len()).any(|part| part == text.as_bytes())
    });
    assert!(read > 0 || found);
    found
}

#[tokio::test]
async fn rule_mails_are_sealed_at_rest() {
    let port = port::free();
    let app = plan(port).on_file().start();
    ask(&app, "ann@example.org").await.expect(200);
    until_tried(&app).await;
    assert!(on_disk(&app, "ann@example.org"), "the file is looked through");
    assert!(!on_disk(&app, "Your code is") && !on_disk(&app, "If you did not ask for it"), "waiting, in the clear");
    let server = MailServer::with(port, Offer::default(), Faults::default()).await;
    let mails = server.mails(1).await;
    let text = mails[0].message().body_text(0).unwrap().into_owned();
    let code = text.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6).unwrap_or_else(|| panic!("{text}"));
    until(&app, "sent", 1).await;
    assert!(!on_disk(&app, code) && !app.log().contains(code));
}

/// Who can write into the database still cannot have a code sent elsewhere.
#[tokio::test]
async fn rule_a_sealed_mail_keeps_its_recipient() {
    let port = port::free();
    let app = plan(port).start();
    ask(&app, "ann@example.org").await.expect(200);
    until_tried(&app).await;
    app.run("UPDATE outbox SET recipient = 'eve@example.org', next_at = 0, last_error = NULL").await;
    let server = MailServer::with(port, Offer::default(), Faults::default()).await;
    until_tried(&app).await;
    assert!(app.texts("SELECT last_error FROM outbox").await[0].contains("does not open"));
    assert!(server.taken().is_empty());
}

#[tokio::test]
async fn f_a_mail_has_the_headers_of_a_machines_mail() {
    let server = MailServer::start().await;
    let app = plan(server.port).set("public_url", "http://gate.example:8080").set("mail_from", "Gäte <no-reply@gate.example>").start();
    ask(&app, "ann@example.org").await.expect(200);
    let mail = server.mails(1).await.remove(0);
    assert_eq!(
        (mail.hello.as_str(), mail.from.as_str(), mail.to.clone()),
        ("gate.example", "no-reply@gate.example", vec!["ann@example.org".to_owned()])
    );
    assert!(!mail.tls && mail.user.is_none());
    let parsed = mail.message();
    assert_eq!(parsed.from().and_then(|from| from.first()).and_then(|from| from.name()), Some("Gäte"));
    assert_eq!(parsed.to().and_then(|to| to.first()).and_then(|to| to.address()), Some("ann@example.org"));
    assert!(parsed.message_id().is_some_and(|id| id.ends_with("@gate.example")));
    assert_eq!(parsed.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
    let stamp = parsed.date().unwrap().to_timestamp();
    let posted = app.number("SELECT created_at FROM outbox").await / 1_000_000;
    assert_eq!(stamp, posted, "the date is that of the request");
    assert!(mail.text().is_ascii(), "7 bits are enough: {}", mail.text());
}
