//! The metadata says what is there, and only that.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::plan;
use crate::app::{App, Plan};

#[tokio::test]
async fn f_discovery_leads_to_everything_that_it_names() {
    let app = plan().start();
    let found = app.get("/.well-known/openid-configuration").await.expect(200);
    assert_eq!(found.headers["content-type"].to_str().unwrap().split(';').next(), Some("application/json"));
    assert_eq!(found.headers["cache-control"], "public, max-age=300");
    assert_eq!(found.json["issuer"], "http://127.0.0.1:5000");
    let document = app.get("/api/openapi.json").await.expect(200).json;
    for (name, value) in found.json.as_object().unwrap() {
        if let Some(path) = value.as_str().and_then(|url| url.strip_prefix("http://127.0.0.1:5000/")) {
            let path = format!("/{path}");
            assert!(path == "/api/docs" || document["paths"].get(&path).is_some(), "{name} leads to {path}");
        }
    }
    assert_eq!(app.get("/.well-known/oauth-authorization-server").await.expect(200).json, found.json, "RFC 8414 has the same");
    assert_eq!(app.get("/.well-known/openid-configuration/").await.expect(200).json, found.json);
}

#[tokio::test]
async fn f_discovery_names_what_is_required_and_nothing_that_is_not_there() {
    let app = plan().start();
    let found = app.get("/.well-known/openid-configuration").await.expect(200).json;
    let required = ["issuer", "jwks_uri", "response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported"];
    let missing: Vec<_> = required.into_iter().filter(|name| found.get(name).is_none()).collect();
    assert_eq!(missing, Vec::<&str>::new());
    let absent = ["authorization_endpoint", "token_endpoint", "registration_endpoint", "end_session_endpoint", "scopes_supported"];
    let there: Vec<_> = absent.into_iter().filter(|name| found.get(name).is_some()).collect();
    assert_eq!(there, Vec::<&str>::new());
    assert_eq!((&found["response_types_supported"], &found["grant_types_supported"]), (&json!([]), &json!([])));
    assert_eq!(found["id_token_signing_alg_values_supported"], json!(["EdDSA"]));
    assert_eq!(found["introspection_endpoint_auth_methods_supported"], json!(["client_secret_basic", "client_secret_post", "Bearer"]));
    assert_eq!(found["revocation_endpoint_auth_methods_supported"], json!(["none", "client_secret_basic", "client_secret_post"]));
}

#[tokio::test]
async fn f_discovery_names_the_claims_of_tokens_and_of_userinfo() {
    let app = plan().login().start();
    let body = json!({ "login": "ann", "password": crate::actor::PASSWORD });
    app.post("/user", &body).await.expect(201);
    let ann = app.user("ann@example.org").await;
    ann.send(reqwest::Method::PATCH, "/me", Some(&json!({ "display_name": "Ann", "locale": "de" }))).await.expect(200);
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let found = app.get("/.well-known/openid-configuration").await.expect(200).json;
    let listed: BTreeSet<String> =
        found["claims_supported"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    let used = &names(&crate::auth::jwt::claims(&ann.access)) | &names(&ann.get("/userinfo").await.expect(200).json);
    assert_eq!(&used - &listed, BTreeSet::new());
    // What a provider may add, and what this account has not.
    assert_eq!(&listed - &used, BTreeSet::from(["ext".to_owned(), "preferred_username".to_owned()]));
}

#[tokio::test]
async fn f_discovery_follows_settings_and_keys() {
    let app = Plan::new().simple().set("public_url", "https://id.example.org/base/").set("signing_algorithm", "RS256").start();
    let found = app.get("/.well-known/openid-configuration").await.expect(200).json;
    assert_eq!(found["issuer"], "https://id.example.org/base");
    assert_eq!(found["jwks_uri"], "https://id.example.org/base/.well-known/jwks.json");
    assert_eq!(found["id_token_signing_alg_values_supported"], json!(["RS256"]));
    assert_eq!(found["introspection_endpoint_auth_methods_supported"], json!(["Bearer"]), "no service is configured");
    assert_eq!(found["revocation_endpoint_auth_methods_supported"], json!(["none"]));
    let ann = app.user("ann@example.org").await;
    assert_eq!(crate::auth::jwt::claims(&ann.access)["iss"], found["issuer"], "exactly, for verifiers compare the texts");
}

#[tokio::test]
async fn f_discovery_needs_no_store() {
    let app = App::simple();
    for path in ["/.well-known/openid-configuration", "/.well-known/jwks.json"] {
        let kept = app.get(path).await.expect(200).headers["cache-control"].to_str().unwrap().to_owned();
        assert!(kept.starts_with("public"), "{path}: {kept}");
    }
}
