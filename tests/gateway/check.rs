//! `/auth/check` as nginx, Caddy, Traefik and Envoy call it, and what is asked of every proxy that is really there.

use std::time::Duration;

use reqwest::{Method, StatusCode, redirect};
use serde_json::Value;

use super::{
    recipe::Site,
    service::{header, identity},
};
use crate::{
    actor::{Answer, PASSWORD, read},
    app::{App, Plan},
};

const ANN: &str = "ann@example.org";

/// A request with headers, that follows nothing.
async fn send(method: Method, url: &str, headers: &[(&str, &str)]) -> Answer {
    let client = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap();
    let request = headers.iter().fold(client.request(method, url), |request, (name, value)| request.header(*name, *value));
    read(request.send().await.unwrap()).await
}

async fn get(url: &str, headers: &[(&str, &str)]) -> Answer {
    send(Method::GET, url, headers).await
}

/// The cookie of somebody who signed in at the pages.
async fn cookie(app: &App) -> String {
    app.user(ANN).await;
    let mut browser = app.browser();
    browser.sign_in(ANN).await;
    browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

#[track_caller]
fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    answer.headers["location"].to_str().unwrap().to_owned()
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

// --- behind a real proxy -------------------------------------------------------------------------------------------

/// Whatever a caller writes, the service learns what the gateway says.
pub async fn names_the_user(site: &Site) {
    let ann = site.app.user(ANN).await;
    let root = site.app.admin().await;
    let token = bearer(&ann.access);
    let forged = [
        ("authorization", token.as_str()),
        ("X-Auth-User-Id", "1"),
        ("x-auth-email", "root@example.org"),
        ("X-AUTH-ROLES", "admin"),
        ("X-Auth-Identity", "word"),
        ("X_Auth_User_Id", "1"),
        ("x_auth_roles", "admin"),
        ("X-Auth_Email", "root@example.org"),
        ("X_Auth-Email", "root@example.org"),
        ("X-Auth_Roles", "admin"),
        ("X_Auth-User-Id", "1"),
        ("X-Auth-User_Id", "1"),
        ("X_Auth_Identity", "word"),
    ];
    let told = get(&site.at("/app/orders?x=1&y=%2F"), &forged).await.expect(200).json;
    assert_eq!(told["uri"], "/app/orders?x=1&y=%2F");
    assert_eq!(header(&told, "x-auth-user-id"), [ann.id.to_string()]);
    assert_eq!(header(&told, "x-auth-email"), [ANN]);
    // Ann has no role; an empty header says as much as none.
    assert!(header(&told, "x-auth-roles").iter().all(|roles| roles.is_empty()), "{told}");
    let ours = ["x-auth-email", "x-auth-roles", "x-auth-user-id"];
    assert!(identity(&told).iter().all(|name| ours.contains(&name.as_str())), "{told}");
    let pairs = told["headers"].as_array().unwrap();
    assert!(pairs.iter().all(|pair| !pair[0].as_str().unwrap().contains('_')), "{told}");
    assert!(!told.to_string().contains("root@"), "{told}");

    let told = get(&site.at("/app/"), &[("authorization", &bearer(&root.access))]).await.expect(200).json;
    assert_eq!((header(&told, "x-auth-roles"), header(&told, "x-auth-user-id")), (vec!["admin"], vec![root.id.to_string().as_str()]));

    // What a program sends goes through whole.
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let big = "x".repeat(300_000);
    let answer = read(client.post(site.at("/app/orders")).bearer_auth(&ann.access).body(big).send().await.unwrap()).await;
    assert_eq!((answer.expect(200).json["length"].as_u64(), site.service.count()), (Some(300_000), 3));
    get(&site.at("/app/orders"), &[("x-auth-user-id", "1")]).await.problem(401, "token_missing");
    get(&site.at("/app/orders"), &[("authorization", "Bearer nonsense")]).await.problem(401, "token_malformed");
    assert_eq!(site.service.count(), 3, "strangers do not reach it");
}

/// A role of the proxy's configuration, whatever the caller's query says and however the path is written.
pub async fn demands_a_role(site: &Site) {
    let ann = site.app.user(ANN).await;
    let root = site.app.admin().await;
    let paths = [
        "/app/admin/",
        "/app/admin/x?role=",
        "/app/admin/x?role=ann",
        "/app/admin",
        "/app/admin?x=1",
        "/app/%61dmin",
        "/app/%61dmin/x",
        "/app/admin%2Fx",
        "/app//admin",
        "/app/admin//x",
        "/app/ADMIN",
        "/APP/admin/x",
    ];
    for path in paths {
        get(&site.at(path), &[("authorization", &bearer(&ann.access)), ("x-auth-roles", "admin")]).await.expect(403);
        get(&site.at(path), &[("authorization", &bearer(&root.access))]).await.expect(200);
        get(&site.at(path), &[]).await.expect(401);
    }
    assert_eq!(site.service.count(), paths.len());
    // A longer name is another one.
    get(&site.at("/app/administrator"), &[("authorization", &bearer(&ann.access))]).await.expect(200);
}

/// There, through the form, and back to the very page, with its query.
pub async fn leads_browsers(site: &Site) {
    site.app.user(ANN).await;
    let page = site.at("/app/books?a=1&b=x%20y");
    let html = ("accept", "text/html,application/xhtml+xml");
    let address = location(&get(&page, &[html]).await);
    let encoded: String = url::form_urlencoded::byte_serialize(page.as_bytes()).collect();
    assert_eq!(address, format!("{}/sign-in?return_to={encoded}", site.url));
    // What is no page is not redirected.
    send(Method::POST, &page, &[html]).await.problem(401, "token_missing");
    get(&page, &[("accept", "application/json")]).await.problem(401, "token_missing");

    let mut browser = site.app.browser();
    let form = browser.open(address.strip_prefix(&site.url).unwrap()).await.expect(200);
    let fields = [("type", "simple"), ("email", ANN), ("password", PASSWORD)];
    let filled = form.form("/sign-in", &fields).filled(&fields);
    let done = browser.send(Method::POST, "/sign-in", Some(&filled)).await;
    let back = done.location().expect("back");
    // The page is at the site itself.
    assert_eq!(back, page.strip_prefix(&site.url).unwrap());
    let jar: Vec<String> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let jar = jar.join("; ");
    let told = get(&page, &[html, ("cookie", &jar)]).await.expect(200).json;
    assert_eq!(header(&told, "x-auth-email"), [ANN]);

    // The cookie counts for pages of this site alone, where something may change (security rule 19).
    let cookie = ("cookie", jar.as_str());
    send(Method::POST, &page, &[cookie, ("origin", "https://evil.example")]).await.expect(403);
    send(Method::POST, &page, &[cookie, ("sec-fetch-site", "cross-site")]).await.expect(403);
    send(Method::POST, &page, &[cookie, ("origin", &site.url)]).await.expect(200);
    get(&page, &[cookie, ("sec-fetch-site", "cross-site")]).await.expect(200);
}

/// 503 and a time to wait, and nobody sent to sign in.
pub async fn dead_store(site: Site) {
    let ann = site.app.user(ANN).await;
    let token = bearer(&ann.access);
    get(&site.at("/app/"), &[("authorization", &token)]).await.expect(200);
    site.app.run("ALTER TABLE sessions RENAME TO gone").await;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    for accept in ["text/html", "application/json"] {
        let answer = get(&site.at("/app/"), &[("authorization", &token), ("accept", accept)]).await.expect(503);
        assert!(answer.headers.contains_key("retry-after"), "{:?}", answer.headers);
    }
    site.app.run("ALTER TABLE gone RENAME TO sessions").await;
    get(&site.at("/app/"), &[("authorization", &token)]).await.expect(200);
    assert_eq!(site.service.count(), 2);
}

/// The same when the gateway itself is away; the proxy says so in its own words, with this code.
pub async fn dead_gateway(mut site: Site, code: &str) {
    let token = bearer(&site.app.user(ANN).await.access);
    get(&site.at("/app/"), &[("authorization", &token)]).await.expect(200);
    site.app.terminate();
    site.app.ended().await;
    for path in ["/app/", "/app/orders?x=1", "/app/admin/"] {
        for accept in ["text/html", "application/json"] {
            let answer = get(&site.at(path), &[("authorization", &token), ("accept", accept)]).await.expect(503);
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            assert_eq!(answer.headers["retry-after"], "1");
            assert_eq!((answer.json["status"].as_u64(), answer.json["code"].as_str()), (Some(503), Some(code)), "{}", answer.text);
        }
    }
    assert_eq!(site.service.count(), 1);
}

// --- as proxies write it -------------------------------------------------------------------------------------------

/// Trusts this machine, where the tests call from.
fn trusting() -> App {
    Plan::new().simple().set("trusted_proxies", "127.0.0.1").set("return_origins", "https://app.example.org").start()
}

#[tokio::test]
async fn f_check_by_the_cookie_of_the_pages() {
    let app = App::simple();
    let cookie = cookie(&app).await;
    let answer = get(&app.url("/auth/check"), &[("cookie", &cookie)]).await.expect(200);
    assert_eq!(answer.headers["x-auth-email"], ANN);
    for bad in ["vestibule_session=1.nonsense", "vestibule_session=", "other=1"] {
        get(&app.url("/auth/check"), &[("cookie", bad)]).await.expect(401);
    }
    // A token that is shown counts, not what else there is.
    get(&app.url("/auth/check"), &[("cookie", &cookie), ("authorization", "Bearer nonsense")]).await.problem(401, "token_malformed");
    get(&app.url("/auth/check"), &[("cookie", &cookie), ("authorization", "Basic YTpi")]).await.expect(200);
    app.run("UPDATE sessions SET ended_at = 1, end_reason = 'logout'").await;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    get(&app.url("/auth/check"), &[("cookie", &cookie)]).await.problem(401, "session_ended");
}

#[tokio::test]
async fn f_check_demands_all_of_several_roles_and_one_of_a_list() {
    let app = App::simple();
    let root = app.admin().await;
    for name in ["editor", "press"] {
        root.send(Method::POST, "/roles", Some(&serde_json::json!({ "name": name, "description": "" }))).await.expect(201);
    }
    root.send(Method::PUT, &format!("/users/{}/roles/editor", root.id), None).await;
    for (query, status) in [
        ("role=editor", 200),
        ("role=press", 403),
        ("role=press,editor", 200),
        ("role=editor&role=admin", 200),
        ("role=editor&role=press", 403),
        ("role=press,editor&role=admin,press", 200),
        ("role=editor&role=", 400),
        ("role=editor,", 400),
    ] {
        for path in ["/auth/check", "/auth/check/"] {
            let answer = root.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.status.as_u16(), status, "{path}?{query}: {}", answer.text);
        }
    }
    let token = bearer(&root.access);
    for (role, status) in [("editor", 200), ("press", 403), ("press,admin", 200), ("", 400), ("\u{e9}", 400)] {
        let answer = get(&app.url("/auth/check/page?role=nobody"), &[("authorization", &token), ("x-auth-require-role", role)]).await;
        assert_eq!(answer.status.as_u16(), status, "{role}: {}", answer.text);
    }
}

/// `oxy`, Traefik's forwarder: `GET` of the address alone, and five headers about the request.
#[tokio::test]
async fn f_check_as_traefik_sends_it() {
    let app = trusting();
    let cookie = cookie(&app).await;
    let about = |method: &'static str, uri: &'static str| {
        [
            ("X-Forwarded-Method", method),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", "app.example.org"),
            ("X-Forwarded-Uri", uri),
            ("X-Forwarded-For", "192.0.2.7"),
            ("accept", "text/html,*/*;q=0.8"),
        ]
    };
    let asked = get(&app.url("/auth/check"), &about("GET", "/orders?a=1&b=2")).await;
    assert_eq!(location(&asked), format!("{}/sign-in?return_to=https%3A%2F%2Fapp.example.org%2Forders%3Fa%3D1%26b%3D2", app.public_url()));
    get(&app.url("/auth/check"), &about("POST", "/orders")).await.problem(401, "token_missing");
    let with = |method, extra: &[(&'static str, &'static str)]| {
        let mut headers = about(method, "/orders").to_vec();
        headers.extend_from_slice(extra);
        headers
    };
    for (method, extra, status) in [
        ("GET", &[][..], 200),
        ("GET", &[("sec-fetch-site", "cross-site")], 200),
        ("GET", &[("sec-websocket-key", "x"), ("origin", "https://evil.example")], 403),
        ("POST", &[("origin", "https://app.example.org")], 200),
        ("POST", &[("origin", "https://evil.example")], 403),
        ("DELETE", &[("sec-fetch-site", "same-site")], 403),
    ] {
        let mut headers = with(method, extra);
        headers.push(("cookie", &cookie));
        let answer = get(&app.url("/auth/check"), &headers).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {extra:?}: {}", answer.text);
    }
    // preserveRequestMethod: the request's own method.
    let answer = send(Method::DELETE, &app.url("/auth/check"), &[("cookie", &cookie), ("origin", "https://evil.example")]).await;
    answer.problem(403, "cross_origin");
    send(Method::PUT, &app.url("/auth/check"), &[("cookie", &cookie)]).await.expect(200);
}

/// Envoy: the method as it is, path and query behind the prefix, the host of the request, an empty body.
#[tokio::test]
async fn f_check_as_envoy_sends_it() {
    let app = trusting();
    let cookie = cookie(&app).await;
    for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::HEAD] {
        for path in ["/", "/orders", "/orders/7?role=nobody&x=%2F", "/auth/check", "/a/../b", "/me"] {
            let headers = [("host", "app.example.org"), ("content-length", "0"), ("cookie", &cookie)];
            let answer = send(method.clone(), &app.url(&format!("/auth/check{path}")), &headers).await.expect(200);
            assert_eq!(answer.headers["x-auth-email"], ANN, "{method} {path}");
        }
        let stranger = send(method, &app.url("/auth/check/orders"), &[]).await.expect(401);
        assert!(!stranger.headers.contains_key("x-auth-email"));
    }
    let page = [("host", "app.example.org"), ("accept", "text/html"), ("x-forwarded-proto", "https")];
    let asked = get(&app.url("/auth/check/orders?a=1&b=2"), &page).await;
    assert!(location(&asked).ends_with("/sign-in?return_to=https%3A%2F%2Fapp.example.org%2Forders%3Fa%3D1%26b%3D2"), "{asked:?}");
    send(Method::POST, &app.url("/auth/check/orders"), &page).await.problem(401, "token_missing");
    let evil = [("cookie", cookie.as_str()), ("origin", "https://evil.example")];
    send(Method::POST, &app.url("/auth/check/orders"), &evil).await.problem(403, "cross_origin");
    // with_request_body, also above what other paths take.
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.post(app.url("/auth/check/orders")).header("cookie", &cookie).body("x".repeat(100_000));
    read(request.send().await.unwrap()).await.expect(200);
    // Only behind a whole name.
    get(&app.url("/auth/checks"), &[]).await.problem(404, "not_found");
}

/// What anybody could write is not believed (security rules 21 and 22).
#[tokio::test]
async fn rule21_check_leads_nobody_where_the_operator_does_not_say() {
    let about = |host: &'static str| {
        [
            ("x-forwarded-method", "GET"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", host),
            ("x-forwarded-uri", "/orders"),
            ("accept", "text/html"),
        ]
    };
    let app = trusting();
    for host in ["evil.example", "app.example.org.evil.example", "app.example.org@evil.example", "app.example.org:8443", "a b"] {
        let plain = format!("{}/sign-in", app.public_url());
        assert_eq!(location(&get(&app.url("/auth/check"), &about(host)).await), plain, "{host}");
    }
    let mut odd = about("app.example.org");
    odd[3].1 = "//evil.example/";
    let address = location(&get(&app.url("/auth/check"), &odd).await);
    assert!(address.ends_with("return_to=https%3A%2F%2Fapp.example.org%2F%2Fevil.example%2F"), "{address}");
    odd[3].1 = "@evil.example/";
    get(&app.url("/auth/check"), &odd).await.problem(401, "token_missing");

    let app = Plan::new().simple().set("return_origins", "https://app.example.org").start();
    get(&app.url("/auth/check"), &about("app.example.org")).await.problem(401, "token_missing");
    let cookie = cookie(&app).await;
    let lies = [("cookie", cookie.as_str()), ("x-forwarded-host", "evil.example"), ("origin", "https://evil.example")];
    get(&app.url("/auth/check"), &lies).await.problem(403, "cross_origin");
}

#[tokio::test]
async fn f_sign_in_page_leads_back_and_in_no_circle() {
    let app = trusting();
    app.user(ANN).await;
    let mut browser = app.browser();
    let there = "/sign-in?return_to=https%3A%2F%2Fapp.example.org%2Forders%3Fa%3D1";
    let form = browser.open(there).await.expect(200);
    let fields = [("type", "simple"), ("email", ANN), ("password", PASSWORD)];
    let filled = form.form("/sign-in", &fields).filled(&fields);
    let done = browser.send(Method::POST, "/sign-in", Some(&filled)).await;
    assert_eq!(done.location().as_deref(), Some("https://app.example.org/orders?a=1"));
    let again = browser.open(there).await.expect(200).shows(&["You are signed in"]);
    assert!(again.has_link("https://app.example.org/orders?a=1"), "{}", again.text);
    let evil = browser.open("/sign-in?return_to=https%3A%2F%2Fevil.example").await.expect(200);
    evil.shows(&["My account", ANN]).hides(&["evil"]);
}

#[tokio::test]
async fn f_check_by_cookie_writes_nothing() {
    let app = Plan::new().on_file().simple().set("trusted_proxies", "127.0.0.1").start();
    let cookie = cookie(&app).await;
    while app.number("SELECT COUNT(*) FROM audit WHERE action = 'provider.loaded'").await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut database = app.database().await;
    let mut version = async || database.column::<i64>("PRAGMA data_version").await[0];
    let before = version().await;
    for _ in 0..20 {
        send(Method::POST, &app.url("/auth/check/orders"), &[("cookie", &cookie)]).await.expect(200);
        get(&app.url("/auth/check/orders"), &[("accept", "text/html"), ("x-forwarded-proto", "https")]).await.expect(303);
    }
    assert_eq!(version().await, before);
}

#[tokio::test]
async fn rule26_check_is_503_when_the_store_is_gone() {
    let app = Plan::new().on_file().simple().set("trusted_proxies", "127.0.0.1").start();
    let cookie = cookie(&app).await;
    app.run("ALTER TABLE sessions RENAME TO gone").await;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    let page = [("cookie", cookie.as_str()), ("accept", "text/html"), ("x-forwarded-proto", "https")];
    for path in ["/auth/check", "/auth/check/orders", "/auth/check?role=admin"] {
        let answer = get(&app.url(path), &page).await.problem(503, "store_unavailable");
        assert!(answer.headers.contains_key("retry-after"));
        assert_eq!(answer.json.get("user_id"), None::<&Value>);
    }
}
