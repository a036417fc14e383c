//! The proxy in the house: who passes, what passes with them, and what comes back.

use std::{fs, time::Duration};

use futures_util::StreamExt as _;
use reqwest::{Method, redirect};
use serde_json::Value;

use super::service::{Service, header, identity};
use crate::{
    actor::{Answer, PASSWORD, read},
    app::{App, Plan},
    patience::{PATIENCE, eventually},
    port,
};

const ANN: &str = "ann@example.org";

/// A plan with these routes in its file.
pub fn routed(plan: Plan, routes: &str) -> Plan {
    fs::write(plan.path().join("vestibule.toml"), routes).unwrap();
    plan
}

/// Three services at three doors.
async fn doors() -> (App, Service) {
    doors_of(Plan::new()).await
}

async fn doors_of(plan: Plan) -> (App, Service) {
    let service = Service::start().await;
    let url = service.url();
    let routes = format!(
        "[[routes]]\nprefix = \"/shop\"\nupstream = {url:?}\n\n\
         [[routes]]\nprefix = \"/shop/staff\"\nupstream = {url:?}\nrequire = \"role:admin\"\naudience = \"staff\"\n\n\
         [[routes]]\nprefix = \"/open\"\nupstream = \"{url}/base/\"\nrequire = \"public\"\nstrip_prefix = true\nbody_limit_kib = 100\n"
    );
    (routed(plan.simple(), &routes).start(), service)
}

pub async fn send(method: Method, url: &str, headers: &[(&str, &str)], body: Option<Vec<u8>>) -> Answer {
    let client = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap();
    let request = headers.iter().fold(client.request(method, url), |request, (name, value)| request.header(*name, *value));
    let request = body.into_iter().fold(request, reqwest::RequestBuilder::body);
    read(request.send().await.unwrap()).await
}

async fn get(url: &str, headers: &[(&str, &str)]) -> Answer {
    send(Method::GET, url, headers, None).await
}

/// A request as bytes, past everything that clients correct by themselves; gives the status and all that came.
async fn raw(app: &App, request: &str) -> (u16, String) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(app.base.strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = Vec::new();
    stream.read_to_end(&mut text).await.unwrap();
    let text = String::from_utf8_lossy(&text).into_owned();
    (text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default(), text)
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

async fn cookie(app: &App, email: &str) -> String {
    app.user(email).await;
    let mut browser = app.browser();
    browser.sign_in(email).await;
    browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn f_proxy_passes_requests_on_as_they_are() {
    let (app, service) = doors().await;
    let ann = app.user(ANN).await;
    let token = bearer(&ann.access);
    let headers = [
        ("authorization", token.as_str()),
        ("idempotency-key", "7d1c"),
        ("x-request-id", "request-0123456789"),
        ("accept", "application/json"),
        ("user-agent", "phone/1.0"),
        ("if-none-match", "\"x\""),
    ];
    let answer = send(Method::PATCH, &app.url("/shop/a%20b/?x=1&x=%2F&y=%7B"), &headers, Some(b"{\"n\": 1}".to_vec())).await.expect(200);
    let told = &answer.json;
    assert_eq!((told["method"].as_str(), told["uri"].as_str()), (Some("PATCH"), Some("/shop/a%20b/?x=1&x=%2F&y=%7B")));
    assert_eq!(told["body"], "{\"n\": 1}");
    for (name, value) in &headers[1..] {
        assert_eq!(header(told, name), [*value], "{told}");
    }
    assert_eq!(header(told, "host"), [service.address.to_string()]);
    assert_eq!(header(told, "x-forwarded-host"), [app.base.strip_prefix("http://").unwrap()]);
    assert_eq!((header(told, "x-forwarded-for"), header(told, "x-forwarded-proto")), (vec!["127.0.0.1"], vec!["http"]));
    assert_eq!((header(told, "content-length"), header(told, "transfer-encoding")), (vec!["8"], vec![]));
    assert_eq!(answer.headers["x-request-id"], "request-0123456789");
    // What the service says is the service's: no header of ours that it did not choose.
    assert!(!answer.headers.contains_key("content-security-policy") && !answer.headers.contains_key("x-content-type-options"));
    assert_eq!(answer.headers["cache-control"], "private");

    let told = get(&app.url("/open/x?y=z"), &[]).await.expect(200).json;
    assert_eq!((told["uri"].as_str(), header(&told, "x-forwarded-prefix")), (Some("/base/x?y=z"), vec!["/open"]));
    assert_eq!(get(&app.url("/open"), &[]).await.expect(200).json["uri"], "/base/");
    let redirect = get(&app.url("/open/status/302"), &[]).await.expect(302);
    assert_eq!(redirect.headers["location"], "/elsewhere", "nothing is followed");
    for status in [404, 500, 503] {
        assert_eq!(get(&app.url(&format!("/open/status/{status}")), &[]).await.status.as_u16(), status, "an answer is an answer");
    }
    let head = send(Method::HEAD, &app.url("/open/x"), &[], None).await.expect(200);
    assert_eq!((head.text.as_str(), service.seen.lock().unwrap().last().unwrap()["method"].as_str()), ("", Some("HEAD")));
    app.get("/openly").await.problem(404, "not_found");
}

#[tokio::test]
async fn f_proxy_opens_to_who_is_signed_in_and_has_the_role() {
    let (app, service) = doors().await;
    let (ann, root) = (app.user(ANN).await, app.admin().await);
    for path in ["/shop", "/shop/me", "/shop/staff", "/shop/staff/x"] {
        app.get(path).await.problem(401, "token_missing");
        get(&app.url(path), &[("authorization", "Bearer nonsense")]).await.problem(401, "token_malformed");
        get(&app.url(path), &[("authorization", &bearer(&ann.refresh))]).await.problem(401, "token_wrong_type");
    }
    assert_eq!(service.count(), 0);
    ann.get("/shop/me").await.expect(200);
    ann.get("/shop/staff").await.problem(403, "forbidden");
    ann.get("/shop/staff/x").await.problem(403, "forbidden");
    ann.get("/shop/staffroom").await.expect(200);
    let told = root.get("/shop/staff/x").await.expect(200).json;
    assert_eq!((header(&told, "x-auth-roles"), header(&told, "x-auth-email")), (vec!["admin"], vec!["root@example.org"]));
    ann.post("/auth/logout").await.expect(204);
    ann.get("/shop/me").await.problem(401, "session_ended");
    assert_eq!(service.count(), 3);
}

#[tokio::test]
async fn rule25_identity_is_what_the_gateway_says() {
    let (app, service) = doors().await;
    let ann = app.user(ANN).await;
    let token = bearer(&ann.access);
    let forged = "X-Auth-User-Id: 1\r\nx-auth-roles: admin\r\nX_AUTH_EMAIL: root@example.org\r\nx-auth_identity: word\r\n\
                  X_Auth-Identity: word\r\nX-AUTH-ANYTHING: x\r\nX-Forwarded-For: 6.6.6.6\r\nX_Forwarded_Host: evil\r\nForwarded: for=6.6.6.6\r\n\
                  X-Real-IP: 6.6.6.6\r\nX-Forwarded-Proto: gopher\r\n";
    for (path, authorization) in
        [("/open/x", String::new()), ("/shop/x", format!("Authorization: {token}\r\n")), ("/open/x", format!("Authorization: {token}\r\n"))]
    {
        let (status, text) = raw(&app, &format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close, x-auth-identity, x-forwarded-for, authorization\r\n{authorization}{forged}\r\n")).await;
        assert_eq!(status, 200, "{text}");
        let told = service.seen.lock().unwrap().last().unwrap().clone();
        if authorization.is_empty() {
            assert!(identity(&told).is_empty(), "{told}");
        } else {
            assert_eq!(identity(&told), ["x-auth-email", "x-auth-identity", "x-auth-roles", "x-auth-user-id"]);
            assert_eq!((header(&told, "x-auth-user-id"), header(&told, "x-auth-roles")), (vec![ann.id.to_string().as_str()], vec![""]));
            assert!(!told.to_string().contains("word\""), "{told}");
        }
        let text = told.to_string();
        assert!(!text.contains("6.6.6.6") && !text.contains("evil") && !text.contains("gopher") && !text.contains("root@"), "{text}");
        assert_eq!(header(&told, "x-forwarded-for"), ["127.0.0.1"]);
    }
}

#[tokio::test]
async fn rule25_forwarded_headers_of_trusted_proxies_go_on() {
    let (app, _service) = doors_of(Plan::new().set("trusted_proxies", "127.0.0.1")).await;
    let headers = [
        ("x-forwarded-for", "192.0.2.7"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "shop.example"),
        ("x_forwarded_for", "6.6.6.6"),
    ];
    let told = get(&app.url("/open/x"), &headers).await.expect(200).json;
    assert_eq!(header(&told, "x-forwarded-for"), ["192.0.2.7, 127.0.0.1"]);
    assert_eq!((header(&told, "x-forwarded-proto"), header(&told, "x-forwarded-host")), (vec!["https"], vec!["shop.example"]));
    assert!(!told.to_string().contains("6.6.6.6"));
}

#[tokio::test]
async fn rule25_hop_by_hop_headers_end_here() {
    let (app, service) = doors().await;
    let request = "GET /open/cookies HTTP/1.1\r\nHost: a\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=1\r\nTE: trailers\r\n\
                   Proxy-Authorization: Basic YTpi\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nX-Stays: 2\r\n\r\n";
    let (status, text) = raw(&app, request).await;
    assert_eq!(status, 200, "{text}");
    let told = service.seen.lock().unwrap()[0].clone();
    for name in ["x-mine", "keep-alive", "te", "proxy-authorization", "proxy-connection", "upgrade"] {
        assert!(header(&told, name).is_empty(), "{name}: {told}");
    }
    assert_eq!(header(&told, "x-stays"), ["2"]);
    let head = text.split("\r\n\r\n").next().unwrap().to_lowercase();
    assert!(!head.contains("x-hop") && !head.contains("keep-alive:") && head.contains("x-end: 2"), "{head}");
}

#[tokio::test]
async fn rule25_our_credentials_stay_with_us() {
    let (app, service) = doors().await;
    let ann = app.user("bea@example.org").await;
    let cookie = cookie(&app, ANN).await;
    let last = || service.seen.lock().unwrap().last().unwrap().clone();
    for path in ["/shop/x", "/open/x"] {
        get(&app.url(path), &[("authorization", &bearer(&ann.access)), ("cookie", "theirs=1; vestibule_session=1.x")]).await.expect(200);
        assert_eq!((header(&last(), "authorization"), header(&last(), "cookie")), (vec![], vec!["theirs=1"]), "{path}");
        let told =
            get(&app.url(path), &[("cookie", &format!("a=1; {cookie}; b=2")), ("authorization", "Basic YTpi")]).await.expect(200).json;
        assert_eq!((header(&told, "authorization"), header(&told, "cookie")), (vec!["Basic YTpi"], vec!["a=1; b=2"]), "{path}");
        assert_eq!(header(&told, "x-auth-email"), [ANN]);
        get(&app.url(path), &[("cookie", &cookie)]).await.expect(200);
        assert!(header(&last(), "cookie").is_empty());
    }
    // At a public service a token may be the service's own; ours is not, good or not.
    let told = get(&app.url("/open/x"), &[("authorization", "Bearer theirs")]).await.expect(200).json;
    assert_eq!((header(&told, "authorization"), identity(&told).len()), (vec!["Bearer theirs"], 0));
    for token in [&ann.refresh, &format!("{}x", ann.access)] {
        let told = get(&app.url("/open/x"), &[("authorization", &bearer(token))]).await.expect(200).json;
        assert_eq!((header(&told, "authorization").len(), identity(&told).len()), (0, 0));
    }
    // Nor does a service sign anybody in.
    let answer = get(&app.url("/open/cookies"), &[]).await.expect(200);
    let set: Vec<&str> = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(set, ["own=1; Path=/"]);
}

#[tokio::test]
async fn rule25_no_path_leads_around_a_guard() {
    let (app, service) = doors().await;
    let ann = app.user(ANN).await;
    let paths = [
        "/shop/x/../staff",
        "/shop/./staff",
        "/shop//staff",
        "/shop/%2e%2e/x",
        "/shop/x/%2E./staff",
        "/shop%2fstaff",
        "/shop/x%2f..%2fstaff",
        "/shop\\staff",
        "/shop/%5cstaff",
        "/shop/%00",
        "/shop/staff%00",
        "/shop/%252e%252e/x",
        "/shop/STAFF",
        "/shop/staff;x=1",
        "/shop/..;/staff",
        "//shop/staff",
        "/open/../shop",
        "/open/%2e%2e/shop/staff",
        "/open/%zz",
        "/open/%ff",
    ];
    for path in paths {
        let (status, text) =
            raw(&app, &format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: {}\r\n\r\n", bearer(&ann.access)))
                .await;
        assert_eq!(status, 400, "{path}: {text}");
    }
    assert_eq!(service.count(), 0);
    ann.get("/shop/%73taff").await.problem(403, "forbidden");
    ann.get("/shop/%73taffroom").await.expect(200);
}

#[tokio::test]
async fn rule19_a_cookie_counts_for_our_own_pages() {
    let (app, service) = doors().await;
    let cookie = cookie(&app, ANN).await;
    for (method, extra, status) in [
        (Method::GET, ("sec-fetch-site", "cross-site"), 200),
        (Method::POST, ("sec-fetch-site", "cross-site"), 403),
        (Method::POST, ("sec-fetch-site", "same-site"), 403),
        (Method::POST, ("origin", "https://evil.example"), 403),
        (Method::DELETE, ("origin", "https://evil.example"), 403),
        (Method::POST, ("origin", app.base.as_str()), 200),
        (Method::POST, ("sec-fetch-site", "same-origin"), 200),
    ] {
        let answer = send(method.clone(), &app.url("/shop/x"), &[("cookie", &cookie), extra], None).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {extra:?}: {}", answer.text);
        if status == 403 {
            assert_eq!(answer.json["code"], "cross_origin");
        }
    }
    assert_eq!(service.count(), 3);
    // Where everybody may come, such a request is nobody's.
    let told =
        send(Method::POST, &app.url("/open/x"), &[("cookie", &cookie), ("origin", "https://evil.example")], None).await.expect(200).json;
    assert!(identity(&told).is_empty(), "{told}");
    let told = send(Method::POST, &app.url("/open/x"), &[("cookie", &cookie), ("origin", &app.base)], None).await.expect(200).json;
    assert_eq!(header(&told, "x-auth-email"), [ANN]);
}

#[tokio::test]
async fn rule21_browsers_are_led_to_the_sign_in_page_and_back() {
    let (app, _service) = doors().await;
    app.user(ANN).await;
    let html = ("accept", "text/html,*/*;q=0.8");
    let answer = get(&app.url("/shop/books?a=1&b=x%20y"), &[html]).await.expect(303);
    let address = answer.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(address, "/sign-in?return_to=%2Fshop%2Fbooks%3Fa%3D1%26b%3Dx%2520y");
    send(Method::POST, &app.url("/shop/books"), &[html], None).await.problem(401, "token_missing");
    let mut browser = app.browser();
    let form = browser.open(&address).await.expect(200);
    let fields = [("type", "simple"), ("email", ANN), ("password", PASSWORD)];
    let filled = form.form("/sign-in", &fields).filled(&fields);
    let done = browser.send(Method::POST, "/sign-in", Some(&filled)).await;
    assert_eq!(done.location().as_deref(), Some("/shop/books?a=1&b=x%20y"));
    let page = browser.open("/shop/books?a=1&b=x%20y").await.expect(200);
    assert!(page.text.contains("\"uri\":\"/shop/books?a=1&b=x%20y\""), "{}", page.text);
    browser.open("/shop/staff").await.expect(403);
}

#[tokio::test]
async fn f_proxy_counts_bodies_and_streams_them() {
    let (app, service) = doors().await;
    let url = app.url("/open/x");
    let told = send(Method::POST, &url, &[], Some(vec![b'x'; 100 << 10])).await.expect(200).json;
    assert_eq!(told["length"], 100 << 10);
    send(Method::POST, &url, &[], Some(vec![b'x'; (100 << 10) + 1])).await.problem(413, "body_too_large");
    // Without an announced length, found out on the way.
    let pieces = futures_util::stream::iter((0..200).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 1024])));
    let request = app.http.post(&url).body(reqwest::Body::wrap_stream(pieces));
    if let Ok(answer) = request.send().await {
        read(answer).await.problem(413, "body_too_large");
    }
    let pieces = futures_util::stream::iter((0..50).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 1024])));
    let told = read(app.http.post(&url).body(reqwest::Body::wrap_stream(pieces)).send().await.unwrap()).await.expect(200).json;
    assert_eq!((told["length"].as_u64(), header(&told, "transfer-encoding")), (Some(50 << 10), vec!["chunked"]));
    // Above what the gateway's own paths take.
    let ann = app.user(ANN).await;
    let big = app.http.post(app.url("/shop/x")).bearer_auth(&ann.access).body(vec![b'x'; 3 << 20]);
    assert_eq!(read(big.send().await.unwrap()).await.expect(200).json["length"], 3 << 20);
    assert!(service.count() >= 3);
}

#[tokio::test]
async fn rule25_no_token_of_ours_hides_behind_another_header() {
    let (app, service) = doors().await;
    let ann = app.user(ANN).await;
    let bearer = format!("Bearer {}", ann.access);
    for pair in [["Basic eDp5", &bearer], [&bearer, "Basic eDp5"], ["Bearer not.of.ours", &bearer]] {
        let request = app.http.get(app.url("/open/x")).header("authorization", pair[0]).header("authorization", pair[1]);
        read(request.send().await.unwrap()).await.expect(200);
    }
    let seen = service.seen.lock().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|told| !told.contains(&ann.access)), "{seen:?}");
    let trace = app.http.request(Method::TRACE, app.url("/shop/x")).bearer_auth(&ann.access);
    assert_eq!(trace.send().await.unwrap().status(), 405);
    assert_eq!(service.count(), 3);
}

#[tokio::test]
async fn f_proxy_events_flow_at_once() {
    let (app, service) = doors().await;
    let answer = app.http.get(app.url("/open/stream")).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut pieces = answer.bytes_stream();
    let first = tokio::time::timeout(PATIENCE, pieces.next()).await.expect("before the service goes on").unwrap().unwrap();
    assert_eq!(&first[..], b"data: one\n\n");
    service.go_on.notify_one();
    let second = tokio::time::timeout(PATIENCE, pieces.next()).await.expect("before the service goes on").unwrap().unwrap();
    assert_eq!(&second[..], b"data: two\n\n");
    assert!(pieces.next().await.is_none());
}

#[tokio::test]
async fn f_proxy_events_end_with_the_session() {
    let (app, _service) = doors().await;
    let ann = app.user(ANN).await;
    let answer = app.http.get(app.url("/shop/stream")).bearer_auth(&ann.access).send().await.unwrap();
    let mut pieces = answer.bytes_stream();
    assert_eq!(&pieces.next().await.unwrap().unwrap()[..], b"data: one\n\n");
    ann.post("/auth/logout").await.expect(204);
    // The service says nothing more, and does not end it either.
    let end = tokio::time::timeout(PATIENCE, pieces.next()).await.expect("the end of the stream");
    assert!(matches!(end, Some(Err(_))), "{end:?}");
}

fn one(url: &str, more: &str) -> String {
    format!("[[routes]]\nprefix = \"/x\"\nupstream = {url}\nrequire = \"public\"\n{more}\n")
}

#[tokio::test]
async fn rule25_trouble_behind_is_503_and_never_401() {
    let service = Service::start().await;
    let dead = format!("http://127.0.0.1:{}", port::free());
    let routes = format!(
        "{}{}{}",
        one(&format!("{:?}", service.url()), "timeout = \"300ms\"\nidle_timeout = \"300ms\"\n"),
        one(&format!("{dead:?}"), "").replace("/x", "/dead"),
        one(&format!("{dead:?}"), "").replace("/x", "/guarded").replace("\"public\"", "\"signed-in\""),
    );
    let app = routed(Plan::new().simple(), &routes).start();
    let ann = app.user(ANN).await;
    for (path, accept) in [("/x/slow", "*/*"), ("/x/broken", "*/*"), ("/dead", "text/html"), ("/dead/a", "*/*")] {
        let answer = get(&app.url(path), &[("accept", accept)]).await.problem(503, "upstream_unavailable");
        assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() >= 1);
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert!(!answer.text.contains("127.0.0.1"), "{}", answer.text);
    }
    send(Method::POST, &app.url("/x/broken"), &[], Some(b"x".to_vec())).await.problem(503, "upstream_unavailable");
    ann.get("/guarded").await.problem(503, "upstream_unavailable");
    app.get("/guarded").await.problem(401, "token_missing");
    // A body that stands still breaks off instead of looking whole.
    let answer = app.http.get(app.url("/x/stream")).send().await.unwrap();
    assert!(answer.bytes().await.is_err());
}

#[tokio::test]
async fn rule26_proxy_is_503_when_the_store_is_gone() {
    let (app, service) = doors_of(Plan::new().on_file()).await;
    let cookie = cookie(&app, ANN).await;
    app.run("ALTER TABLE sessions RENAME TO gone").await;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    for path in ["/shop/x", "/open/x"] {
        let answer = get(&app.url(path), &[("cookie", &cookie), ("accept", "text/html")]).await.problem(503, "store_unavailable");
        assert!(answer.headers.contains_key("retry-after"));
    }
    assert_eq!(service.count(), 0);
    app.get("/open/x").await.expect(200);
}

#[tokio::test]
async fn f_proxy_shares_work_and_leaves_out_who_fails() {
    let (one_service, other) = (Service::start().await, Service::start().await);
    let port = port::free();
    let urls = format!("[{:?}, {:?}, \"http://127.0.0.1:{port}\"]", one_service.url(), other.url());
    let app = routed(Plan::new(), &one(&urls, "failures = 2\nrest = \"2s\"")).start();
    // Nothing was sent to who does not listen: also a POST goes to the next.
    for _ in 0..12 {
        send(Method::POST, &app.url("/x"), &[], Some(b"order".to_vec())).await.expect(200);
    }
    assert_eq!(one_service.count() + other.count(), 12, "each once");
    assert!(one_service.count() >= 4 && other.count() >= 4);
    let log = app.log();
    assert!(log.contains("an upstream rests") && log.contains(&port.to_string()), "{log}");
    // It comes back after its rest.
    let third = Service::on(([127, 0, 0, 1], port).into()).await;
    for _ in 0..100 {
        app.get("/x").await.expect(200);
        if third.count() > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(third.count() > 0);
}

#[tokio::test]
async fn f_proxy_repeats_only_what_is_safe() {
    let (one_service, other) = (Service::start().await, Service::start().await);
    let urls = format!("[{:?}, {:?}]", one_service.url(), other.url());
    let app = routed(Plan::new(), &one(&urls, "failures = 0")).start();
    let seen = || one_service.count() + other.count();
    get(&app.url("/x/broken"), &[]).await.problem(503, "upstream_unavailable");
    assert_eq!(seen(), 2, "a GET was tried at both");
    send(Method::POST, &app.url("/x/broken"), &[], Some(b"order".to_vec())).await.problem(503, "upstream_unavailable");
    assert_eq!(seen(), 3, "an order was not");
    send(Method::DELETE, &app.url("/x/broken"), &[], None).await.problem(503, "upstream_unavailable");
    assert_eq!(seen(), 4);
}

#[tokio::test]
async fn f_proxy_is_counted_and_logged_by_its_prefix() {
    let (app, _service) = doors_of(Plan::new().set("log_level", "info,vestibule::http=debug")).await;
    for path in ["/open/a", "/open/b?secret=x", "/shop/c"] {
        app.get(path).await;
    }
    let metrics = app.get("/metrics").await.expect(200).text;
    assert!(metrics.contains("vestibule_http_requests_total{route=\"/open\",method=\"GET\",status=\"200\"} 2"), "{metrics}");
    assert!(metrics.contains("vestibule_http_requests_total{route=\"/shop\",method=\"GET\",status=\"401\"} 1"), "{metrics}");
    let log = eventually("the log", || Some(app.log()).filter(|log| log.contains("path=\"/open/b\""))).await;
    assert!(!log.contains("secret=x"));
}

#[tokio::test]
async fn f_proxy_refuses_what_cannot_be_meant() {
    let route = |prefix: &str, more: &str| format!("[[routes]]\nprefix = {prefix:?}\nupstream = \"http://127.0.0.1:1\"\n{more}");
    for (routes, expected) in [
        (route("/auth", ""), "routes \"/auth\": prefix stands before paths of the gateway itself (/auth)"),
        (route("/auth/shop", ""), "routes \"/auth/shop\": prefix stands before"),
        (route("/Me", ""), "routes \"/Me\": prefix stands before"),
        (route("/api", ""), "routes \"/api\": prefix stands before"),
        (route("/assets/x", ""), "routes \"/assets/x\": prefix stands before"),
        (route("/.well-known", ""), "routes \"/.well-known\": prefix stands before"),
        (route("/sign-in", ""), "routes \"/sign-in\": prefix stands before"),
        (route("/health", ""), "routes \"/health\": prefix stands before"),
        (route("/", ""), "routes \"/\": prefix is \"/\""),
        (route("shop", ""), "vestibule.toml line 2: routes \"shop\": prefix is \"shop\""),
        (route("/shop", "requires = \"public\""), "line 4: routes \"/shop\": requires is not known here"),
        (route("/shop", "require = \"nobody\""), "routes \"/shop\": require is \"nobody\""),
        (route("/shop", "audience = \"vestibule\""), "routes \"/shop\": audience is \"vestibule\""),
        (route("/shop", "") + &route("/shop", ""), "routes \"/shop\": prefix is that of another route"),
        (route("/shop", "").replace("http://", "ws://"), "routes \"/shop\": upstream is \"ws://127.0.0.1:1\""),
    ] {
        let plan = routed(Plan::new(), &routes);
        let output = plan.command(&["serve"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(expected), "{expected}\n{said}");
    }
}

/// As it came, whatever it is.
pub fn word(told: &Value) -> String {
    let words = header(told, "x-auth-identity");
    assert_eq!(words.len(), 1, "{told}");
    words[0].to_owned()
}
