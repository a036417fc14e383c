//! What the schema holds by itself.

use serde_json::json;

use crate::place::Place;

pub(crate) async fn c1_the_schema_holds_integrity(place: Place) {
    let ann = place.customer(1);
    ann.put_cart(&json!({ "shop_id": 1, "items": [{ "book_id": 1, "quantity": 1 }] })).await.expect(200);
    ann.order(&json!({ "shop_id": 1, "items": [{ "book_id": 2, "quantity": 1 }] })).await.expect(201);
    for (what, statement) in [
        ("stock below zero", "UPDATE stock SET quantity = -1 WHERE book_id = 1"),
        ("a negative price", "UPDATE stock SET price_cents = -1 WHERE book_id = 1"),
        ("stock of no book", "INSERT INTO stock (shop_id, book_id, price_cents, quantity) VALUES (1, 77, 1, 1)"),
        ("the same ISBN twice", "INSERT INTO books (id, isbn, title, author) VALUES (50, '9799999900010', 'x', 'y')"),
        ("a currency that is none", "UPDATE shops SET currency = 'EURO' WHERE id = 1"),
        (
            "a cart of a book that its shop does not sell",
            "INSERT INTO cart_items (user_id, shop_id, book_id, quantity) VALUES (1, 1, 4, 1)",
        ),
        ("a cart of two shops", "INSERT INTO cart_items (user_id, shop_id, book_id, quantity) VALUES (1, 2, 3, 1)"),
        ("none of a book in a cart", "UPDATE cart_items SET quantity = 0"),
        ("an order of nobody", "UPDATE orders SET user_id = 99"),
        ("none of a book in an order", "UPDATE order_lines SET quantity = 0"),
        ("a line of no order", "INSERT INTO order_lines (order_id, book_id, price_cents, quantity) VALUES (999, 1, 1, 1)"),
        ("a book that was ordered, deleted", "DELETE FROM books WHERE id = 2"),
        ("a shop that sells, deleted", "DELETE FROM shops WHERE id = 1"),
    ] {
        let refused = place.database.run(statement).await.expect_err(what);
        let refused = refused.as_database_error().unwrap_or_else(|| panic!("{what}: {refused}"));
        let held = refused.is_check_violation() || refused.is_foreign_key_violation() || refused.is_unique_violation();
        assert!(held, "{what}: {refused}");
    }
}

pub(crate) async fn migrations_run_once_and_data_stays(mut place: Place) {
    let order = place.customer(1).order(&json!({ "shop_id": 1, "items": [{ "book_id": 1, "quantity": 1 }] })).await.expect(201);
    assert_eq!(place.command(&["migrate"]), "the database is up to date\n");
    place.restart();
    let path = format!("/shop/orders/{}", order.number("/id"));
    assert_eq!(place.customer(1).get(&path).await.expect(200).json, order.json);
    assert!(place.stop(), "an orderly end");
}
