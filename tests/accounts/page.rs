//! Row D1: users, a page at a time.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{both, column};
use crate::{actor::PASSWORD, app::App};

#[tokio::test]
async fn d1_users_are_listed_by_page_and_by_cursor() {
    let app = both();
    let root = app.admin().await;
    for name in ["ann", "bob@example.org", "cyd"] {
        app.post("/user", &json!({ "login": name, "password": PASSWORD })).await.expect(201);
    }
    let first = root.get("/users?page_num=1&page_size=3").await.expect(200);
    assert_eq!(column(&first, "login"), ["root@example.org", "ann", "bob@example.org"]);
    assert_eq!((&first.json["page_num"], &first.json["page_size"], &first.json["total"]), (&json!(1), &json!(3), &json!(4)));
    assert_eq!((&first.json["items"][0]["roles"], &first.json["items"][1]["disabled"]), (&json!(["admin"]), &json!(false)));
    let next = first.str("/next");
    let rest = root.get(&format!("/users/?next={next}&page_size=3")).await.expect(200);
    assert_eq!(
        (column(&rest, "login"), rest.json["next"].is_null(), rest.json["page_num"].is_null()),
        (vec!["cyd".to_owned()], true, true)
    );
    assert_eq!(column(&root.get("/users?page_num=2&page_size=3").await.expect(200), "login"), ["cyd"]);
    let beyond = root.get("/users?page_num=4000000000").await.expect(200);
    assert_eq!((column(&beyond, "login"), &beyond.json["total"]), (Vec::new(), &json!(4)));
}

#[tokio::test]
async fn d1_users_are_found_by_address() {
    let app = App::simple();
    let root = app.admin().await;
    for name in ["ann", "anna", "bob"] {
        app.user(&format!("{name}@example.org")).await;
    }
    let found = async |query: &str| column(&root.get(&format!("/users?{query}")).await.expect(200), "email");
    assert_eq!(found("q=ANN").await, ["ann@example.org", "anna@example.org"]);
    assert_eq!(found("email=Ann@Example.org").await, ["ann@example.org"]);
    assert_eq!(found("email=nobody@example.org").await, Vec::<String>::new());
    assert_eq!(found("q=ann%25").await, Vec::<String>::new(), "no pattern");
    let first = root.get("/users?q=ann&page_size=1").await.expect(200);
    assert_eq!(
        (&first.json["total"], found(&format!("q=ann&next={}", first.str("/next"))).await),
        (&json!(2), vec!["anna@example.org".to_owned()])
    );
}

#[tokio::test]
async fn d1_mistakes_in_parameters_are_told() {
    let app = App::simple();
    let root = app.admin().await;
    for (query, mistakes) in [
        ("page_num=0&page_size=201", &["page_num:out_of_range", "page_size:out_of_range"][..]),
        ("page_num=-1", &["page_num:out_of_range"]),
        ("next=x", &["next:invalid_cursor"]),
        ("next=1&page_num=2", &["next:conflict"]),
        ("email=x", &["email:invalid_email"]),
        ("email=a@example.org&q=a", &["q:conflict"]),
        ("q=%00", &["q:control_characters"]),
        ("q=a&page_num=201", &["page_num:out_of_range"]),
        ("q=a&next=404", &["next:invalid_cursor"]),
    ] {
        let answer = root.get(&format!("/users?{query}")).await.problem(400, "invalid_fields");
        assert_eq!(answer.fields(), mistakes, "{query}");
    }
    root.get("/users?page_num=x").await.expect(400);
}

/// Two hundred thousand users beside those that sign in: a page far down costs about what the first one does.
#[tokio::test]
async fn d1_load_a_page_far_down_costs_as_much_as_the_first() {
    let app = App::simple();
    let root = app.admin().await;
    app.database().await.make_users(1000, 200_999).await;
    let best = async |query: &str| {
        let mut best = Duration::MAX;
        for _ in 0..15 {
            let begun = Instant::now();
            root.get(&format!("/users?page_size=100&{query}")).await.expect(200);
            best = best.min(begun.elapsed());
        }
        best
    };
    let far = root.get("/users?page_num=2000&page_size=100").await.expect(200);
    assert_eq!((column(&far, "id")[0].as_str(), &far.json["total"]), ("200899", &json!(200_001)));
    let (first, far, cursor) = (best("page_num=1").await, best("page_num=2000").await, best("next=200898").await);
    assert!(far < first * 3 && cursor < first * 3, "first {first:?}, far {far:?}, by cursor {cursor:?}");
}
