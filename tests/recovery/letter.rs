//! Letters, as a mail program shows them.

use mail_parser::MessageParser;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    actor::{Answer, PASSWORD, User},
    app::App,
    patience::eventually,
};

/// A password that nobody has yet.
pub const NEW: &str = "nine blue lanterns at sea";

/// A mail, read.
#[derive(Clone, Debug)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl Letter {
    fn read(raw: &str) -> Self {
        let message = MessageParser::default().parse(raw.as_bytes()).expect("a message");
        let to = message.to().and_then(|to| to.first()).and_then(|to| to.address()).expect("a recipient").to_owned();
        let text = message.body_text(0).expect("text").into_owned();
        let html = message.body_html(0).expect("html").into_owned();
        Self { to, subject: message.subject().expect("a subject").to_owned(), text, html }
    }

    /// The whole link.
    pub fn link(&self) -> String {
        let word = self.text.split_whitespace().find(|word| word.contains("?token="));
        word.unwrap_or_else(|| panic!("no link in {}", self.text)).to_owned()
    }

    /// The link without the gateway's public address.
    pub fn path(&self) -> String {
        self.link().strip_prefix("http://127.0.0.1:5000").expect("the public address").to_owned()
    }

    /// The link's token.
    pub fn token(&self) -> String {
        let token = self.link().split_once("?token=").expect("a token").1.to_owned();
        assert!(token.len() == 43 && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{token}: 256 bits");
        token
    }

    /// The code, if there is one.
    pub fn some_code(&self) -> Option<String> {
        let mut words = self.text.split_whitespace().map(|word| word.trim_end_matches('.'));
        words.find(|word| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit())).map(ToOwned::to_owned)
    }

    /// The code.
    pub fn code(&self) -> String {
        self.some_code().unwrap_or_else(|| panic!("no code in {}", self.text))
    }
}

/// All letters so far to one person with this subject, oldest first.
pub fn letters(app: &App, to: &str, subject: &str) -> Vec<Letter> {
    let all = app.mails();
    all.iter().map(|raw| Letter::read(raw)).filter(|letter| letter.to == to && letter.subject.contains(subject)).collect()
}

/// Waits for the `n`th such letter.
pub async fn letter(app: &App, to: &str, subject: &str, n: usize) -> Letter {
    eventually(subject, || letters(app, to, subject).into_iter().nth(n - 1)).await
}

/// The body of a sign-up or sign-in by `simple`.
pub fn simple(email: &str, password: &str) -> Value {
    json!({ "type": "simple", "email": email, "password": password })
}

/// A code that is certainly wrong.
pub fn wrong(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

/// Runs a statement beside the gateway.
pub async fn sql(app: &App, statement: &'static str) {
    app.run(statement).await;
}

/// Everything about proofs that a reader of links could change.
pub async fn proofs(app: &App) -> Vec<String> {
    app.texts("SELECT id_hash || purpose || attempts || CASE WHEN confirmed_at IS NULL THEN '' ELSE confirmed_at || '' END FROM proofs ORDER BY 1").await
}

/// Posts a form as a browser does that is on the page.
pub async fn post_form(app: &App, path: &str, fields: &[(&str, &str)]) -> Answer {
    post_form_with(app, path, fields, &[]).await
}

/// The same with headers.
pub async fn post_form_with(app: &App, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
    let mut browser = app.browser();
    // Every page has the form that chooses a language, and a token in it.
    let token = browser.open("/").await.form("/language", &[]).value("form_token").expect("a token").to_owned();
    for (name, value) in headers {
        browser = browser.header(name, value);
    }
    let all = fields.iter().copied().chain([("form_token", token.as_str())]);
    let all: Vec<(String, String)> = all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    browser.send(Method::POST, path, Some(&all)).await.into()
}

/// Asks for a new password; returns the flow.
pub async fn recover(app: &App, email: &str) -> String {
    app.post("/auth/recover", &json!({ "email": email })).await.expect(202).str("/flow")
}

/// Sends a letter to the caller's own address; returns the flow.
pub async fn send(user: &User<'_>) -> String {
    user.post("/auth/verify-email/send").await.expect(202).str("/flow")
}

/// Asks for another address.
pub async fn change(user: &User<'_>, email: &str) -> Answer {
    user.send(Method::PUT, "/me/email", Some(&json!({ "email": email }))).await
}

/// Shows a token.
pub async fn verify(app: &App, token: &str) -> Answer {
    app.post("/auth/verify-email", &json!({ "token": token })).await
}

/// A sign-in by password.
pub async fn signin(app: &App, email: &str, password: &str) -> Answer {
    app.post("/auth/signin/", &simple(email, password)).await
}

/// Somebody with an address that is verified.
pub async fn verified<'a>(app: &'a App, email: &str) -> User<'a> {
    let user = app.user(email).await;
    send(&user).await;
    let letter = letter(app, email, "Confirm your address", 1).await;
    verify(app, &letter.token()).await.expect(200);
    assert_eq!(signin(app, email, PASSWORD).await.expect(200).json["user"]["email_verified"], true);
    user
}
