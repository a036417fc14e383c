//! Swagger UI at `/api/docs`.

use serde_json::Value;

use super::visitor::Visitor;
use crate::app::{App, Plan, guest};

/// The operations of the live document: `GET /me` and so on.
async fn operations(app: &App) -> Vec<String> {
    let document = app.get("/api/openapi.json").await.expect(200).json;
    let paths = document["paths"].as_object().unwrap().iter();
    let methods = |item: &Value| item.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let all = paths.flat_map(|(path, item)| methods(item).into_iter().map(move |method| format!("{} {path}", method.to_uppercase())));
    all.collect()
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn e9_swagger_ui_in_a_browser() {
    let app = Plan::new().simple().plugin("hello", &guest("hello"), None).start();
    let operations = operations(&app).await;
    assert!(operations.len() > 40, "{operations:?}");
    let ann = Visitor::new(&app).await;
    ann.open("/api/docs").await;
    ann.sees(operations.last().expect("an operation")).await;
    let text = ann.text().await;
    for operation in &operations {
        assert!(text.contains(operation), "{operation} is not in the page:\n{text}");
    }
    ann.screenshot("swagger-ui").await;
    // It is tried from the page, under the page's policy.
    ann.press("get /auth/providers").await;
    ann.press("Execute").await;
    ann.sees("\"type\": \"hello\"").await;
    let asked = ann.requests().await;
    assert!(asked.iter().any(|url| url.ends_with("/api/openapi.json")), "{asked:?}");
    let public = app.public_url();
    let elsewhere: Vec<_> = asked.iter().filter(|url| !url.starts_with(&format!("{public}/")) && !url.starts_with("data:")).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
    assert_eq!(ann.complaints().await, Vec::<String>::new());
}
