//! Orders.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::place::Place;

fn books(shop: i64, lines: &[(i64, i64)]) -> Value {
    let items: Vec<Value> = lines.iter().map(|(book, quantity)| json!({ "book_id": book, "quantity": quantity })).collect();
    json!({ "shop_id": shop, "items": items })
}

pub(crate) async fn c5_an_order_of_several_books(place: Place) {
    let ann = place.customer(1);
    let order = ann.order(&books(1, &[(2, 4), (1, 2)])).await.expect(201);
    let expected = json!({
        "id": order.number("/id"),
        "shop": { "id": 1, "name": "Corner", "city": "Quillhaven", "currency": "EUR" },
        "created_at": order.json["created_at"], "currency": "EUR", "total_cents": 3000,
        "lines": [
            { "book_id": 1, "title": "The Blue Lantern", "price_cents": 1000, "quantity": 2, "sum_cents": 2000 },
            { "book_id": 2, "title": "A Ferry for November", "price_cents": 250, "quantity": 4, "sum_cents": 1000 }
        ]
    });
    assert_eq!(order.json, expected);
    assert!(order.json["created_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(ann.get(order.headers["location"].to_str().unwrap()).await.expect(200).json, expected);
    assert_eq!(place.database.number("SELECT quantity FROM stock WHERE shop_id = 1 AND book_id = 2").await, 1);
}

pub(crate) async fn fifty_orders_for_ten_books_sell_ten(place: Place) {
    let body = books(1, &[(1, 1)]);
    let customers: Vec<_> = (1..=50).map(|user| place.customer(user)).collect();
    let answers = join_all(customers.iter().map(|customer| customer.order(&body))).await;
    let sold = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(sold, 10);
    for answer in answers.into_iter().filter(|answer| answer.status != 201) {
        let answer = answer.problem(400, "out_of_stock");
        assert_eq!(answer.json["shortages"], json!([{ "book_id": 1, "requested": 1, "available": 0 }]));
    }
    assert_eq!(place.database.number("SELECT quantity FROM stock WHERE shop_id = 1 AND book_id = 1").await, 0);
    assert_eq!(place.database.number("SELECT COUNT(*) FROM order_lines").await, 10);
}

pub(crate) async fn crossing_orders_all_go_through(place: Place) {
    place.database.run("UPDATE stock SET quantity = 1000 WHERE shop_id = 1").await.unwrap();
    let bodies = [books(1, &[(1, 1), (2, 1), (3, 1)]), books(1, &[(3, 1), (2, 1), (1, 1)])];
    let customers: Vec<_> = (1..=40).map(|user| place.customer(user)).collect();
    let answers = join_all(customers.iter().zip(bodies.iter().cycle()).map(|(customer, body)| customer.order(body))).await;
    assert!(answers.iter().all(|answer| answer.status == 201), "{answers:?}");
    assert_eq!(place.database.number("SELECT MIN(quantity) FROM stock WHERE shop_id = 1").await, 960);
    assert_eq!(place.database.number("SELECT MAX(quantity) FROM stock WHERE shop_id = 1").await, 960);
}

pub(crate) async fn what_is_short_is_named_and_nothing_is_ordered(place: Place) {
    let ann = place.customer(1);
    let answer = ann.order_once("k-1", &books(1, &[(2, 6), (1, 1), (3, 2)])).await.problem(400, "out_of_stock");
    assert_eq!(answer.fields(), ["items[0].quantity:out_of_stock", "items[2].quantity:out_of_stock"]);
    let short = json!([{ "book_id": 2, "requested": 6, "available": 5 }, { "book_id": 3, "requested": 2, "available": 0 }]);
    assert_eq!(answer.json["shortages"], short);
    assert_eq!(place.database.number("SELECT quantity FROM stock WHERE shop_id = 1 AND book_id = 1").await, 10, "taken back");
    assert_eq!(ann.get("/shop/orders").await.number("/total"), 0);
    // A refusal does not use the key up.
    ann.order_once("k-1", &books(1, &[(1, 1)])).await.expect(201);

    let unknown = ann.order(&books(1, &[(1, 1), (4, 1)])).await.problem(400, "invalid_fields");
    assert_eq!(unknown.fields(), ["items[1].book_id:unknown_book"]);
    assert_eq!(ann.order(&books(7, &[(1, 1)])).await.problem(400, "invalid_fields").fields(), ["shop_id:unknown_shop"]);
}

pub(crate) async fn a_key_orders_once(place: Place) {
    let ann = place.customer(1);
    let first = ann.order_once("phone-17", &books(1, &[(1, 10), (2, 1)])).await.expect(201);
    assert!(!first.headers.contains_key("idempotent-replayed"));
    // Also when nothing is left, and whatever the order of the lines.
    let again = ann.order_once("phone-17", &books(1, &[(2, 1), (1, 10)])).await.expect(201);
    assert_eq!((again.json, again.headers["idempotent-replayed"].to_str().unwrap()), (first.json.clone(), "true"));
    ann.order_once("phone-17", &books(1, &[(2, 1)])).await.problem(400, "idempotency_key_reused");
    ann.order_once("phone-17", &json!({})).await.problem(400, "idempotency_key_reused");
    assert_eq!(ann.get("/shop/orders").await.number("/total"), 1);

    // Keys are each user's own.
    let bob = place.customer(2);
    assert_ne!(bob.order_once("phone-17", &books(1, &[(2, 1)])).await.expect(201).number("/id"), first.number("/id"));

    // The cart that a lost answer has emptied.
    bob.put_cart(&books(1, &[(2, 1)])).await.expect(200);
    let first = bob.order_once("cart-1", &json!({})).await.expect(201);
    assert_eq!(bob.order_once("cart-1", &json!({})).await.expect(201).json, first.json);

    for bad in ["", "with space", &"k".repeat(256)] {
        assert_eq!(
            ann.order_once(bad, &books(1, &[(2, 1)])).await.problem(400, "invalid_fields").fields(),
            ["Idempotency-Key:invalid_key"]
        );
    }
}

pub(crate) async fn a_key_orders_once_under_concurrency(place: Place) {
    // All that there is: whoever comes second finds nothing left, and must still get the order.
    let (ann, body) = (place.customer(1), books(1, &[(1, 10)]));
    let answers = join_all((0..20).map(|_| ann.order_once("same", &body))).await;
    let ids: std::collections::BTreeSet<_> = answers.into_iter().map(|answer| answer.expect(201).number("/id")).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(place.database.number("SELECT COUNT(*) FROM orders").await, 1);
    ann.put_cart(&books(1, &[(2, 5)])).await.expect(200);
    let nothing = json!({});
    for answer in join_all((0..20).map(|_| ann.order_once("same-cart", &nothing))).await {
        answer.expect(201);
    }
    assert_eq!(place.database.number("SELECT COUNT(*) FROM orders").await, 2);
}
