//! The caller, their orders, and what the shops sell.

use serde_json::{Value, json};

use crate::place::Place;

fn one(book: i64, quantity: i64) -> Value {
    json!({ "shop_id": 1, "items": [{ "book_id": book, "quantity": quantity }] })
}

pub(crate) async fn c3_what_the_gateway_says_and_what_the_shop_knows(place: Place) {
    let ann = place.customer(7);
    let me = ann.get("/shop/me").await.expect(200);
    let expected = json!({
        "user_id": 7, "email": "user7@example.org", "name": "User 7", "roles": ["customer"], "orders": 0, "customer_since": null
    });
    assert_eq!(me.json, expected);
    assert_eq!(place.database.number("SELECT COUNT(*) FROM users").await, 0, "looking leaves nothing behind");
    let order = ann.order(&one(1, 1)).await.expect(201);
    let me = ann.get("/shop/me").await.expect(200);
    assert_eq!((me.number("/orders"), &me.json["customer_since"]), (1, &order.json["created_at"]));

    let mut claims = place.gateway.claims(8);
    claims["email"] = Value::Null;
    claims["name"] = Value::Null;
    let nameless = place.get_with("/shop/me", &place.gateway.key.sign("identity+jwt", &claims)).await.expect(200);
    assert_eq!((&nameless.json["email"], &nameless.json["name"]), (&Value::Null, &Value::Null));
}

pub(crate) async fn c4_the_history_is_ones_own_newest_first(place: Place) {
    let (ann, bob) = (place.customer(1), place.customer(2));
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.insert(0, ann.order(&one(1, 1)).await.expect(201).number("/id"));
    }
    let page = ann.get("/shop/orders?page_num=2&page_size=2").await.expect(200);
    assert_eq!((page.number("/page_num"), page.number("/page_size"), page.number("/total")), (2, 2, 5));
    assert_eq!((page.number("/items/0/id"), page.number("/items/1/id")), (ids[2], ids[3]));
    assert_eq!((page.number("/items/0/books"), page.number("/items/0/total_cents"), page.number("/items/0/shop/id")), (1, 1000, 1));
    assert_eq!(ann.get("/shop/orders?page_num=9").await.expect(200).json["items"], json!([]));

    let path = format!("/shop/orders/{}", ids[0]);
    ann.get(&path).await.expect(200);
    bob.get(&path).await.problem(404, "order_not_found");
    bob.get("/shop/orders/999999").await.problem(404, "order_not_found");
    assert_eq!(bob.get("/shop/orders").await.expect(200).number("/total"), 0);
}

pub(crate) async fn c6_the_assortment_of_a_shop(place: Place) {
    let ann = place.customer(1);
    let shops = ann.get("/shop/shops").await.expect(200);
    let expected = json!([
        { "id": 1, "name": "Corner", "city": "Quillhaven", "currency": "EUR" }, { "id": 2, "name": "Harbour", "city": "Brackwater", "currency": "GBP" }
    ]);
    assert_eq!((&shops.json["items"], shops.number("/total")), (&expected, 2));

    let books = ann.get("/shop/shops/1/books").await.expect(200);
    let first = json!({
        "id": 1, "isbn": "9799999900010", "title": "The Blue Lantern", "author": "Ilsa Quist", "price_cents": 1000, "currency": "EUR", "quantity": 10
    });
    assert_eq!((&books.json["items"][0], books.number("/total"), books.number("/items/2/quantity")), (&first, 3, 0));
    assert_eq!(ann.get("/shop/shops/2/books").await.json["items"][0]["currency"], "GBP");
    let page = ann.get("/shop/shops/1/books?page_num=2&page_size=2").await.expect(200);
    assert_eq!((page.number("/items/0/id"), page.json["items"].as_array().unwrap().len()), (3, 1));

    ann.get("/shop/shops/9/books").await.problem(404, "shop_not_found");
    let wrong = ann.get("/shop/shops/1/books?page_num=0&page_size=201").await.problem(400, "invalid_fields");
    assert_eq!(wrong.fields(), ["page_num:out_of_range", "page_size:out_of_range"]);
    for (query, fields) in [
        ("page_size=x&page_num=0", vec!["page_num:out_of_range", "page_size:wrong_type"]),
        ("page_num=99999999999999999999", vec!["page_num:out_of_range"]),
        ("page_num=%00", vec!["page_num:wrong_type"]),
        ("page_size=", vec!["page_size:wrong_type"]),
    ] {
        for path in ["/shop/shops", "/shop/shops/1/books", "/shop/orders"] {
            let wrong = ann.get(&format!("{path}?{query}")).await.problem(400, "invalid_fields");
            assert_eq!(wrong.fields(), fields, "{path}?{query}");
        }
    }
    // What is no number names nothing.
    for path in ["/shop/shops/x/books", "/shop/shops/99999999999999999999/books", "/shop/orders/x"] {
        ann.get(path).await.problem(404, "not_found");
    }
}

pub(crate) async fn a_price_is_frozen_with_the_order(place: Place) {
    let ann = place.customer(1);
    let order = ann.order(&one(1, 2)).await.expect(201);
    ann.put_cart(&one(1, 1)).await.expect(200);
    place.database.run("UPDATE stock SET price_cents = 4321 WHERE shop_id = 1 AND book_id = 1").await.unwrap();
    let path = format!("/shop/orders/{}", order.number("/id"));
    assert_eq!(ann.get(&path).await.expect(200).json, order.json);
    assert_eq!(ann.get("/shop/cart").await.number("/total_cents"), 4321, "a cart goes by today's price");
    assert_eq!(ann.order_cart().await.expect(201).number("/total_cents"), 4321);
}
