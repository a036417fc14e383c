//! Who calls: everybody, or somebody who is signed in.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::App;

/// A password that the policy takes.
pub const PASSWORD: &str = "correct horse battery staple";

/// An answer, read.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body as JSON, or null.
    pub json: Value,
    /// The body as it came.
    pub text: String,
}

impl Answer {
    /// Demands a status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// Demands a problem document with a status and a stable code.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{}", answer.text);
        assert_eq!((answer.json["code"].as_str(), answer.json["status"].as_u64()), (Some(code), Some(status.into())), "{}", answer.text);
        for member in ["type", "title", "detail"] {
            assert!(answer.json[member].is_string(), "{member} is missing: {}", answer.text);
        }
        assert!(answer.headers.contains_key("x-request-id"));
        answer
    }

    /// The codes of the field errors, `field:code`.
    pub fn fields(&self) -> Vec<String> {
        let errors = self.json["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|e| format!("{}:{}", e["field"].as_str().unwrap_or_default(), e["code"].as_str().unwrap_or_default())).collect()
    }

    /// A text of the body.
    #[track_caller]
    pub fn str(&self, pointer: &str) -> String {
        self.json.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {}", self.text)).to_owned()
    }
}

/// Reads a response.
pub async fn read(response: reqwest::Response) -> Answer {
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.expect("a body");
    Answer { status, headers, json: serde_json::from_str(&text).unwrap_or(Value::Null), text }
}

impl App {
    /// Sends JSON without credentials.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        read(self.http.post(self.url(path)).json(body).send().await.expect("an answer")).await
    }

    /// Gets without credentials.
    pub async fn get(&self, path: &str) -> Answer {
        read(self.http.get(self.url(path)).send().await.expect("an answer")).await
    }

    /// Signs somebody up by `simple`.
    pub async fn user(&self, email: &str) -> User<'_> {
        let body = json!({ "type": "simple", "email": email, "password": PASSWORD });
        User::new(self, &self.post("/auth/signup/", &body).await.expect(200))
    }

    /// Makes an administrator with the command line and signs in.
    pub async fn admin(&self) -> User<'_> {
        let made = self.command(&["set-admin", "root@example.org", PASSWORD]).output().expect("set-admin runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        self.signin("root@example.org").await
    }

    /// Signs in by `simple`.
    pub async fn signin(&self, email: &str) -> User<'_> {
        let body = json!({ "type": "simple", "email": email, "password": PASSWORD });
        User::new(self, &self.post("/auth/signin/", &body).await.expect(200))
    }
}

/// Somebody who is signed in.
pub struct User<'a> {
    app: &'a App,
    /// The account's id.
    pub id: i64,
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

impl<'a> User<'a> {
    /// From the answer of a sign-in.
    #[track_caller]
    pub fn new(app: &'a App, answer: &Answer) -> Self {
        let id = answer.json.pointer("/user/id").and_then(Value::as_i64).unwrap_or_else(|| panic!("no user in {}", answer.text));
        Self { app, id, access: answer.str("/access_token"), refresh: answer.str("/refresh_token") }
    }

    /// The same person, with the same tokens, at another gateway.
    pub fn at<'b>(&self, app: &'b App) -> User<'b> {
        User { app, id: self.id, access: self.access.clone(), refresh: self.refresh.clone() }
    }

    /// Sends a request with the access token.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let request = self.app.http.request(method, self.app.url(path)).bearer_auth(&self.access);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        read(request.send().await.expect("an answer")).await
    }

    /// Gets with the access token.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// Posts with the access token, without a body.
    pub async fn post(&self, path: &str) -> Answer {
        self.send(Method::POST, path, None).await
    }

    /// Spends the refresh token; takes the new pair if there is one.
    pub async fn renew(&mut self) -> Answer {
        let answer = self.app.post("/auth/refresh", &json!({ "refresh_token": self.refresh })).await;
        if answer.status == StatusCode::OK {
            self.access = answer.str("/access_token");
            self.refresh = answer.str("/refresh_token");
        }
        answer
    }
}
