use std::time::Duration;

use url::Url;

use super::*;
use crate::model::Timestamp;

fn route(prefix: &str) -> Route {
    Route {
        place: String::new(),
        prefix: prefix.to_owned(),
        upstreams: ["http://a", "http://b"].iter().map(|url| url.parse::<Url>().expect("a URL")).collect(),
        require: Require::SignedIn,
        strip_prefix: true,
        audience: "shop".to_owned(),
        connect_timeout: Duration::from_secs(1),
        timeout: Duration::from_secs(1),
        idle_timeout: Duration::from_secs(1),
        body_limit: 0,
        failures: 2,
        rest: Duration::from_secs(10),
    }
}

fn services() -> Routes {
    Routes::new(vec![route("/shop"), route("/shop/admin"), route("/api-x/v1")])
}

fn found(path: &str) -> String {
    match services().find(path) {
        Found::Nothing => "nothing".to_owned(),
        Found::Unclear(_) => "unclear".to_owned(),
        Found::Service(_, service) => format!("{} {}", service.route.prefix, service.inner_path(path)),
    }
}

#[test]
fn the_longest_prefix_wins_on_borders_of_segments() {
    for (path, expected) in [
        ("/shop", "/shop /"),
        ("/shop/", "/shop /"),
        ("/shop/me", "/shop /me"),
        ("/shop/me/", "/shop /me/"),
        ("/shop/admin", "/shop/admin /"),
        ("/shop/admin/x%20y", "/shop/admin /x%20y"),
        ("/shop/administrator", "/shop /administrator"),
        ("/shop/%61dmin/x", "/shop/admin /x"),
        ("/%73hop/x", "/shop /x"),
        ("/shop/a;v=1/b", "/shop /a;v=1/b"),
        ("/shop/100%25", "/shop /100%25"),
        ("/shop/100%2525", "/shop /100%2525"),
        ("/shop/...", "/shop /..."),
        ("/shop/%D0%B4", "/shop /%D0%B4"),
        ("/api-x/v1", "/api-x/v1 /"),
        ("/api-x", "nothing"),
        ("/shopping", "nothing"),
        ("/SHOP", "nothing"),
        ("/", "nothing"),
        ("/me", "nothing"),
        ("/me/../x", "nothing"),
    ] {
        assert_eq!(found(path), expected, "{path}");
    }
}

#[test]
fn what_services_might_read_otherwise_is_unclear() {
    for path in [
        "/shop/x/../admin",
        "/shop/./admin",
        "/shop/%2e%2e/x",
        "/shop/.%2E/x",
        "/shop/x/..",
        "/shop/..;/admin",
        "/shop//admin",
        "/shop/;/admin/x",
        "/shop/;x=1/admin",
        "/shop/%3bx/admin",
        "/shop/%20;/admin",
        "/shop/x%250d%250a",
        "/shop/%251Fx",
        "/shop/%2500",
        "//shop/admin",
        "/shop\\admin",
        "/shop/x%5c..%5cadmin",
        "/shop%2fadmin",
        "/shop/x%2Fadmin",
        "/shop/%00",
        "/shop/x%0d%0a",
        "/shop/%zz",
        "/shop/%2",
        "/shop/%ff",
        "/shop/%252e%252e/admin",
        "/shop/%252fadmin",
        "/shop/ADMIN",
        "/shop/admin;x=1",
        "/x/../shop/admin",
    ] {
        assert_eq!(found(path), "unclear", "{path}");
    }
}

#[test]
fn requests_go_round_and_who_fails_rests() {
    let services = services();
    let balance = &services.0[0].balance;
    let names = |seconds| {
        balance.order(Timestamp::from_seconds(seconds)).iter().map(|u| u.url.host_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!([names(0), names(0), names(0)], [["a", "b"], ["b", "a"], ["a", "b"]]);
    let order = balance.order(Timestamp::from_seconds(0));
    let (b, a) = (order[0], order[1]);
    assert!(!balance.failed(b, Timestamp::from_seconds(0)));
    balance.worked(b);
    assert!(!balance.failed(b, Timestamp::from_seconds(0)), "not in a row");
    assert!(balance.failed(b, Timestamp::from_seconds(0)));
    assert_eq!([names(1), names(9)], [["a"], ["a"]]);
    assert_eq!(names(10).len(), 2);
    assert!(balance.failed(b, Timestamp::from_seconds(10)), "one more failure is enough");
    for _ in 0..2 {
        balance.failed(a, Timestamp::from_seconds(10));
    }
    assert_eq!(names(11).len(), 2, "trying is better than refusing");
}
