//! The shop of `examples/`, in its own process, behind the gateway (rows C3 to C8).

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::proxy::{routed, send};
use crate::{
    actor::{Answer, User},
    app::{App, Plan, made},
    port,
};

/// The gateway with the shop behind it.
pub struct Mall {
    pub app: App,
    shop: Child,
    pub shop_url: String,
    _dir: TempDir,
}

impl Mall {
    /// Both, with test data.
    pub fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let gateway = format!("http://127.0.0.1:{}", port::free());
        let shop = |command: &str| {
            let mut shop = Command::new(made("VESTIBULE_SHOP", "target/debug/shop"));
            shop.arg(command).current_dir(&dir).env("SHOP_LISTEN", "127.0.0.1:0").env("SHOP_GATEWAY", &gateway);
            shop.env("SHOP_DATABASE_URL", format!("sqlite://{}", dir.path().join("shop.db").display()));
            shop.stderr(fs::File::create(dir.path().join(command)).unwrap());
            shop
        };
        assert!(shop("seed").stdout(Stdio::null()).status().unwrap().success());
        let mut child = shop("serve").stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let shop_url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
        let routes = format!("[[routes]]\nprefix = \"/shop\"\nupstream = {shop_url:?}\n");
        let plan = routed(Plan::new().simple(), &routes).set("listen", gateway.strip_prefix("http://").unwrap());
        Self { app: plan.set("public_url", &gateway).start(), shop: child, shop_url, _dir: dir }
    }
}

impl Drop for Mall {
    fn drop(&mut self) {
        let _ = self.shop.kill();
        let _ = self.shop.wait();
    }
}

/// Two books of the first shop, two of each.
async fn items(user: &User<'_>) -> Value {
    let shops = user.get("/shop/shops").await.expect(200).json;
    let shop = shops.pointer("/items/0/id").or_else(|| shops.pointer("/0/id")).unwrap_or_else(|| panic!("{shops}"));
    let books = user.get(&format!("/shop/shops/{shop}/books?page_size=50")).await.expect(200).json;
    let there = books["items"].as_array().unwrap().iter().filter(|book| book["quantity"].as_i64() >= Some(2)).take(2);
    json!({ "shop_id": shop, "items": there.map(|book| json!({ "book_id": book["id"], "quantity": 2 })).collect::<Vec<_>>() })
}

#[tokio::test]
async fn c3_the_shop_knows_the_data_of_who_is_signed_in() {
    let mall = Mall::open();
    let ann = mall.app.user("ann@example.org").await;
    ann.send(Method::PATCH, "/me", Some(&json!({ "display_name": "Ann" }))).await.expect(200);
    let me = ann.get("/shop/me").await.expect(200).json;
    assert_eq!((me["email"].as_str(), me["name"].as_str()), (Some("ann@example.org"), Some("Ann")), "{me}");
    assert_eq!((me["user_id"].as_i64(), me["orders"].as_i64()), (Some(ann.id), Some(0)), "{me}");
    mall.app.get("/shop/me").await.problem(401, "token_missing");
    // By the cookie of the pages too.
    let mut browser = mall.app.browser();
    browser.sign_in("ann@example.org").await;
    let page = browser.open("/shop/me").await.expect(200);
    assert!(page.text.contains("ann@example.org"), "{}", page.text);
}

#[tokio::test]
async fn c5_an_order_through_the_gateway() {
    let mall = Mall::open();
    let (ann, bob) = (mall.app.user("ann@example.org").await, mall.app.user("bob@example.org").await);
    let items = items(&ann).await;
    ann.send(Method::PUT, "/shop/cart", Some(&items)).await.expect(200);
    let order = |key: &'static str| {
        let request = mall.app.http.post(mall.app.url("/shop/orders")).bearer_auth(&ann.access).header("idempotency-key", key);
        async move { crate::actor::read(request.send().await.unwrap()).await }
    };
    let first: Answer = order("7d1c").await.expect(201);
    let again = order("7d1c").await;
    assert_eq!(again.json["id"], first.json["id"], "the key goes through: {}", again.text);
    let orders = ann.get("/shop/orders").await.expect(200).json;
    assert_eq!(orders["items"].as_array().map(Vec::len), Some(1), "{orders}");
    let path = format!("/shop/orders/{}", first.json["id"]);
    ann.get(&path).await.expect(200);
    assert_eq!(bob.get(&path).await.status, 404, "somebody else's");
}

#[tokio::test]
async fn c8_the_shop_believes_the_gateway_alone() {
    let mall = Mall::open();
    let ann = mall.app.user("ann@example.org").await;
    let inside = format!("{}/shop/me", mall.shop_url);
    let bearer = format!("Bearer {}", ann.access);
    for headers in [
        &[][..],
        &[("authorization", bearer.as_str())],
        &[("x-auth-user-id", "1"), ("x-auth-email", "ann@example.org")],
        &[("x-auth-identity", ann.access.as_str())],
        &[("x-auth-identity", ann.refresh.as_str())],
    ] {
        assert_eq!(send(Method::GET, &inside, headers, None).await.status, 401, "{headers:?}");
    }
    // Nor can a caller of the gateway say who they are.
    let answer = send(Method::GET, &mall.app.url("/shop/me"), &[("authorization", &bearer), ("x-auth-identity", "word")], None).await;
    assert_eq!(answer.expect(200).json["email"], "ann@example.org");
}
