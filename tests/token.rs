//! What makes our tokens of use to others: discovery, introspection, revocation, claims of the user.

mod discovery;
mod introspection;
mod revocation;
mod userinfo;

use reqwest::RequestBuilder;
use serde_json::json;

use crate::{
    actor::{Answer, read},
    app::{App, Plan},
};

/// The secret of the service `shop`.
pub const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// A gateway that knows the service `shop`.
pub fn plan() -> Plan {
    Plan::new().simple().set("introspection_clients", "shop={env:SHOP_SECRET}").env("SHOP_SECRET", SECRET)
}

impl App {
    fn token_request(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        self.http.post(self.url(path)).form(form)
    }

    /// Asks about a token as the service `shop`.
    pub async fn ask(&self, form: &[(&str, &str)]) -> Answer {
        answer(self.token_request("/auth/introspect", form).basic_auth("shop", Some(SECRET))).await
    }

    /// Gives a token back as nobody in particular.
    pub async fn give_back(&self, form: &[(&str, &str)]) -> Answer {
        answer(self.token_request("/auth/revoke", form)).await
    }

    /// Demands that nothing is said of a token but that it is not good, whatever the hint.
    pub async fn is_inactive(&self, token: &str) {
        for hint in ["", "access_token", "refresh_token", "id_token"] {
            let form = if hint.is_empty() { vec![("token", token)] } else { vec![("token", token), ("token_type_hint", hint)] };
            let told = self.ask(&form).await.expect(200);
            assert_eq!(told.json, json!({ "active": false }), "hint {hint:?}");
        }
    }
}

async fn answer(request: RequestBuilder) -> Answer {
    read(request.send().await.expect("an answer")).await
}

/// Demands a mistake told in both ways: as a problem, and in terms of OAuth.
#[track_caller]
fn in_both_ways(answer: Answer, status: u16, code: &str, error: &str) -> Answer {
    let answer = answer.problem(status, code);
    assert_eq!(answer.json["error"], error, "{}", answer.text);
    let description = answer.str("/error_description");
    assert!(!description.is_empty() && description.chars().all(|c| (' '..='~').contains(&c) && c != '"' && c != '\\'), "{description}");
    answer
}
