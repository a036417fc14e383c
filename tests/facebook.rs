//! Facebook, against a stand-in for its Graph API.

mod access;
mod account;
mod grant;
pub mod graph;
mod keys;
mod limited;
mod trouble;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use self::graph::{APP_ID, APP_SECRET, Graph};
use crate::{
    actor::Answer,
    app::{App, Plan, plugin},
};

/// What the operator writes into `facebook.toml`.
#[derive(Clone)]
pub struct Toml {
    top: BTreeMap<&'static str, String>,
    settings: BTreeMap<&'static str, String>,
    secret: String,
    limits: BTreeMap<&'static str, u64>,
}

impl Toml {
    /// Everything that it needs, at this Facebook.
    pub fn of(graph: &Graph) -> Self {
        let hosts = format!("[{:?}]", graph.host());
        let settings =
            [("app_id", APP_ID.to_owned()), ("graph_url", graph.url("/v23.0")), ("jwks_url", graph.url("/jwks"))].map(|(name, value)| {
                let quoted = format!("{value:?}");
                (name, quoted)
            });
        Self {
            secret: format!("{{ env = \"FACEBOOK_APP_SECRET\", hosts = {hosts} }}"),
            top: BTreeMap::from([("vouch", "true".to_owned()), ("hosts", hosts)]),
            settings: BTreeMap::from(settings),
            limits: BTreeMap::new(),
        }
    }

    fn top(mut self, name: &'static str, value: &str) -> Self {
        self.top.insert(name, value.to_owned());
        self
    }

    fn setting(mut self, name: &'static str, value: &str) -> Self {
        self.settings.insert(name, format!("{value:?}"));
        self
    }

    fn secret(self, value: &str) -> Self {
        Self { secret: value.to_owned(), ..self }
    }

    fn limit(mut self, name: &'static str, value: u64) -> Self {
        self.limits.insert(name, value);
        self
    }

    fn text(&self) -> String {
        let lines = |entries: &BTreeMap<&str, String>| {
            entries.iter().map(|(name, value)| [name, " = ", value, "\n"].concat()).collect::<Vec<_>>().concat()
        };
        let limits = self.limits.iter().map(|(name, value)| (*name, value.to_string())).collect();
        format!(
            "{}[settings]\n{}[secrets]\napp_secret = {}\n[limits]\n{}",
            lines(&self.top),
            lines(&self.settings),
            self.secret,
            lines(&limits)
        )
    }

    /// A gateway with `simple` and this.
    pub fn plan(&self) -> Plan {
        let plan = Plan::new().simple().env("FACEBOOK_APP_SECRET", APP_SECRET);
        plan.plugin("facebook", &plugin("facebook"), Some(&self.text()))
    }
}

/// A Facebook, and a gateway that is set up for it.
async fn both() -> (Graph, App) {
    let graph = Graph::start().await;
    let app = Toml::of(&graph).plan().start();
    (graph, app)
}

impl App {
    /// Signs up by `facebook`.
    pub async fn facebook_signup(&self, email: &str, id: &str, token: &str) -> Answer {
        self.post("/auth/signup/", &json!({ "type": "facebook", "email": email, "facebook_id": id, "facebook_token": token })).await
    }

    /// Signs in by `facebook`.
    pub async fn facebook_signin(&self, token: &str) -> Answer {
        self.post("/auth/signin/", &json!({ "type": "facebook", "facebook_token": token })).await
    }

    /// Everything that the store keeps about people, in rows; the history of sign-ins does not count.
    async fn rows(&self) -> i64 {
        self.number(
            "SELECT (SELECT COUNT(*) FROM users) + (SELECT COUNT(*) FROM identities) + (SELECT COUNT(*) FROM credentials) \
             + (SELECT COUNT(*) FROM profile_entries) + (SELECT COUNT(*) FROM sessions) + (SELECT COUNT(*) FROM steps)",
        )
        .await
    }

    /// How the provider stands, for administrators.
    async fn facebook_state(&self) -> Value {
        let states = self.admin().await.get("/providers").await.expect(200).json;
        states.as_array().unwrap().iter().find(|state| state["type"] == "facebook").expect("facebook is known").clone()
    }
}

/// 503 with a stable code, and when to try again.
#[track_caller]
fn later(answer: Answer, code: &str) {
    let answer = answer.problem(503, code);
    let seconds: u64 = answer.headers["retry-after"].to_str().unwrap().parse().expect("seconds");
    assert!((1..=3600).contains(&seconds), "{seconds}");
}

/// 400 for exactly these fields.
#[track_caller]
fn refused(answer: Answer, fields: &[&str]) {
    assert_eq!(answer.problem(400, "invalid_fields").fields(), fields);
}
