//! Who sees what: operators by their network, everybody else nothing of the inside.

use serde_json::json;

use crate::{
    actor::{Answer, read},
    app::{App, Plan},
};

async fn from(app: &App, path: &str, header: &'static str, value: &'static str) -> Answer {
    read(app.http.get(app.url(path)).header(header, value).send().await.unwrap()).await
}

fn with_broken() -> Plan {
    let plan = Plan::new().simple();
    std::fs::write(plan.path().join("plugins/broken.wasm"), "\x7fELF").unwrap();
    plan
}

#[tokio::test]
async fn f_operators_alone_see_metrics_and_reasons() {
    let inside = with_broken().start();
    inside.get("/metrics").await.expect(200);
    assert!(inside.get("/health/ready").await.expect(200).text.contains("broken.wasm"));
    let outside = with_broken().set("operator_networks", "192.0.2.0/24").start();
    outside.get("/metrics").await.problem(403, "operators_only");
    let answer = outside.get("/health/ready").await.expect(200);
    assert_eq!(answer.json, json!({ "status": "ready", "checks": [] }));
    let nobody = Plan::new().set("operator_networks", "").start();
    nobody.get("/metrics").await.problem(403, "operators_only");
}

#[tokio::test]
async fn f_strangers_learn_only_that_it_is_not_ready() {
    let app = Plan::new().simple().set("operator_networks", "192.0.2.0/24").start();
    app.lose("roles").await;
    let answer = app.get("/health/ready").await.expect(503);
    assert_eq!(answer.json, json!({ "status": "not ready", "checks": [] }));
    assert!(answer.headers.contains_key("retry-after"));
}

/// Behind a trusted proxy the forwarded address counts.
#[tokio::test]
async fn f_behind_a_trusted_proxy_the_client_counts() {
    let app = Plan::new().set("trusted_proxies", "127.0.0.1").set("operator_networks", "192.0.2.0/24").start();
    from(&app, "/metrics", "X-Forwarded-For", "192.0.2.7").await.expect(200);
    from(&app, "/metrics", "X-Forwarded-For", "198.51.100.7").await.problem(403, "operators_only");
    from(&app, "/metrics", "X-Forwarded-For", "192.0.2.7, 198.51.100.7").await.problem(403, "operators_only");
    app.get("/metrics").await.problem(403, "operators_only");
}

/// A client whose address cannot be read is not the proxy, and so no operator, whoever is one.
#[tokio::test]
async fn f_behind_a_trusted_proxy_an_unreadable_client_is_no_operator() {
    for operators in ["127.0.0.0/8,::1/128,192.0.2.0/24,2001:db8::/32", "0.0.0.0/0,::/0"] {
        let app = Plan::new().set("trusted_proxies", "127.0.0.1").set("operator_networks", operators).start();
        for unreadable in ["junk", "unknown", "8.8.8.8:port", "[2001:db8::1", "192.0.2.7, junk", ""] {
            from(&app, "/metrics", "X-Forwarded-For", unreadable).await.problem(403, "operators_only");
        }
        for operator in ["192.0.2.7:123", "[2001:db8::1]:443", "[2001:db8::1]", "junk, 192.0.2.7:1"] {
            from(&app, "/metrics", "X-Forwarded-For", operator).await.expect(200);
        }
    }
    let app = Plan::new().set("trusted_proxies", "127.0.0.1").start();
    for stranger in ["8.8.8.8:123", "[2001:db8::1]:443"] {
        from(&app, "/metrics", "X-Forwarded-For", stranger).await.problem(403, "operators_only");
    }
}

/// A proxy on this machine that nobody named must not make the whole world an operator.
#[tokio::test]
async fn f_behind_an_unknown_proxy_nobody_is_an_operator() {
    let app = Plan::new().start();
    app.get("/metrics").await.expect(200);
    for header in ["X-Forwarded-For", "X-Real-IP", "Forwarded"] {
        from(&app, "/metrics", header, "127.0.0.1").await.problem(403, "operators_only");
        assert_eq!(from(&app, "/health/ready", header, "127.0.0.1").await.expect(200).json["status"], json!("ready"));
    }
}
