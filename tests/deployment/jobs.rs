//! What `docker-compose up` does, without its containers: the jobs in their order, with their commands and variables, against a real
//! PostgreSQL and Redis; then two gateways behind nginx.

use serde_json::{Value, json};
use url::Url;

use super::{
    compose::{DRAWN, compose, environment, services},
    nginx::Nginx,
};
use crate::{
    actor::read,
    app::Plan,
    postgresql::server::{ADMIN_PASSWORD, Server},
    redis_server::RedisServer,
};

/// Where the names of the containers lead.
struct World {
    postgres: Server,
    redis: RedisServer,
}

impl World {
    /// A value or argument with the addresses of this machine in it, and nothing else changed.
    fn put(&self, value: &str) -> String {
        match Url::parse(value) {
            Ok(url) if url.host_str() == Some("postgres") => {
                let who = url.password().map_or_else(|| url.username().to_owned(), |password| format!("{}:{password}", url.username()));
                self.postgres.url(&who, url.path().trim_start_matches('/'))
            }
            Ok(url) if url.host_str() == Some("redis") => format!("{}?pass={}", self.redis.url(), url.password().expect("a password")),
            _ => value.to_owned(),
        }
    }

    /// A plan with what a service is told.
    fn plan(&self, service: &Value) -> Plan {
        let mut plan = Plan::new().simple();
        for (name, value) in environment(service) {
            plan = match name {
                "PGPASSWORD" => plan.env(name, ADMIN_PASSWORD),
                "VESTIBULE_TRUSTED_PROXIES" => plan.env(name, "127.0.0.1"),
                _ => plan.env(name, &self.put(value)),
            };
        }
        plan
    }
}

/// Jobs of the gateway's image, each after those that it waits for.
fn jobs(compose: &Value) -> Vec<(String, Value)> {
    let mut waiting: Vec<(String, Value)> = services(compose)
        .filter(|(_, service)| service["restart"] == json!("no") && service["build"]["target"] == json!("gateway"))
        .map(|(name, service)| (name.clone(), service.clone()))
        .collect();
    let mut ordered: Vec<(String, Value)> = Vec::new();
    while !waiting.is_empty() {
        let names: Vec<String> = waiting.iter().map(|(name, _)| name.clone()).collect();
        let free = |service: &Value| names.iter().all(|name| service["depends_on"].get(name).is_none());
        let (next, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, service)| free(service));
        assert!(!next.is_empty(), "they wait for each other: {names:?}");
        ordered.extend(next);
        waiting = later;
    }
    ordered
}

#[tokio::test]
#[cfg_attr(not(all(nginx, postgresql, redis)), ignore = "needs nginx, PostgreSQL and Redis")]
async fn e10_compose_brings_up_what_it_says() {
    let compose = compose();
    let redis = RedisServer::start_with(&["--requirepass", DRAWN, "--appendonly", "yes", "--maxmemory-policy", "noeviction"]);
    let world = World { postgres: Server::start(), redis };
    let jobs = jobs(&compose);
    assert_eq!(jobs.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["provision", "migrate", "provision-shop", "seed"]);
    // Twice: `up` after `up` finds everything done.
    for (name, job) in jobs.iter().chain(&jobs) {
        let arguments: Vec<String> = job["command"].as_array().unwrap().iter().map(|word| world.put(word.as_str().unwrap())).collect();
        let output = world.plan(job).command(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{name}: {said}");
        assert!(!said.contains(DRAWN), "{name} tells a secret: {said}");
    }
    let gateways = ["gateway-1", "gateway-2"].map(|name| world.plan(&compose["services"][name]).start());
    let nginx = Nginx::in_front_of([&gateways[0].base, &gateways[1].base]);
    for gateway in &gateways {
        let health = gateway.command(&["health"]).env("VESTIBULE_LISTEN", gateway.base.trim_start_matches("http://")).output().unwrap();
        assert!(health.status.success(), "{}", String::from_utf8_lossy(&health.stderr));
    }
    let http = &gateways[0].http;
    let body = json!({ "type": "simple", "email": "root@example.org", "password": DRAWN });
    let pair = read(http.post(format!("{}/auth/signin/", nginx.base)).json(&body).send().await.unwrap()).await.expect(200);
    // Two in a row, so that both gateways are asked.
    for _ in 0..2 {
        let users = http.get(format!("{}/users", nginx.base)).bearer_auth(pair.str("/access_token"));
        assert_eq!(read(users.send().await.unwrap()).await.expect(200).json["total"], json!(8));
    }
    assert!(world.redis.ask(&["--no-auth-warning", "-a", DRAWN, "dbsize"]).parse::<u32>().unwrap() > 0, "sessions are in Redis");
}

/// For scripts and container engines: an exit code, and a reason.
#[tokio::test]
async fn f_health_asks_the_gateway_of_this_configuration() {
    let gateway = Plan::new().simple().start();
    let ask = |listen: &str| gateway.command(&["health"]).env("VESTIBULE_LISTEN", listen).output().unwrap();
    let address = gateway.base.trim_start_matches("http://").to_owned();
    let port = address.rsplit(':').next().unwrap();
    for listen in [address.clone(), format!("0.0.0.0:{port}")] {
        let output = ask(&listen);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(said["status"], json!("ok"));
    }
    gateway.run("DELETE FROM _sqlx_migrations WHERE version > 1").await;
    let output = ask(&address);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not ready (503)"));
    drop(gateway);
    let output = Plan::new().set("listen", &address).command(&["health"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains(&format!("no answer at {address}")));
}

/// Example users are no way into a real gateway, and are there once.
#[tokio::test]
async fn rule28_seed_is_not_for_production() {
    let production = Plan::new().env("APP_SETTINGS", "production").set("public_url", "https://gate.example");
    let output = production.command(&["seed", DRAWN]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not in production"));
    let app = Plan::new().simple().start();
    let said = |password: &str| {
        let output = app.command(&["seed", password]).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    assert!(!said("password").0, "a weak one is refused");
    assert!(said(DRAWN).1.starts_with("8 example users made, 0 were there"));
    assert!(said(DRAWN).1.starts_with("0 example users made, 8 were there"));
    let signin = |name: &str| json!({ "type": "simple", "email": format!("{name}@example.org"), "password": DRAWN });
    let boris = app.post("/auth/signin/", &signin("boris")).await.expect(200);
    assert_eq!(boris.json["user"]["roles"], json!(["editor"]));
    assert_eq!(app.post("/auth/signin/", &signin("root")).await.expect(200).json["user"]["roles"], json!(["admin"]));
}

/// There is no default password: without one, it is drawn and said once.
#[tokio::test]
async fn rule28_seed_draws_a_password_unless_it_is_given_one() {
    let app = Plan::new().simple().start();
    let said = || String::from_utf8(app.command(&["seed"]).output().unwrap().stdout).unwrap();
    let text = said();
    let password = text.trim_end().rsplit_once("the password of those just made: ").expect(&text).1;
    app.post("/auth/signin/", &json!({ "type": "simple", "email": "ann@example.org", "password": password })).await.expect(200);
    assert!(!said().contains("password"), "those that were there keep theirs");
}
