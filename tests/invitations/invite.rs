//! What the tests do with invitations.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    actor::{Answer, User},
    app::{App, Plan, plugin},
    recovery::letter::{Letter, letter},
};

pub const ANN: &str = "ann@example.org";
pub const BOB: &str = "bob@example.org";
/// Subjects of the letters.
pub const INVITED: &str = "You are invited";
pub const ACCEPTED: &str = "Your account at";

/// Every kind of provider but Facebook's.
pub fn plan() -> Plan {
    let code = "vouch = true\nmail = true\n";
    Plan::new().simple().login().plugin("email-code", &plugin("email-code"), Some(code))
}

/// Asks for an invitation.
pub async fn invite(root: &User<'_>, body: &Value) -> Answer {
    root.send(Method::POST, "/invites", Some(body)).await
}

/// Invites somebody; gives the invitation's id and the `n`th letter's token.
pub async fn invited(app: &App, root: &User<'_>, email: &str, n: usize) -> (i64, String) {
    let made = invite(root, &json!({ "email": email })).await.expect(201);
    (made.json["id"].as_i64().unwrap(), letter(app, email, INVITED, n).await.token())
}

/// Shows a token.
pub async fn accept(app: &App, token: &str) -> Answer {
    app.post("/invites/accept", &json!({ "token": token })).await
}

/// Takes an invitation back.
pub async fn revoke(root: &User<'_>, id: i64) -> Answer {
    root.send(Method::DELETE, &format!("/invites/{id}"), None).await
}

/// How an invitation stands.
pub async fn state(root: &User<'_>, id: i64) -> Value {
    let all = root.get("/invites?page_size=200").await.expect(200).json;
    let found = all["items"].as_array().unwrap().iter().find(|invitation| invitation["id"] == id);
    found.unwrap_or_else(|| panic!("no invitation {id} in {all}")).clone()
}

/// The password of a letter with login and password.
pub fn password(letter: &Letter) -> String {
    let line = letter.text.lines().find_map(|line| line.trim().strip_prefix("Password: "));
    line.unwrap_or_else(|| panic!("no password in {}", letter.text)).trim().to_owned()
}
