//! What the operator grants is what the provider gets, and where the secret goes.

use super::{
    APP_SECRET, Toml,
    graph::{Graph, key::Key, trouble::Trouble},
    later,
};
use crate::{
    actor::User,
    app::{App, Plan, plugin, write},
    patience::eventually,
};

const ANN: &str = "10215241773831025";

/// The provider is refused for a reason that has these parts; the rest of the house is open.
async fn is_refused(app: &App, parts: &[&str]) {
    let state = app.facebook_state().await;
    assert_eq!(state["status"], "refused", "{state}");
    let (reason, log) = (state["reason"].as_str().expect("a reason").to_owned(), app.log());
    for part in parts {
        assert!(reason.contains(part), "{part:?} is not in the reason: {reason}");
        assert!(log.contains(part), "{part:?} is not in the log: {log}");
    }
    assert!(!reason.contains(APP_SECRET) && !log.contains(APP_SECRET));
    app.facebook_signin("EAAann").await.problem(400, "unknown_type");
    app.get("/health/ready").await.expect(200);
}

#[tokio::test]
async fn rule17_a_host_that_is_not_granted_is_not_called() {
    let (graph, granted) = (Graph::start().await, Graph::start().await);
    let hosts = format!("[{:?}]", granted.host());
    let secret = format!("{{ env = \"FACEBOOK_APP_SECRET\", hosts = {hosts} }}");
    let app = Toml::of(&graph).top("hosts", &hosts).secret(&secret).plan().start();
    graph.give("EAAann", ANN, "Ann");
    later(app.facebook_signin("EAAann").await, "upstream_unavailable");
    let log = app.log();
    assert!(log.contains(&graph.host()) && log.contains("not granted") && log.contains("facebook.toml"), "{log}");
    assert!(graph.requests().is_empty() && granted.requests().is_empty());
}

#[tokio::test]
async fn rule17_a_secret_goes_only_where_it_may() {
    let (graph, other) = (Graph::start().await, Graph::start().await);
    let hosts = format!("[{:?}, {:?}]", graph.host(), other.host());
    let secret = format!("{{ env = \"FACEBOOK_APP_SECRET\", hosts = [{:?}] }}", other.host());
    let app = Toml::of(&graph).top("hosts", &hosts).secret(&secret).plan().start();
    graph.give("EAAann", ANN, "Ann");
    later(app.facebook_signin("EAAann").await, "upstream_unavailable");
    let log = app.log();
    assert!(log.contains("app_secret") && log.contains(&graph.host()) && log.contains("facebook.toml"), "{log}");
    assert!(!log.contains(APP_SECRET));
    assert!(graph.requests().is_empty() && other.requests().is_empty());
}

#[tokio::test]
async fn rule17_a_secret_goes_nowhere_if_its_hosts_are_none() {
    let graph = Graph::start().await;
    let app = Toml::of(&graph).secret("{ env = \"FACEBOOK_APP_SECRET\", hosts = [] }").plan().start();
    graph.give("EAAann", ANN, "Ann");
    later(app.facebook_signin("EAAann").await, "upstream_unavailable");
    assert!(graph.requests().is_empty());
}

#[tokio::test]
async fn rule17_no_redirect_is_followed_even_to_a_granted_host() {
    let (graph, other) = (Graph::start().await, Graph::start().await);
    let hosts = format!("[{:?}, {:?}]", graph.host(), other.host());
    let secret = format!("{{ env = \"FACEBOOK_APP_SECRET\", hosts = {hosts} }}");
    let app = Toml::of(&graph).top("hosts", &hosts).secret(&secret).plan().start();
    other.give("EAAann", ANN, "Ann");
    graph.give("EAAann", ANN, "Ann");
    for (path, status) in [("/debug_token", 302), ("/debug_token", 307), ("/me", 301), ("/me", 308)] {
        let to = other.url(&format!("/v23.0{path}?stolen={APP_SECRET}"));
        graph.trouble(path, Trouble::Answer(status, vec![("location", to)], String::new()));
        later(app.facebook_signin("EAAann").await, "upstream_unavailable");
        graph.heal();
    }
    assert!(other.requests().is_empty(), "{:?}", other.requests());
    assert!(!app.log().contains(APP_SECRET));
}

#[tokio::test]
async fn rule17_only_the_question_about_the_token_holds_the_secret() {
    let (graph, keys) = (Graph::start().await, Graph::start().await);
    let hosts = format!("[{:?}, {:?}]", graph.host(), keys.host());
    let app = Toml::of(&graph).top("hosts", &hosts).setting("jwks_url", &keys.url("/jwks")).plan().start();
    let key = Key::named("k1");
    keys.publish(&[&key]);
    graph.give("EAAann", ANN, "Ann");
    app.facebook_signup("ann@example.org", ANN, "EAAann").await.expect(200);
    app.facebook_signin(&key.token(&Graph::claims(ANN))).await.expect(200);
    let holders: Vec<_> = graph.requests().into_iter().filter(|seen| seen.holds(APP_SECRET)).map(|seen| seen.path).collect();
    assert_eq!(holders, ["/debug_token"]);
    let [asked] = &keys.requests()[..] else { panic!("one request for the keys") };
    assert!(!asked.holds(APP_SECRET) && !asked.holds("EAA") && !asked.holds("ann@example.org"), "{asked:?}");
}

#[tokio::test]
async fn rule17_plain_http_is_for_this_machine() {
    for host in ["graph.facebook.com:80", "10.1.2.3:80", "93.184.215.14:80"] {
        let graph = Graph::start().await;
        let secret = format!("{{ env = \"FACEBOOK_APP_SECRET\", hosts = [{host:?}] }}");
        let toml = Toml::of(&graph).top("hosts", &format!("[{host:?}]")).secret(&secret);
        let app = toml.setting("graph_url", &format!("http://{host}")).plan().start();
        later(app.facebook_signin("EAAann").await, "upstream_unavailable");
        let log = app.log();
        assert!(log.contains("by https only"), "{host}: {log}");
    }
}

#[tokio::test]
async fn rule17_hosts_that_cannot_be_granted_are_named() {
    let graph = Graph::start().await;
    for (host, reason) in [
        ("169.254.169.254:80", "no provider may reach"),
        ("localhost:9000", "127.0.0.1:9000"),
        ("127.0.0.1", "needs its port"),
        ("*.facebook.com", "wildcard"),
        ("https://graph.facebook.com", "more than a host"),
    ] {
        let toml = Toml::of(&graph).top("hosts", &format!("[{host:?}]")).secret("{ env = \"FACEBOOK_APP_SECRET\" }");
        is_refused(&toml.plan().start(), &["facebook.toml line 1", host, reason]).await;
    }
}

#[tokio::test]
async fn rule17_this_machine_cannot_be_granted_in_production() {
    let graph = Graph::start().await;
    let plan = Toml::of(&graph).plan().env("APP_SETTINGS", "production").set("public_url", "https://auth.example.org");
    let app = plan.start();
    is_refused(&app, &["facebook.toml line 1", &graph.host(), "cannot be granted in production"]).await;
    assert!(graph.requests().is_empty());
}

#[tokio::test]
async fn g1_a_missing_secret_is_named() {
    let graph = Graph::start().await;
    let toml = Toml::of(&graph).text();
    let mut app = Plan::new().simple().plugin("facebook", &plugin("facebook"), Some(&toml)).start();
    is_refused(&app, &["facebook.toml line", "app_secret", "FACEBOOK_APP_SECRET", "not set"]).await;
    app.restart();
    is_refused(&app, &["FACEBOOK_APP_SECRET"]).await;
    let app = Toml::of(&graph).plan().env("FACEBOOK_APP_SECRET", "").start();
    is_refused(&app, &["FACEBOOK_APP_SECRET", "empty"]).await;
}

#[tokio::test]
async fn g1_a_secret_may_be_a_file() {
    let graph = Graph::start().await;
    let secret = format!("{{ file = \"../facebook-secret\", hosts = [{:?}] }}", graph.host());
    let plan = Toml::of(&graph).secret(&secret).plan();
    write(&plan.path().join("facebook-secret"), format!("{APP_SECRET}\n").as_bytes());
    let app = plan.start();
    graph.give("EAAann", ANN, "Ann");
    let answer = app.facebook_signup("ann@example.org", ANN, "EAAann").await.expect(200);
    User::new(&app, &answer).get("/me").await.expect(200);
}

#[tokio::test]
async fn a5_switched_off_it_needs_no_secret_and_complains_of_nothing() {
    let graph = Graph::start().await;
    let toml = Toml::of(&graph).top("enabled", "false").text();
    let shipped = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../plugins/facebook/facebook.toml")).unwrap();
    for toml in [toml, shipped] {
        let app = Plan::new().simple().plugin("facebook", &plugin("facebook"), Some(&toml)).start();
        app.facebook_signin("EAAann").await.problem(400, "provider_disabled");
        let state = app.facebook_state().await;
        assert_eq!(state["status"], "disabled", "{state}");
        assert!(!app.log().contains("FACEBOOK_APP_SECRET"), "{}", app.log());
        assert!(app.get("/auth/providers").await.json.as_array().unwrap().iter().all(|live| live["type"] != "facebook"));
    }
}

#[tokio::test]
async fn g1_every_line_that_is_missing_is_named() {
    let app = Plan::new().simple().plugin("facebook", &plugin("facebook"), None).start();
    is_refused(&app, &["facebook.wasm", "facebook.toml", "add hosts", "graph.facebook.com"]).await;
    let graph = Graph::start().await;
    let (text, key) = (Toml::of(&graph).text(), Toml::of(&graph).settings["app_id"].clone());
    for (line, reason) in [
        ("vouch = true\n".to_owned(), "add vouch = true"),
        (format!("app_id = {key}\n"), "add app_id = "),
        (format!("app_secret = {}\n", Toml::of(&graph).secret), "add app_secret = "),
    ] {
        let toml = text.replace(&line, "");
        assert_ne!(toml, text, "{line}");
        let app = Plan::new().simple().plugin("facebook", &plugin("facebook"), Some(&toml)).env("FACEBOOK_APP_SECRET", APP_SECRET).start();
        is_refused(&app, &["facebook.toml", reason]).await;
    }
}

#[tokio::test]
async fn g1_it_goes_live_when_its_file_is_mended() {
    let graph = Graph::start().await;
    let toml = Toml::of(&graph);
    let broken = toml.text().replace("vouch = true\n", "");
    let plan = Plan::new().simple().env("FACEBOOK_APP_SECRET", APP_SECRET);
    let app = plan.plugin("facebook", &plugin("facebook"), Some(&broken)).start();
    graph.give("EAAann", ANN, "Ann");
    app.facebook_signin("EAAann").await.problem(400, "unknown_type");
    write(&app.plugins().join("facebook.toml"), toml.text().as_bytes());
    eventually("the provider", || app.log().contains("provider loaded provider=\"facebook\"").then_some(())).await;
    app.facebook_signup("ann@example.org", ANN, "EAAann").await.expect(200);
}

#[tokio::test]
async fn rule27_secret_and_tokens_are_in_no_log_and_no_answer() {
    let graph = Graph::start().await;
    let app = Toml::of(&graph).plan().set("log_level", "trace").start();
    let key = Key::named("k1");
    graph.publish(&[&key]);
    graph.give("EAAann-of-hers", ANN, "Ann");
    let id_token = key.token(&Graph::claims(ANN));
    let mut told = app.facebook_signup("ann@example.org", ANN, "EAAann-of-hers").await.expect(200).text;
    for token in ["EAAann-of-hers", "EAAnobodys-at-all", &id_token] {
        told.push_str(&app.facebook_signin(token).await.text);
    }
    graph.trouble("/debug_token", Trouble::Reset);
    told.push_str(&app.facebook_signin("EAAann-of-hers").await.text);
    for path in ["/auth/providers", "/api/openapi.json", "/health/ready"] {
        told.push_str(&app.get(path).await.text);
    }
    told.push_str(&app.facebook_state().await.to_string());
    for command in [&["plugin", "list"][..], &["openapi"]] {
        let output = app.command(command).output().unwrap();
        told.push_str(&String::from_utf8_lossy(&[output.stdout, output.stderr].concat()));
    }
    let proof = graph.requests().iter().find_map(|seen| seen.query("appsecret_proof")).expect("a proof");
    let log = app.log();
    assert!(log.contains("TRACE"), "the log is as talkative as it can be");
    for secret in [APP_SECRET, "EAAann-of-hers", "EAAnobodys-at-all", &id_token, &proof] {
        assert!(!told.contains(secret), "{secret} is told");
        let line = log.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} is logged: {line:?}");
    }
}
