//! Test data.

use serde_json::json;

use crate::place::Place;

async fn amounts(place: &Place) -> [i64; 6] {
    [
        place.database.number("SELECT COUNT(*) FROM books").await,
        place.database.number("SELECT COUNT(*) FROM shops").await,
        place.database.number("SELECT COUNT(*) FROM stock").await,
        place.database.number("SELECT COUNT(*) FROM users").await,
        place.database.number("SELECT COUNT(*) FROM orders").await,
        place.database.number("SELECT COUNT(*) FROM carts").await,
    ]
}

pub(crate) async fn c1_seeding_twice_is_seeding_once(place: Place) {
    let before = amounts(&place).await;
    let arguments = ["seed", "--books", "30", "--shops", "3", "--users", "2", "--seed", "5"];
    let said = place.command(&arguments);
    let seeded = amounts(&place).await;
    // With what was there before.
    assert_eq!(said, format!("there are {} books, {} shops, and histories of 2 users\n", seeded[0], seeded[1]));
    assert_eq!((seeded[0] - before[0], seeded[1] - before[1], seeded[3], seeded[5]), (30, 3, 2, 2));
    assert!(seeded[2] > before[2] + 30 && seeded[4] >= 2, "{seeded:?}");

    let ann = place.customer(1);
    assert!(ann.get("/shop/orders").await.expect(200).number("/total") > 0);
    let shop = ann.get("/shop/shops").await.expect(200).number("/items/2/id");
    let book = ann.get(&format!("/shop/shops/{shop}/books?page_size=200")).await.expect(200);
    let offer = book.json["items"].as_array().unwrap().iter().find(|book| book["quantity"].as_i64() > Some(0)).unwrap().clone();
    let bought = json!({ "shop_id": shop, "items": [{ "book_id": offer["id"], "quantity": offer["quantity"] }] });
    ann.order(&bought).await.expect(201);

    assert_eq!(place.command(&arguments), said);
    let again = amounts(&place).await;
    assert_eq!(again, [seeded[0], seeded[1], seeded[2], seeded[3], seeded[4] + 1, seeded[5]]);
    let sold = ann.get(&format!("/shop/shops/{shop}/books?page_size=200")).await.expect(200);
    let now = sold.json["items"].as_array().unwrap().iter().find(|book| book["id"] == offer["id"]).unwrap().clone();
    assert_eq!(now["quantity"], 0, "what is sold stays sold");
}
