//! `kill -9` in the middle of everything: what was answered holds, nothing was used twice, nothing is half there.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::soundness::nothing_is_half_there;
use crate::{
    actor::{Answer, PASSWORD, User, read},
    app::App,
    auth::jwt,
    recovery::letter::letter,
    store_kind::{StoreKind, on_each_store},
};

/// Each with so many requests of each kind under way.
const ROUNDS: usize = 100;
const SIGN_UPS: usize = 6;
const SESSIONS: usize = 6;
const INVITATIONS: usize = 3;

on_each_store! {
    rule06_a1_b5_what_was_answered_holds_after_a_kill,
}

/// A request whose answer may never come.
fn send(app: &App, path: &str, body: &Value) -> JoinHandle<Option<Answer>> {
    let request = app.http.post(app.url(path)).json(body).timeout(Duration::from_secs(20));
    tokio::spawn(async move {
        let response = request.send().await.ok()?;
        let (status, headers) = (response.status(), response.headers().clone());
        // Half an answer is none.
        let text = response.text().await.ok()?;
        Some(Answer { status, headers, json: serde_json::from_str(&text).ok()?, text })
    })
}

fn simple(email: &str) -> Value {
    json!({ "type": "simple", "email": email, "password": PASSWORD })
}

fn refresh(token: &str) -> Value {
    json!({ "refresh_token": token })
}

fn counter(token: &str) -> i64 {
    jwt::claims(token)["cnt"].as_i64().unwrap()
}

/// What is under way in one round.
struct Round {
    sign_ups: Vec<(String, JoinHandle<Option<Answer>>)>,
    refreshes: Vec<JoinHandle<Option<Answer>>>,
    acceptances: Vec<(String, String, JoinHandle<Option<Answer>>)>,
}

/// Holds the gateway to what it said.
#[derive(Default)]
struct Witness {
    answered: usize,
    cut: usize,
    invited: BTreeSet<(String, i64)>,
}

impl Witness {
    fn note(&mut self, answer: Option<Answer>) -> Option<Answer> {
        *if answer.is_some() { &mut self.answered } else { &mut self.cut } += 1;
        answer
    }

    async fn sign_up(&mut self, app: &App, email: &str, answer: Option<Answer>) {
        if let Some(answer) = self.note(answer) {
            let ann = User::new(app, &answer.expect(200));
            ann.get("/me").await.expect(200);
            app.post("/auth/refresh", &refresh(&ann.refresh)).await.expect(200);
        } else {
            // Wholly there, or not at all.
            let again = app.post("/auth/signup/", &simple(email)).await;
            if again.status != StatusCode::OK {
                again.problem(400, "email_taken");
            }
        }
        app.signin(email).await;
    }

    /// Gives the token to go on with.
    async fn refreshed(&mut self, app: &App, spent: &str, answer: Option<Answer>) -> String {
        let (turn, answer) = (counter(spent) + 1, self.note(answer).map(|answer| answer.expect(200).str("/refresh_token")));
        // A client that got no answer asks again, and the others could: the same pair, from one rotation.
        let again = app.post("/auth/refresh", &refresh(spent)).await.expect(200).str("/refresh_token");
        assert_eq!((answer.as_ref().unwrap_or(&again), counter(&again)), (&again, turn));
        again
    }

    async fn accepted(&mut self, app: &App, email: &str, token: &str, answer: Option<Answer>) {
        let body = json!({ "token": token });
        if let Some(answer) = self.note(answer) {
            let id = answer.expect(200).json["user"]["id"].as_i64().unwrap();
            self.invited.insert((email.to_owned(), id));
            app.post("/invites/accept", &body).await.problem(400, "invitation_used");
        } else {
            let again = app.post("/invites/accept", &body).await;
            if again.status != StatusCode::OK {
                again.problem(400, "invitation_used");
            }
        }
    }
}

fn begin(app: &App, round: usize, sessions: &[String], invitations: &[(String, String)]) -> Round {
    let sign_up = |n| {
        let email = format!("r{round}n{n}@example.org");
        let sent = send(app, "/auth/signup/", &simple(&email));
        (email, sent)
    };
    let accept = |(email, token): &(String, String)| {
        let sent = send(app, "/invites/accept", &json!({ "token": token }));
        (email.clone(), token.clone(), sent)
    };
    Round {
        sign_ups: (0..SIGN_UPS).map(sign_up).collect(),
        refreshes: sessions.iter().map(|token| send(app, "/auth/refresh", &refresh(token))).collect(),
        acceptances: invitations.iter().map(accept).collect(),
    }
}

/// All invitations of the test, made beforehand: address and token.
async fn invite(app: &App, root: &User<'_>) -> Vec<(String, String)> {
    let mut made = Vec::new();
    for n in 0..ROUNDS * INVITATIONS {
        let email = format!("invited{n}@example.org");
        root.send(Method::POST, "/invites", Some(&json!({ "email": email }))).await.expect(201);
        made.push(email);
    }
    let mut invitations = Vec::new();
    for email in made {
        let token = letter(app, &email, "You are invited", 1).await.token();
        invitations.push((email, token));
    }
    invitations
}

async fn rule06_a1_b5_what_was_answered_holds_after_a_kill(store: StoreKind) {
    let mut app = store.cheap().set("retry_window", "10m").set("mail_concurrency", "16").start();
    let (access, invitations) = {
        let root = app.admin().await;
        (root.access.clone(), invite(&app, &root).await)
    };
    let mut sessions = Vec::new();
    for n in 0..SESSIONS {
        sessions.push(app.user(&format!("s{n}@example.org")).await.refresh);
    }
    // One round without a kill says how long they take here.
    let begun = Instant::now();
    for (email, sent) in begin(&app, ROUNDS, &[], &[]).sign_ups {
        sent.await.unwrap().expect(&email).expect(200);
    }
    let whole = begun.elapsed();
    let mut witness = Witness::default();
    for (round, invited) in invitations.chunks(INVITATIONS).enumerate() {
        let under_way = begin(&app, round, &sessions, invited);
        // From before the first was read until after the last was answered.
        tokio::time::sleep(whole * u32::try_from(round % 12).unwrap() / 6).await;
        app.restart();
        for (email, sent) in under_way.sign_ups {
            witness.sign_up(&app, &email, sent.await.unwrap()).await;
        }
        for (session, sent) in sessions.iter_mut().zip(under_way.refreshes) {
            *session = witness.refreshed(&app, session, sent.await.unwrap()).await;
        }
        for (email, token, sent) in under_way.acceptances {
            witness.accepted(&app, &email, &token, sent.await.unwrap()).await;
        }
    }
    let rounds = i64::try_from(ROUNDS).unwrap();
    for token in &sessions {
        assert_eq!(counter(token), rounds, "one rotation a round");
    }
    assert!(witness.answered > ROUNDS && witness.cut > ROUNDS, "{} answered, {} cut: kill at other times", witness.answered, witness.cut);
    let me = read(app.http.get(app.url("/users?page_size=200")).bearer_auth(&access).send().await.unwrap()).await.expect(200);
    let (total, all) = (me.json["total"].as_u64().unwrap(), 1 + SESSIONS + SIGN_UPS + ROUNDS * (SIGN_UPS + INVITATIONS));
    assert_eq!(total, all as u64, "everybody once");
    for (email, id) in &witness.invited {
        let user = read(app.http.get(app.url(&format!("/users/{id}"))).bearer_auth(&access).send().await.unwrap()).await.expect(200);
        assert_eq!((user.str("/email"), user.json["invitation_id"].is_i64()), (email.clone(), true));
    }
    if store.has_tables() {
        nothing_is_half_there(&app).await;
    }
}
