//! Who calls: somebody whom the gateway has signed in, and what they get.

use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::Value;

use crate::place::Place;

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
    pub(crate) text: String,
}

impl Answer {
    /// Demands a status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// Demands a problem document with a status and a stable code.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{}", answer.text);
        assert_eq!((answer.json["code"].as_str(), answer.json["status"].as_u64()), (Some(code), Some(status.into())), "{}", answer.text);
        assert!(answer.json["title"].is_string() && answer.json["detail"].is_string() && answer.headers.contains_key("x-request-id"));
        assert_eq!(answer.headers.contains_key("retry-after"), status == 503);
        assert_eq!(answer.headers.contains_key("www-authenticate"), status == 401);
        answer
    }

    /// The field errors as `field:code`.
    pub(crate) fn fields(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let errors = self.json["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| format!("{}:{}", text(&error["field"]), text(&error["code"]))).collect()
    }

    /// A number of the body.
    #[track_caller]
    pub(crate) fn number(&self, pointer: &str) -> i64 {
        self.json.pointer(pointer).and_then(Value::as_i64).unwrap_or_else(|| panic!("no {pointer} in {}", self.text))
    }
}

/// Reads a response.
pub(crate) async fn read(response: reqwest::Response) -> Answer {
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap();
    Answer { status, headers, json: serde_json::from_str(&text).unwrap_or(Value::Null), text }
}

/// Somebody who comes through the gateway.
#[derive(Clone, Copy)]
pub(crate) struct Customer<'a> {
    pub(crate) place: &'a Place,
    pub(crate) user: i64,
}

impl Customer<'_> {
    /// A request with the gateway's word.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.place.http.request(method, format!("{}{path}", self.place.base));
        request.header("X-Auth-Identity", self.place.gateway.word(self.user))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn put_cart(&self, body: &Value) -> Answer {
        read(json(self.request(Method::PUT, "/shop/cart"), body).send().await.unwrap()).await
    }

    /// Orders these.
    pub(crate) async fn order(&self, body: &Value) -> Answer {
        read(json(self.request(Method::POST, "/shop/orders"), body).send().await.unwrap()).await
    }

    /// Orders these under a key.
    pub(crate) async fn order_once(&self, key: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, "/shop/orders").header("Idempotency-Key", key);
        read(json(request, body).send().await.unwrap()).await
    }

    /// Orders what is in the cart.
    pub(crate) async fn order_cart(&self) -> Answer {
        read(self.request(Method::POST, "/shop/orders").send().await.unwrap()).await
    }
}

/// The request with a JSON body.
pub(crate) fn json(request: RequestBuilder, body: &Value) -> RequestBuilder {
    request.header("content-type", "application/json").body(body.to_string())
}
