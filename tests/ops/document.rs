//! `/api/openapi.json`: the providers that are live, no more and no fewer, with fields and examples.

use std::fs;

use serde_json::{Value, json};

use crate::app::{App, Plan, guest, install, plugin};

async fn document(app: &App) -> Value {
    app.get("/api/openapi.json").await.expect(200).json
}

/// The types of a `oneOf`, by its references and by its discriminator, which must agree.
fn types(document: &Value, name: &str) -> Vec<String> {
    let schema = &document["components"]["schemas"][name];
    let prefix = format!("#/components/schemas/{name}.");
    let references = schema["oneOf"].as_array().cloned().unwrap_or_default();
    let mut types: Vec<String> =
        references.iter().map(|one| one["$ref"].as_str().unwrap().strip_prefix(&prefix).unwrap().to_owned()).collect();
    types.sort();
    if !types.is_empty() {
        assert_eq!(schema["discriminator"]["propertyName"], json!("type"));
        let mapping = schema["discriminator"]["mapping"].as_object().unwrap();
        let mapped: Vec<String> = mapping.keys().cloned().collect();
        assert_eq!(mapped, types);
        for kind in &types {
            assert_eq!(mapping[kind], json!(format!("{prefix}{kind}")));
            let variant = &document["components"]["schemas"][format!("{name}.{kind}")];
            assert_eq!(variant["properties"]["type"]["enum"], json!([kind]), "{variant}");
            assert_eq!(variant["additionalProperties"], json!(false));
        }
    }
    types
}

/// Every reference leads somewhere.
fn check_references(document: &Value, at: &Value) {
    match at {
        Value::Object(map) => {
            if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                let pointer = reference.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
            }
            map.values().for_each(|value| check_references(document, value));
        }
        Value::Array(items) => items.iter().for_each(|value| check_references(document, value)),
        _ => {}
    }
}

async fn wait_for(app: &App, wanted: &[&str]) -> Value {
    for _ in 0..500 {
        let document = document(app).await;
        if types(&document, "SignIn") == wanted {
            return document;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{wanted:?} did not come: {:?}", types(&document(app).await, "SignIn"));
}

#[tokio::test]
async fn e9_the_document_lists_fields_and_examples() {
    let app = Plan::new().simple().plugin("hello", &guest("hello"), None).start();
    let document = document(&app).await;
    assert_eq!(document["openapi"], json!("3.0.0"));
    assert_eq!(
        (types(&document, "SignUp"), types(&document, "SignIn")),
        (vec!["hello".to_owned(), "simple".to_owned()], vec!["hello".to_owned(), "simple".to_owned()])
    );
    let signup = &document["components"]["schemas"]["SignUp.hello"];
    assert_eq!(signup["required"], json!(["type", "email", "password", "city"]));
    assert_eq!(signup["properties"]["city"]["example"], json!("Graz"));
    assert_eq!(signup["properties"]["city"]["maxLength"], json!(80));
    assert_eq!((&signup["properties"]["age"]["type"], &signup["properties"]["age"]["example"]), (&json!("integer"), &json!(41)));
    assert_eq!(signup["properties"]["password"]["format"], json!("password"));
    let account = &document["components"]["schemas"]["AccountChange"]["properties"];
    assert!(account["city"].is_object() && account["age"].is_object() && account["display_name"].is_object(), "{account}");
    check_references(&document, &document);
}

#[tokio::test]
async fn e9_every_operation_is_described() {
    let document = document(&App::simple()).await;
    let mut ids = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no id"));
            assert!(ids.insert(id.to_owned()), "{id} is given twice");
            assert!(operation["summary"].is_string() && operation["tags"].is_array(), "{method} {path}");
            for (status, response) in operation["responses"].as_object().unwrap() {
                if status.starts_with('4') {
                    assert!(response["content"]["application/problem+json"].is_object(), "{method} {path} {status}");
                }
            }
        }
    }
    for path in ["/auth/signup/", "/auth/signin/", "/auth/continue", "/auth/refresh", "/me", "/providers/{type}", "/health/ready"] {
        assert!(document["paths"][path].is_object(), "{path} is missing");
    }
}

#[tokio::test]
async fn g1_the_document_follows_the_directory() {
    let app = App::simple();
    wait_for(&app, &["simple"]).await;
    install(&app.plugins(), "hello", &guest("hello"), None);
    let document = wait_for(&app, &["hello", "simple"]).await;
    assert!(document["components"]["schemas"]["SignUp.hello"]["properties"]["pet"].is_null());
    install(&app.plugins(), "hello", &guest("hello-v2"), None);
    for _ in 0..500 {
        if self::document(&app).await["components"]["schemas"]["SignUp.hello"]["properties"]["pet"].is_object() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(self::document(&app).await["components"]["schemas"]["SignUp.hello"]["properties"]["pet"].is_object(), "the next version");
    fs::remove_file(app.plugins().join("hello.wasm")).unwrap();
    let document = wait_for(&app, &["simple"]).await;
    assert!(document["components"]["schemas"]["SignUp.hello"].is_null() && !document.to_string().contains("hello"));
    fs::remove_file(app.plugins().join("simple.wasm")).unwrap();
    let document = wait_for(&app, &[]).await;
    check_references(&document, &document);
}

#[tokio::test]
async fn e9_a_provider_without_signup_is_in_signin_alone() {
    let app = Plan::new().plugin("simple", &plugin("simple"), Some("signup = false")).start();
    let document = document(&app).await;
    assert_eq!((types(&document, "SignUp"), types(&document, "SignIn")), (Vec::new(), vec!["simple".to_owned()]));
}
