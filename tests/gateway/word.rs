//! The signed word about a caller: checked as a service checks it, and good for nothing else.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, Validation, decode, jwk::JwkSet};
use serde_json::{Value, json};

use super::{proxy, service::Service};
use crate::{
    actor::User,
    app::{App, Plan},
};

async fn app(algorithm: &str) -> (App, Service) {
    let service = Service::start().await;
    let url = service.url();
    let routes = format!(
        "[[routes]]\nprefix = \"/shop\"\nupstream = {url:?}\n[[routes]]\nprefix = \"/staff\"\nupstream = {url:?}\naudience = \"team\"\n"
    );
    (proxy::routed(Plan::new().simple().set("signing_algorithm", algorithm), &routes).start(), service)
}

async fn word(user: &User<'_>, path: &str) -> String {
    proxy::word(&user.get(path).await.expect(200).json)
}

/// As any service does that knows the JWKS alone.
async fn read(app: &App, token: &str, audience: &str) -> Result<Value, jsonwebtoken::errors::Error> {
    let keys: JwkSet = serde_json::from_value(app.get("/.well-known/jwks.json").await.expect(200).json).unwrap();
    let header = jsonwebtoken::decode_header(token)?;
    let key = keys.find(header.kid.as_deref().unwrap()).expect("a published key");
    let mut rules = Validation::new(header.alg);
    rules.set_audience(&[audience]);
    rules.set_issuer(&[app.public_url()]);
    decode::<Value>(token, &DecodingKey::from_jwk(key)?, &rules).map(|data| data.claims)
}

#[tokio::test]
async fn c8_services_learn_from_a_signed_word_who_calls() {
    for algorithm in ["EdDSA", "ES256"] {
        let (app, _service) = app(algorithm).await;
        let ann = app.user("ann@example.org").await;
        ann.send(reqwest::Method::PATCH, "/me", Some(&json!({ "display_name": "Ännchen" }))).await.expect(200);
        let token = word(&ann, "/shop/x").await;
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap();
        let names: Vec<&String> = header.as_object().unwrap().keys().collect();
        assert_eq!(names.len(), 3, "{header}");
        assert_eq!((header["typ"].as_str(), header["alg"].as_str()), (Some("identity+jwt"), Some(algorithm)));
        let claims = read(&app, &token, "shop").await.unwrap();
        let (iat, exp) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
        assert_eq!(exp - iat, 60);
        assert_eq!(
            claims,
            json!({
                "iss": app.public_url(), "aud": "shop", "sub": ann.id.to_string(), "user_id": ann.id, "email": "ann@example.org",
                "name": "Ännchen", "roles": [], "iat": iat, "exp": exp,
            })
        );
        let root = app.admin().await;
        let token = word(&root, "/staff").await;
        assert_eq!(read(&app, &token, "team").await.unwrap()["roles"], json!(["admin"]));
        assert!(read(&app, &token, "shop").await.is_err(), "for one service alone");
    }
}

#[tokio::test]
async fn rule11_the_word_is_no_token_and_a_token_no_word() {
    let (app, _service) = app("EdDSA").await;
    let root = app.admin().await;
    let token = word(&root, "/shop/x").await;
    for path in ["/me", "/auth/check", "/users", "/shop/x"] {
        let answer = app.http.get(app.url(path)).bearer_auth(&token).send().await.unwrap();
        crate::actor::read(answer).await.problem(401, "token_wrong_type");
    }
    app.post("/auth/refresh", &json!({ "refresh_token": token })).await.problem(401, "token_wrong_type");
    // What the services check first: another type, another audience.
    for other in [&root.access, &root.refresh] {
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(other.split('.').next().unwrap()).unwrap()).unwrap();
        assert_ne!(header["typ"], "identity+jwt");
        assert!(read(&app, other, "shop").await.is_err());
    }
}

/// All roles that an account may have fit, and nothing of them is cut off.
#[tokio::test]
async fn f_the_word_stays_below_8_kib() {
    let (app, _service) = app("EdDSA").await;
    let root = app.admin().await;
    let mut given = 0;
    for number in 0..120 {
        let name = format!("role-{number:03}-{}", "x".repeat(45));
        root.send(reqwest::Method::POST, "/roles", Some(&json!({ "name": name, "description": "" }))).await.expect(201);
        let granted = root.send(reqwest::Method::PUT, &format!("/users/{}/roles/{name}", root.id), None).await;
        given += usize::from(granted.status == 204);
    }
    assert!((60..120).contains(&given), "{given}");
    let word = word(&root, "/shop/x").await;
    assert!(word.len() < 8 << 10, "{}", word.len());
    assert_eq!(read(&app, &word, "shop").await.unwrap()["roles"].as_array().unwrap().len(), given + 1, "and admin");
}
