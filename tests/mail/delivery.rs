//! Servers that are dead, slow, full or moody.

use std::time::{Duration, Instant};

use super::{
    ask, patiently, plan,
    server::{Faults, MailServer, Offer},
    until, until_tried,
};
use crate::{app::App, port};

/// A delivery takes longer than this in these tests.
const QUICK: Duration = Duration::from_millis(2500);

/// Asks for this many mails; most of the answers must not wait for a delivery. Single ones may, on a machine that does other things.
async fn ask_for(app: &App, mails: usize) {
    let mut taken = Vec::new();
    for n in 0..mails {
        let begun = Instant::now();
        ask(app, &format!("u{n}@example.org")).await.expect(200);
        taken.push(begun.elapsed());
    }
    taken.sort();
    assert!(taken[mails / 2] < QUICK, "{taken:?}");
}

#[tokio::test]
async fn b9_a_dead_server_neither_slows_a_request_nor_loses_a_mail() {
    let port = port::free();
    let app = plan(port).start();
    ask(&app, "ann@example.org").await.expect(200);
    ask(&app, "bob@example.org").await.expect(200);
    until_tried(&app).await;
    let waiting = app.texts("SELECT recipient || ' ' || template || ' ' || state FROM outbox ORDER BY recipient").await;
    assert_eq!(waiting, ["ann@example.org email-code:code pending", "bob@example.org email-code:code pending"]);

    let server = MailServer::with(port, Offer::default(), Faults::default()).await;
    let mails = server.mails(2).await;
    let mut to: Vec<_> = mails.iter().flat_map(|mail| mail.to.clone()).collect();
    to.sort();
    assert_eq!(to, ["ann@example.org", "bob@example.org"]);
    until(&app, "sent", 2).await;
    assert_eq!(app.number("SELECT COUNT(*) FROM outbox WHERE sealed IS NOT NULL").await, 0, "what was sent is forgotten");
    assert_eq!(server.taken().len(), 2);
}

/// A server that takes the connection and never says a word.
#[tokio::test]
async fn b9_a_silent_server_slows_nobody() {
    let port = port::free();
    let silent = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let app = plan(port).set("mail_concurrency", "2").start();
    ask_for(&app, 6).await;
    until_tried(&app).await;
    let errors = app.texts("SELECT DISTINCT last_error FROM outbox").await;
    assert!(errors.iter().all(|error| error.contains("no answer from 127.0.0.1 within 3s")), "{errors:?}");
    drop(silent);
    let server = MailServer::with(port, Offer::default(), Faults::default()).await;
    server.mails(6).await;
    until(&app, "sent", 6).await;
}

#[tokio::test]
async fn b9_a_slow_server_gets_its_mail_all_the_same() {
    let server = MailServer::faulty(Faults { delay: Duration::from_millis(800), ..Faults::default() }).await;
    let app = plan(server.port).start();
    ask_for(&app, 4).await;
    until(&app, "sent", 4).await;
    assert_eq!(server.taken().len(), 4);
    assert_eq!(app.number("SELECT MAX(attempts) FROM outbox").await, 1, "each answer has its own time");
}

#[tokio::test]
async fn b9_a_greylisted_mail_comes_later_with_the_same_id() {
    let server = MailServer::faulty(Faults { greylist: 1, ..Faults::default() }).await;
    let app = plan(server.port).start();
    ask(&app, "ann@example.org").await.expect(200);
    until_tried(&app).await;
    assert!(app.texts("SELECT last_error FROM outbox").await[0].contains("451"));
    server.mails(1).await;
    until(&app, "sent", 1).await;
    assert_eq!(app.number("SELECT attempts FROM outbox").await, 2);
}

#[tokio::test]
async fn b9_a_busy_server_is_asked_again() {
    let server = MailServer::faulty(Faults { busy: true, ..Faults::default() }).await;
    let app = plan(server.port).start();
    ask(&app, "ann@example.org").await.expect(200);
    until_tried(&app).await;
    assert!(app.texts("SELECT last_error FROM outbox").await[0].contains("421"));
    server.set(Faults::default());
    server.mails(1).await;
    until(&app, "sent", 1).await;
}

#[tokio::test]
async fn b9_a_connection_that_dies_in_the_mail_sends_it_once() {
    let server = MailServer::faulty(Faults { cut_in_data: 1, ..Faults::default() }).await;
    let app = plan(server.port).start();
    ask(&app, "ann@example.org").await.expect(200);
    server.mails(1).await;
    until(&app, "sent", 1).await;
    assert_eq!((server.taken().len(), app.number("SELECT attempts FROM outbox").await), (1, 2));
}

/// Nobody can know whether the server took it: it comes again, and receivers see that it is the same.
#[tokio::test]
async fn b9_a_connection_that_dies_after_the_mail_repeats_it_with_the_same_id() {
    let server = MailServer::faulty(Faults { cut_after_dot: 1, ..Faults::default() }).await;
    let app = plan(server.port).start();
    ask(&app, "ann@example.org").await.expect(200);
    let mails = server.mails(2).await;
    until(&app, "sent", 1).await;
    let ids: Vec<_> = mails.iter().map(|mail| mail.message().message_id().unwrap().to_owned()).collect();
    assert_eq!(ids[0], ids[1]);
    assert!(ids[0].ends_with("@127.0.0.1") && ids[0].len() > 20, "{ids:?}");
    assert_eq!(mails[0].data, mails[1].data);
}

/// Each recipient waits for itself.
#[tokio::test]
async fn b9_an_unknown_recipient_holds_up_nobody() {
    let server = MailServer::faulty(Faults { unknown: vec!["nobody@example.org".into()], ..Faults::default() }).await;
    let app = plan(server.port).set("mail_concurrency", "1").start();
    ask(&app, "nobody@example.org").await.expect(200);
    ask(&app, "ann@example.org").await.expect(200);
    until(&app, "sent", 1).await;
    until(&app, "failed", 1).await;
    assert_eq!(server.taken()[0].to, ["ann@example.org"]);
    let failed = app.texts("SELECT last_error || ' ' || attempts FROM outbox WHERE state = 'failed'").await;
    assert!(failed[0].contains("the recipient: permanent error (550)") && failed[0].ends_with(" 1"), "given up at once: {failed:?}");
    patiently("the log", || app.log().contains("a mail was given up").then_some(())).await;
}

#[tokio::test]
async fn b9_what_cannot_be_sent_in_time_is_given_up_and_stays_visible() {
    let app = plan(port::free()).set("mail_give_up", "1s").start();
    ask(&app, "ann@example.org").await.expect(200);
    until(&app, "failed", 1).await;
    let error = app.texts("SELECT last_error FROM outbox").await.remove(0);
    assert!(error.starts_with("given up after 1 tries: 127.0.0.1:"), "{error}");
    assert_eq!(app.number("SELECT COUNT(*) FROM outbox WHERE sealed IS NOT NULL").await, 1, "an administrator can have it tried again");
}
