//! SIGTERM: what has begun is finished, then the process ends well.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use futures_util::future::join_all;
use serde_json::json;

use crate::{
    actor::{PASSWORD, read},
    app::{App, Plan},
    patience::eventually,
};

/// Hashes that take a while, one after the other.
fn slow() -> Plan {
    Plan::new()
        .simple()
        .set("password_memory_kib", "65536")
        .set("password_iterations", "8")
        .set("password_threads", "1")
        .set("password_queue_deadline", "60s")
}

/// Waits until what was sent before is with the server, however busy the machine is: many later requests have been answered.
async fn arrived(app: &App) {
    tokio::time::sleep(Duration::from_millis(200)).await;
    for _ in 0..30 {
        app.get("/health/live").await.expect(200);
    }
}

#[tokio::test]
async fn f_sigterm_finishes_what_has_begun() {
    let mut app = slow().set("shutdown_grace", "60s").start();
    app.user("ann@example.org").await;
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    let signins: Vec<_> = (0..6)
        .map(|_| {
            let request = app.http.post(app.url("/auth/signin/")).json(&body);
            tokio::spawn(async move { read(request.send().await.expect("an answer")).await })
        })
        .collect();
    arrived(&app).await;
    app.terminate();
    for answer in join_all(signins).await {
        let answer = answer.expect("a task").expect(200);
        assert!(answer.json["access_token"].is_string());
    }
    assert_eq!(app.ended().await.code(), Some(0));
    let log = app.log();
    assert!(log.contains("stopping: requests in flight are finished") && log.contains("stopped"), "{log}");
}

#[tokio::test]
async fn f_sigterm_takes_no_new_connections() {
    let mut app = slow().set("shutdown_grace", "60s").start();
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    let request = app.http.post(app.url("/auth/signup/")).json(&body);
    let signup = tokio::spawn(async move { read(request.send().await.expect("an answer")).await });
    arrived(&app).await;
    app.terminate();
    let address = app.base.strip_prefix("http://").unwrap().to_owned();
    eventually("the closed door", || TcpStream::connect(&address).is_err().then_some(())).await;
    signup.await.unwrap().expect(200);
    assert_eq!(app.ended().await.code(), Some(0));
}

/// Clients that keep a connection open without a request do not hold the process.
#[tokio::test]
async fn f_idle_connections_do_not_hold_it() {
    let mut app = App::simple();
    let mut idle = TcpStream::connect(app.base.strip_prefix("http://").unwrap()).unwrap();
    idle.write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert!(idle.read(&mut [0; 64]).unwrap() > 0);
    let _silent = TcpStream::connect(app.base.strip_prefix("http://").unwrap()).unwrap();
    app.terminate();
    assert_eq!(app.ended().await.code(), Some(0));
}

/// Somebody who sends a byte now and then cannot keep the process for ever.
#[tokio::test]
async fn f_the_grace_ends() {
    let mut app = Plan::new().simple().set("shutdown_grace", "500ms").start();
    let mut slow = TcpStream::connect(app.base.strip_prefix("http://").unwrap()).unwrap();
    slow.write_all(b"POST /auth/signin/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{").unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    app.terminate();
    assert_eq!(app.ended().await.code(), Some(0));
}

/// A development server is stopped with Ctrl-C.
#[tokio::test]
async fn f_sigint_ends_it_too() {
    let mut app = App::simple();
    let pid = rustix::process::Pid::from_raw(i32::try_from(app.pid()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(app.ended().await.code(), Some(0));
}
