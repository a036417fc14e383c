//! Carts.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{customer::read, place::Place};

pub(crate) async fn c5_a_cart_becomes_an_order(place: Place) {
    let ann = place.customer(1);
    let empty = json!({ "shop_id": null, "currency": null, "items": [], "total_cents": 0 });
    assert_eq!(ann.get("/shop/cart").await.expect(200).json, empty);
    ann.order_cart().await.problem(400, "cart_empty");

    let cart = ann
        .put_cart(&json!({ "shop_id": 1, "items": [{ "book_id": 2, "quantity": 2 }, { "book_id": 1, "quantity": 1 }] }))
        .await
        .expect(200);
    assert_eq!((cart.number("/total_cents"), cart.json["currency"].as_str()), (1500, Some("EUR")));
    let book = json!({ "book_id": 2, "title": "A Ferry for November", "price_cents": 250, "quantity": 2, "available": 5 });
    assert_eq!(cart.json["items"][1], book);
    assert_eq!(ann.get("/shop/cart").await.expect(200).json, cart.json);
    assert_eq!(place.customer(2).get("/shop/cart").await.expect(200).json, empty, "a cart is its owner's");

    // Another shop's books take the place of the first's.
    let other = ann.put_cart(&json!({ "shop_id": 2, "items": [{ "book_id": 3, "quantity": 1 }] })).await.expect(200);
    assert_eq!((other.number("/shop_id"), other.json["items"].as_array().unwrap().len()), (2, 1));
    ann.put_cart(&json!({ "shop_id": 1, "items": [{ "book_id": 1, "quantity": 3 }] })).await.expect(200);

    let order = ann.order(&json!({})).await.expect(201);
    assert_eq!((order.number("/total_cents"), order.number("/lines/0/quantity")), (3000, 3));
    assert_eq!(order.headers["location"].to_str().unwrap(), format!("/shop/orders/{}", order.number("/id")));
    assert_eq!(ann.get("/shop/cart").await.expect(200).json, empty, "the cart has become the order");
    assert_eq!(place.database.number("SELECT quantity FROM stock WHERE shop_id = 1 AND book_id = 1").await, 7);

    ann.put_cart(&json!({ "shop_id": 1, "items": [{ "book_id": 1, "quantity": 1 }] })).await.expect(200);
    assert_eq!(read(ann.request(Method::DELETE, "/shop/cart").send().await.unwrap()).await.expect(204).text, "");
    assert_eq!(ann.get("/shop/cart").await.expect(200).json, empty);
}

pub(crate) async fn a_cart_is_ordered_once_however_often_it_is_clicked(place: Place) {
    let ann = place.customer(1);
    ann.put_cart(&json!({ "shop_id": 1, "items": [{ "book_id": 1, "quantity": 1 }, { "book_id": 2, "quantity": 1 }] })).await.expect(200);
    let mut results = BTreeMap::new();
    for answer in join_all((0..10).map(|_| ann.order_cart())).await {
        *results.entry(answer.json["code"].as_str().unwrap_or("ordered").to_owned()).or_insert(0) += 1;
    }
    assert_eq!(results, BTreeMap::from([("cart_empty".to_owned(), 9), ("ordered".to_owned(), 1)]));
    assert_eq!(place.database.number("SELECT quantity FROM stock WHERE shop_id = 1 AND book_id = 1").await, 9);

    // Several first carts of one person at once.
    for user in 10..=30 {
        let (bob, body) = (place.customer(user), json!({ "shop_id": 1, "items": [{ "book_id": 1, "quantity": user }] }));
        let puts = join_all((0..8).map(|_| bob.put_cart(&body))).await;
        assert!(puts.iter().all(|answer| answer.status == 200), "{puts:?}");
    }

    // A cart that is filled and ordered at the same time is in one of the states, and never stuck.
    let body: Value = json!({ "shop_id": 1, "items": [{ "book_id": 1, "quantity": 1 }] });
    let (puts, orders) = futures_util::join!(join_all((0..10).map(|_| ann.put_cart(&body))), join_all((0..10).map(|_| ann.order_cart())));
    assert!(puts.iter().all(|answer| answer.status == 200), "{puts:?}");
    assert!(
        orders.iter().all(|answer| answer.status == 201 || matches!(answer.json["code"].as_str(), Some("cart_empty" | "out_of_stock"))),
        "{orders:?}"
    );
}

pub(crate) async fn a_cart_takes_only_what_its_shop_sells(place: Place) {
    let ann = place.customer(1);
    let put = async |body: Value| ann.put_cart(&body).await.problem(400, "invalid_fields").fields();
    let good = json!([{ "book_id": 1, "quantity": 1 }]);
    assert_eq!(put(json!({ "shop_id": 9, "items": good })).await, ["shop_id:unknown_shop"]);
    let unsold = json!({ "shop_id": 1, "items": [{ "book_id": 4, "quantity": 1 }, { "book_id": 1, "quantity": 1 }, { "book_id": 99, "quantity": 1 }] });
    assert_eq!(put(unsold).await, ["items[0].book_id:unknown_book", "items[2].book_id:unknown_book"]);
    assert_eq!(ann.get("/shop/cart").await.json["items"], json!([]));
    // More than there is can be wished for; the order says no, and the cart stays.
    let wish = json!({ "shop_id": 1, "items": [{ "book_id": 1, "quantity": 999 }] });
    assert_eq!(ann.put_cart(&wish).await.expect(200).number("/items/0/available"), 10);
    ann.order_cart().await.problem(400, "out_of_stock");
    assert_eq!(ann.get("/shop/cart").await.number("/items/0/quantity"), 999);
}
