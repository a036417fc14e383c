//! Several processes, and processes that end.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    process::{Child, Stdio},
    time::Duration,
};

use futures_util::future::join_all;

use super::{
    ask, ask_at, patiently, plan,
    server::{Faults, MailServer, Offer},
    until, until_tried,
};
use crate::{app::App, patience, port};

/// Another gateway on the same store; ends with the value.
struct Twin {
    child: Child,
    base: String,
}

impl Twin {
    fn of(app: &App) -> Self {
        let mut child = app.command(&["serve"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a second gateway");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let base = lines.find_map(|line| line.strip_prefix("listening on ").map(ToOwned::to_owned)).expect("an address");
        Self { child, base }
    }
}

impl Drop for Twin {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b9_two_gateways_send_each_mail_once() {
    let server = MailServer::faulty(Faults { delay: Duration::from_millis(10), ..Faults::default() }).await;
    let app = plan(server.port).start();
    let twin = Twin::of(&app);
    let asked = join_all((0..40).map(|n| {
        let base = if n % 2 == 0 { &app.base } else { &twin.base };
        let (app, email) = (&app, format!("u{n}@example.org"));
        async move { ask_at(app, base, &email).await }
    }));
    for answer in asked.await {
        answer.expect(200);
    }
    until(&app, "sent", 40).await;
    let taken = server.taken();
    let to: BTreeSet<_> = taken.iter().flat_map(|mail| mail.to.clone()).collect();
    assert_eq!((taken.len(), to.len()), (40, 40));
    assert_eq!(app.number("SELECT MAX(attempts) FROM outbox").await, 1);
}

#[tokio::test]
async fn b9_what_waits_outlives_the_process() {
    let port = port::free();
    let mut app = plan(port).start();
    for n in 0..8 {
        ask(&app, &format!("u{n}@example.org")).await.expect(200);
    }
    app.restart();
    ask(&app, "u8@example.org").await.expect(200);
    let server = MailServer::with(port, Offer::default(), Faults::default()).await;
    let mails = server.mails(9).await;
    until(&app, "sent", 9).await;
    let to: BTreeSet<_> = mails.iter().flat_map(|mail| mail.to.clone()).collect();
    assert_eq!((server.taken().len(), to.len()), (9, 9));
}

/// Killed again and again while mails leave: none is lost, and twice come only those that were in flight.
#[tokio::test]
async fn b9_a_kill_while_mails_leave_loses_none() {
    const ROUNDS: usize = 20;
    const MAILS: usize = 4;
    let server = MailServer::faulty(Faults { delay: Duration::from_millis(15), ..Faults::default() }).await;
    let mut app = plan(server.port).set("mail_timeout", "1s").set("mail_concurrency", "2").start();
    let mut asked = BTreeSet::new();
    for round in 0..ROUNDS {
        for n in 0..MAILS {
            let email = format!("r{round}n{n}@example.org");
            ask(&app, &email).await.expect(200);
            asked.insert(email);
        }
        // From before the first left until after the last did.
        tokio::time::sleep(Duration::from_millis(25 * u64::try_from(round % 10).unwrap())).await;
        app.restart();
    }
    until(&app, "sent", i64::try_from(asked.len()).unwrap()).await;
    let taken = server.taken();
    let reached: BTreeSet<_> = taken.iter().flat_map(|mail| mail.to.clone()).collect();
    assert_eq!(reached, asked);
    assert!(taken.len() <= asked.len() + ROUNDS * 2, "{} mails for {} people", taken.len(), asked.len());
    assert_eq!(app.number("SELECT COUNT(*) FROM outbox WHERE sealed IS NOT NULL").await, 0, "what was sent is forgotten");
}

async fn until_claimed(app: &App) {
    let claimed = "SELECT COUNT(*) FROM outbox WHERE claimed_by IS NOT NULL";
    patience::until("a claim", async || (app.number(claimed).await > 0).then_some(())).await;
}

/// The process that holds a mail dies: its claim runs out, and another takes over.
#[tokio::test]
async fn b9_what_is_under_way_outlives_the_process() {
    let port = port::free();
    let silent = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let mut app = plan(port).set("mail_timeout", "1s").start();
    ask(&app, "ann@example.org").await.expect(200);
    until_claimed(&app).await;
    app.restart();
    drop(silent);
    let server = MailServer::with(port, Offer::default(), Faults::default()).await;
    server.mails(1).await;
    until(&app, "sent", 1).await;
}

#[tokio::test]
async fn b9_a_mail_under_way_is_finished_at_the_end() {
    let server = MailServer::faulty(Faults { delay: Duration::from_millis(400), ..Faults::default() }).await;
    let mut app = plan(server.port).start();
    ask(&app, "ann@example.org").await.expect(200);
    until_claimed(&app).await;
    app.terminate();
    assert_eq!(app.ended().await.code(), Some(0));
    assert_eq!(server.taken().len(), 1);
    assert_eq!(app.texts("SELECT state FROM outbox").await, ["sent"]);
}

#[tokio::test]
async fn b9_a_mail_that_cannot_be_finished_is_released_at_the_end() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut app = plan(silent.local_addr().unwrap().port()).set("mail_timeout", "60s").start();
    ask(&app, "ann@example.org").await.expect(200);
    let _held = patiently("the try", || silent.accept().ok()).await;
    app.terminate();
    assert_eq!(app.ended().await.code(), Some(0));
    let left = app.texts("SELECT state || ' ' || attempts || ' ' || COALESCE(claimed_by, 'free') FROM outbox").await;
    assert_eq!(left, ["pending 0 free"]);
}

/// Where the store cannot keep the mail, the caller hears of it.
#[tokio::test]
async fn b9_no_mail_is_promised_that_cannot_be_kept() {
    let app = plan(port::free()).start();
    app.lose("outbox").await;
    let answer = ask(&app, "ann@example.org").await;
    assert_eq!(answer.status.as_u16(), 503, "{}", answer.text);
    assert!(answer.headers.contains_key("retry-after"));
    app.regain("outbox").await;
    ask(&app, "ann@example.org").await.expect(200);
    until_tried(&app).await;
}
