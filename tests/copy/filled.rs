//! A gateway with something of everything, and what has to be true of it wherever its store is.

use reqwest::Method;
use serde_json::{Value, json};

use super::super::linking::enrol_false;
use crate::{
    actor::{PASSWORD, User},
    app::{App, Plan, guest, plugin},
    invitations::invite::{INVITED, accept},
    patience::eventually,
    recovery::letter::letter,
};

const ROOT: &str = "root@example.org";
const ANN: &str = "ann@example.org";
const EVE: &str = "eve@example.org";

/// Several providers; mails cannot leave yet.
pub fn plan(plan: Plan) -> Plan {
    let plan = plan.simple().login().plugin("spare", &plugin("login"), None);
    plan.plugin("false-factor", &guest("false-factor"), Some("vouch = true\nfactor = true\n")).set("mail_url", "smtp://127.0.0.1:9")
}

/// Somebody's tokens, without a gateway.
#[derive(Clone)]
struct Tokens {
    id: i64,
    access: String,
    refresh: String,
}

impl Tokens {
    fn of(user: &User<'_>) -> Self {
        Self { id: user.id, access: user.access.clone(), refresh: user.refresh.clone() }
    }

    /// At a gateway, which has not seen these tokens yet.
    fn at<'a>(&self, app: &'a App) -> User<'a> {
        let answer = json!({ "user": { "id": self.id }, "access_token": self.access, "refresh_token": self.refresh });
        let text = answer.to_string();
        let headers = reqwest::header::HeaderMap::default();
        User::new(app, &crate::actor::Answer { status: reqwest::StatusCode::OK, headers, json: answer, text })
    }
}

/// What was true before the move.
#[derive(Clone)]
pub struct Filled {
    root: Tokens,
    ann: Tokens,
    bob: Tokens,
    /// Bob's, who signed out there.
    gone: Tokens,
    recovery_codes: Vec<String>,
    /// Ann's sign-in that waits for the second factor.
    flow: String,
    shown: Vec<(String, Value)>,
}

/// Fills a gateway, and stops it.
pub async fn fill(app: &mut App) -> Filled {
    let mut filled = {
        let app = &*app;
        let root = app.admin().await;
        let ann = app.user(ANN).await;
        ann.send(Method::PATCH, "/me", Some(&json!({ "display_name": "Ann \"A\" Ångström 🦀", "locale": "ru" }))).await.expect(200);
        let recovery_codes = enrol_false(&ann).await;
        app.post("/user", &json!({ "login": "bob", "password": PASSWORD })).await.expect(201);
        let bob = sign_in_bob(app).await;
        let gone = sign_in_bob(app).await;
        gone.post("/auth/logout").await.expect(204);
        root.send(Method::POST, "/roles", Some(&json!({ "name": "editor", "description": "Edits" }))).await.expect(201);
        root.send(Method::PUT, &format!("/users/{}/roles/editor", bob.id), None).await;
        root.send(Method::PUT, "/providers/spare", Some(&json!({ "enabled": false }))).await.expect(200);
        root.send(Method::POST, "/invites", Some(&json!({ "email": EVE, "roles": ["editor"], "note": "new" }))).await.expect(201);
        app.post("/auth/signin/", &json!({ "type": "simple", "email": ANN, "password": "wrong words here" })).await.expect(400);
        let asked = app.post("/auth/signin/", &json!({ "type": "simple", "email": ANN, "password": PASSWORD })).await.expect(200);
        Filled {
            root: Tokens::of(&root),
            ann: Tokens::of(&ann),
            bob: Tokens::of(&bob),
            gone: Tokens::of(&gone),
            recovery_codes,
            flow: asked.str("/challenge/flow"),
            shown: Vec::new(),
        }
    };
    filled.shown = shown(app, &filled).await;
    app.terminate();
    app.ended().await;
    filled
}

async fn sign_in_bob(app: &App) -> User<'_> {
    let body = json!({ "type": "login", "login": "bob", "password": PASSWORD });
    User::new(app, &app.post("/auth/signin/", &body).await.expect(200))
}

/// What several people see, with the paths.
async fn shown(app: &App, filled: &Filled) -> Vec<(String, Value)> {
    let mut shown = vec![("/.well-known/jwks.json".to_owned(), app.get("/.well-known/jwks.json").await.expect(200).json)];
    for (who, paths) in [
        (&filled.root, &["/users", "/roles", "/invites", "/audit?page_size=200", "/signins", "/me/sessions"][..]),
        (&filled.ann, &["/me", "/me/identities", "/me/signins", "/me/sessions"]),
        (&filled.bob, &["/me", "/me/identities", "/me/signins", "/me/sessions"]),
    ] {
        for path in paths {
            let mut seen = who.at(app).get(path).await.expect(200).json;
            if path.starts_with("/audit") {
                seen = without_starts(&seen);
            }
            shown.push((format!("{path} of {}", who.id), seen));
        }
    }
    shown
}

/// The entries of an audit log, but for what a gateway notes at its start.
fn without_starts(page: &Value) -> Value {
    let at_start = |entry: &&Value| ["provider.loaded", "provider.disabled"].contains(&entry["action"].as_str().unwrap());
    page["items"].as_array().unwrap().iter().filter(|entry| !at_start(entry)).cloned().collect()
}

/// Everything is there, and goes on. The gateway has mails as files now.
pub async fn goes_on(app: &App, filled: &Filled) {
    for (before, now) in filled.shown.iter().zip(shown(app, filled).await) {
        assert_eq!(*before, now);
    }
    for tokens in [&filled.root, &filled.ann, &filled.bob] {
        let mut user = tokens.at(app);
        user.renew().await.expect(200);
        user.get("/me").await.expect(200);
    }
    filled.gone.at(app).get("/me").await.expect(401);
    filled.gone.at(app).renew().await.expect(401);
    assert_eq!(filled.bob.at(app).get("/me").await.expect(200).json["roles"], json!(["editor"]));
    sign_in_bob(app).await;
    app.signin(ROOT).await;
    let off = app.post("/auth/signin/", &json!({ "type": "spare", "login": "bob", "password": PASSWORD })).await;
    off.problem(400, "provider_disabled");
    let ann = app.post("/auth/continue", &json!({ "flow": filled.flow, "recovery_code": filled.recovery_codes[3] })).await.expect(200);
    assert_eq!(User::new(app, &ann).id, filled.ann.id);
    eve_comes(app, filled).await;
}

/// The letter that could not leave before, its link, and an id that nobody had.
async fn eve_comes(app: &App, filled: &Filled) {
    let root = filled.root.at(app);
    let mails = root.get("/outbox?state=pending").await.expect(200).json;
    for mail in mails["items"].as_array().unwrap() {
        root.send(Method::POST, &format!("/outbox/{}/retry", mail["id"]), None).await;
    }
    eventually("the letter", || app.mails().iter().any(|mail| mail.contains(EVE)).then_some(())).await;
    let token = letter(app, EVE, INVITED, 1).await.token();
    let eve = accept(app, &token).await.expect(200);
    assert_eq!(eve.json["user"]["roles"], json!(["editor"]));
    assert_eq!(eve.json["user"]["id"].as_i64().unwrap(), [filled.root.id, filled.ann.id, filled.bob.id].into_iter().max().unwrap() + 1);
    accept(app, &token).await.expect(400);
    let total = filled.shown.iter().find(|(path, _)| path.starts_with("/users ")).unwrap().1["total"].as_i64().unwrap();
    assert_eq!(root.get("/users").await.expect(200).json["total"], json!(total + 1));
}
