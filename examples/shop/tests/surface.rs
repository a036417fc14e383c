//! What is the same for every path: errors, ids, documentation, logs.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    customer::{json, read},
    database::Database,
    place::Place,
};

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_in_bodies_are_named() {
    let place = Place::furnished(Database::sqlite()).await;
    let ann = place.customer(1);
    let body = json!({
        "shop_id": 0, "coupon": "x",
        "items": [{ "book_id": 1, "quantity": 1001 }, { "book_id": 1, "quantity": 1, "price_cents": 1 }, 5, { "quantity": "2", "book_id": null }]
    });
    let expected = [
        "shop_id:out_of_range",
        "items[0].quantity:out_of_range",
        "items[1].price_cents:unknown_field",
        "items[1].book_id:repeated",
        "items[2]:wrong_type",
        "items[3].book_id:required",
        "items[3].quantity:wrong_type",
        "coupon:unknown_field",
    ];
    assert_eq!(ann.put_cart(&body).await.problem(400, "invalid_fields").fields(), expected);
    assert_eq!(ann.order(&body).await.problem(400, "invalid_fields").fields(), expected);
    for (body, field) in [
        (json!({ "items": [{ "book_id": 1, "quantity": 1 }] }), "shop_id:required"),
        (json!({ "shop_id": 1 }), "items:required"),
        (json!({ "shop_id": 1, "items": [] }), "items:empty"),
        (json!({ "shop_id": 1, "items": {} }), "items:wrong_type"),
        (json!({ "shop_id": 1.5, "items": [{ "book_id": 1, "quantity": 1 }] }), "shop_id:wrong_type"),
        (json!({ "shop_id": 1e30, "items": [{ "book_id": 1, "quantity": 1 }] }), "shop_id:out_of_range"),
        (json!({ "shop_id": u64::MAX, "items": [{ "book_id": 1, "quantity": 1 }] }), "shop_id:out_of_range"),
        (json!({ "shop_id": 1, "items": vec![json!({ "book_id": 1, "quantity": 1 }); 101] }), "items:too_long"),
    ] {
        assert_eq!(ann.order(&body).await.problem(400, "invalid_fields").fields(), [field]);
    }
    let send = async |content: &'static str, body: String| {
        read(ann.request(Method::PUT, "/shop/cart").header("content-type", content).body(body).send().await.unwrap()).await
    };
    for broken in ["", "{", "[]", "null", "\u{0}", r#"{"shop_id": 1, "shop_id": 2, "items": []}"#] {
        send("application/json", broken.to_owned()).await.problem(400, "malformed_body");
    }
    send("text/plain", "{}".to_owned()).await.problem(415, "unsupported_media_type");
    send("application/json", format!("{{\"x\": \"{}\"}}", "x".repeat(70_000))).await.problem(413, "body_too_large");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trailing_slash_is_optional_and_wrong_paths_are_problems() {
    let place = Place::furnished(Database::sqlite()).await;
    let ann = place.customer(1);
    for path in
        ["/shop/me", "/shop/shops", "/shop/shops/1/books", "/shop/cart", "/shop/orders", "/health/live", "/health/ready", "/shop/docs"]
    {
        ann.get(path).await.expect(200);
        ann.get(&format!("{path}/")).await.expect(200);
    }
    ann.get("/shop").await.problem(404, "not_found");
    let refused = read(ann.request(Method::PATCH, "/shop/orders").send().await.unwrap()).await.problem(405, "method_not_allowed");
    assert_eq!(refused.headers["allow"], "GET, HEAD, POST");
    let head = read(ann.request(Method::HEAD, "/shop/cart").send().await.unwrap()).await.expect(200);
    assert_eq!(head.text, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_carry_the_gateways_id_into_the_log() {
    let place = Place::furnished(Database::sqlite()).await;
    let ann = place.customer(1);
    let given = read(ann.request(Method::GET, "/shop/me").header("X-Request-Id", "from-the-gateway.1").send().await.unwrap()).await;
    assert_eq!(given.headers["x-request-id"], "from-the-gateway.1");
    let made = read(ann.request(Method::GET, "/shop/me").header("X-Request-Id", "no good!").send().await.unwrap()).await;
    assert_eq!(made.headers["x-request-id"].len(), 22);
    let body = json!({ "shop_id": 1, "items": [{ "book_id": 1, "quantity": 1 }] });
    read(json(ann.request(Method::POST, "/shop/orders?secret=hunter2"), &body).send().await.unwrap()).await.expect(201);

    let log = place.log();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"))).collect();
    let line = lines.iter().find(|line| line["span"]["request_id"] == "from-the-gateway.1" && line["status"] == 200).expect("its line");
    assert_eq!((&line["span"]["user_id"], &line["path"], &line["method"]), (&json!(1), &json!("/shop/me"), &json!("GET")));
    assert!(lines.iter().any(|line| line["message"] == "ordered" && line["order"].is_i64() && line["span"]["request_id"].is_string()));
    assert!(!log.contains("hunter2") && !log.contains("eyJ") && !log.contains("user1@example.org"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documentation_works_offline() {
    let place = Place::furnished(Database::sqlite()).await;
    let page = place.get("/shop/docs").await.expect(200);
    for path in page.text.split('"').filter(|part| part.starts_with("/shop/")) {
        let file = place.get(path).await.expect(200);
        assert!(!file.text.is_empty(), "{path}");
    }
    assert!(!page.text.contains("http://") && !page.text.contains("https://"), "{}", page.text);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self';"), "{policy}");
    let live = place.get("/shop/openapi.json").await.expect(200);
    let printed: Value = serde_json::from_str(&place.command(&["openapi"])).unwrap();
    assert_eq!(live.json, printed);
    assert_eq!(live.json["paths"]["/shop/orders"]["post"]["requestBody"]["required"], false);
    assert_eq!(live.json["components"]["schemas"]["NewCart"]["additionalProperties"], false);
    assert_eq!(live.json["paths"]["/shop/orders"]["post"]["parameters"][0]["name"], "Idempotency-Key");
}
