//! `docker-compose.yml`, read as the engine would read it: variables put in, merges applied.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use vestibule::config::{Config, Environment, Mode, source::Source};

use super::{
    file::{directive, duration_of, seconds},
    nginx::GATEWAYS,
    repository, text,
};
use crate::app::Plan;

/// A secret as `deploy/env.sh` makes them.
pub const DRAWN: &str = "9f1c3a6be0d24785b1e6c0fa57d3928e4a7b60c9d1f38e25760bca94e3d1f827";

/// `NAME=value` lines, quotes taken off.
fn example() -> BTreeMap<String, String> {
    let lines = text(".env.example");
    let lines = lines.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.split_once('=').expect(line)).map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned())).collect()
}

/// The names in `${NAME:?...}`.
fn variables(compose: &str) -> BTreeSet<String> {
    compose.split("${").skip(1).map(|rest| rest.split([':', '}']).next().unwrap().to_owned()).collect()
}

/// With the values of `.env.example`, and secrets.
fn interpolated(compose: &str) -> String {
    let values = example();
    let mut parts = compose.split("${");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (variable, rest) = part.split_once('}').expect("a variable ends");
        let (name, _) = variable.split_once(":?").unwrap_or_else(|| panic!("{variable} may be empty"));
        let value = values.get(name).unwrap_or_else(|| panic!("{name} is not in .env.example"));
        out += if value.is_empty() { DRAWN } else { value };
        out += rest;
    }
    out.replace("$$", "$")
}

/// The whole file.
pub fn compose() -> Value {
    let mut yaml: serde_yaml::Value = serde_yaml::from_str(&interpolated(&text("docker-compose.yml"))).expect("YAML");
    // What is merged may hold merges itself.
    for _ in 0..3 {
        yaml.apply_merge().expect("merges");
    }
    serde_json::to_value(yaml).expect("names are texts")
}

/// Its services, by name.
pub fn services(compose: &Value) -> impl Iterator<Item = (&String, &Value)> {
    compose["services"].as_object().expect("services").iter()
}

/// What a service is told.
pub fn environment(service: &Value) -> BTreeMap<&str, &str> {
    let pairs = service["environment"].as_object().into_iter().flatten();
    pairs.map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_else(|| panic!("{name} is no text")))).collect()
}

/// What it is called by others of its networks.
fn names_in_list(value: &Value) -> BTreeSet<&str> {
    match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        Value::Object(map) => map.keys().map(String::as_str).collect(),
        _ => BTreeSet::new(),
    }
}

#[test]
fn e10_settings_are_in_env() {
    let (used, offered) = (variables(&text("docker-compose.yml")), example());
    assert_eq!(used, offered.keys().cloned().collect());
    for (name, value) in &offered {
        let secret = name.ends_with("PASSWORD") || name.ends_with("_KEY");
        assert_eq!(secret, value.is_empty(), "{name}: secrets have no default, everything else has one");
        assert!(!name.starts_with("VESTIBULE_") && name != "APP_SETTINGS", "{name} would reach `cargo xtask run` by the same .env");
    }
}

#[test]
fn e10_secrets_are_drawn_once() {
    let place = tempfile::tempdir().unwrap();
    std::fs::create_dir(place.path().join("deploy")).unwrap();
    for name in [".env.example", "deploy/env.sh"] {
        std::fs::copy(repository(name), place.path().join(name)).unwrap();
    }
    let draw = || std::process::Command::new("sh").arg(place.path().join("deploy/env.sh")).output().unwrap();
    assert!(draw().status.success());
    let path = place.path().join(".env");
    let made = std::fs::read_to_string(&path).unwrap();
    let secrets: Vec<&str> =
        made.lines().filter_map(|line| line.split_once('=')).map(|(_, value)| value).filter(|v| v.len() == 64).collect();
    assert_eq!(secrets.len(), example().values().filter(|value| value.is_empty()).count());
    assert_eq!(secrets.iter().collect::<BTreeSet<_>>().len(), secrets.len(), "each is its own");
    assert!(made.lines().all(|line| line.starts_with('#') || !line.ends_with('=')), "{made}");
    let rights = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
    assert_eq!(rights & 0o777, 0o600);
    assert!(!draw().status.success(), "databases keep the passwords they were made with");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), made);
}

/// `.env` is for compose, but a gateway that is started in the same folder reads it, too.
#[test]
fn e10_env_is_no_trouble_to_a_gateway_beside_it() {
    let plan = Plan::new();
    std::fs::copy(repository(".env.example"), plan.path().join(".env")).unwrap();
    let output = plan.command(&["migrate"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn e10_every_setting_is_known_and_understood() {
    let compose = compose();
    let shop = text("examples/shop/src/settings.rs");
    for (name, service) in services(&compose) {
        let environment = environment(service);
        for variable in environment.keys().filter(|variable| variable.starts_with("SHOP_")) {
            assert!(shop.contains(&format!("\"{variable}\"")), "{name}: {variable}");
        }
        for variable in environment.keys().filter_map(|variable| variable.strip_prefix("VESTIBULE_")) {
            assert!(Config::MANUAL.iter().any(|entry| entry.key.to_uppercase() == variable), "{name}: VESTIBULE_{variable}");
        }
        let environment = Environment::from_pairs(environment);
        let mode = Mode::read(&environment).expect("APP_SETTINGS");
        let source = Source::parse("", "none", mode, &environment).expect("variables");
        Config::read(&source).unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
    }
}

#[test]
fn every_container_has_as_few_rights_as_it_can() {
    let compose = compose();
    for (name, service) in services(&compose) {
        assert_eq!(service["read_only"], json!(true), "{name}");
        assert_eq!(service["cap_drop"], json!(["ALL"]), "{name}");
        assert_eq!(service["security_opt"], json!(["no-new-privileges:true"]), "{name}");
        assert!(service["privileged"].is_null() && service["cap_add"].is_null() && service["network_mode"].is_null(), "{name}");
        // Our own images say so themselves.
        let own = service["build"].is_object();
        assert!(own || service["user"].as_str().is_some_and(|user| !user.starts_with('0') && user != "root"), "{name} runs as root");
        for port in service["ports"].as_array().into_iter().flatten() {
            assert!(port.as_str().unwrap().starts_with("127.0.0.1:"), "{name}: {port} is open to everybody by default");
        }
    }
    for inside in ["postgres", "redis", "shop"] {
        let service = &compose["services"][inside];
        assert!(service["ports"].is_null() && names_in_list(&service["networks"]) == BTreeSet::from(["inside"]), "{inside}");
    }
    assert_eq!(compose["networks"]["inside"]["internal"], json!(true));
}

#[test]
fn what_is_waited_for_can_come() {
    let compose = compose();
    for (name, service) in services(&compose) {
        for (other, how) in service["depends_on"].as_object().into_iter().flatten() {
            let other_service = &compose["services"][other];
            match how["condition"].as_str() {
                Some("service_healthy") => assert!(other_service["healthcheck"]["test"].is_array(), "{name} waits for {other}"),
                Some("service_completed_successfully") => assert_eq!(other_service["restart"], json!("no"), "{name} waits for {other}"),
                condition => panic!("{name} waits for {other}: {condition:?}"),
            }
        }
        let ends = service["restart"] == json!("no");
        assert!(ends || service["healthcheck"]["test"].is_array(), "{name} has no health check");
        for network in names_in_list(&service["networks"]) {
            assert!(compose["networks"].get(network).is_some(), "{name}: network {network}");
        }
        for volume in service["volumes"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let source = volume.split(':').next().unwrap();
            let there = if source.starts_with('.') { repository(source).exists() } else { compose["volumes"].get(source).is_some() };
            assert!(there, "{name}: {source}");
            assert!(!source.starts_with('.') || volume.ends_with(":ro"), "{name}: {volume} could be written to");
        }
        if let Some(target) = service["build"]["target"].as_str() {
            assert!(text("Dockerfile").contains(&format!(" AS {target}\n")), "{name}: {target}");
        }
    }
}

#[test]
fn what_is_addressed_is_there() {
    let compose = compose();
    for (name, service) in services(&compose) {
        let named: BTreeSet<&str> = services(&compose)
            .flat_map(|(name, service)| {
                let aliases =
                    service["networks"].as_object().into_iter().flatten().filter_map(|(_, network)| network["aliases"].as_array());
                aliases.flatten().filter_map(Value::as_str).chain([name.as_str()]).collect::<Vec<_>>()
            })
            .collect();
        for (variable, value) in environment(service) {
            if variable.ends_with("_URL") && !variable.ends_with("PUBLIC_URL") {
                let host =
                    url::Url::parse(value).unwrap_or_else(|error| panic!("{variable}: {error}")).host_str().unwrap_or_default().to_owned();
                assert!(named.contains(host.as_str()), "{name}: {variable} leads to {host}");
            }
        }
    }
    let listen = |target: &str, variable: &str| {
        let text = text("Dockerfile");
        let stage = text.split("\nFROM ").find(|stage| stage.lines().next().unwrap().ends_with(&format!(" AS {target}"))).unwrap();
        let (_, rest) = stage.split_once(&format!("{variable}=")).unwrap();
        rest.split([' ', '\n']).next().unwrap().rsplit(':').next().unwrap().to_owned()
    };
    for gateway in GATEWAYS {
        let (service, port) = gateway.split_once(':').unwrap();
        assert!(compose["services"][service]["build"]["target"] == json!("gateway"), "{gateway} of deploy/nginx.conf");
        assert_eq!(port, listen("gateway", "VESTIBULE_LISTEN"));
        assert_eq!(compose["services"]["nginx"]["depends_on"][service]["condition"], json!("service_healthy"));
    }
    let routes = text("deploy/vestibule.toml");
    assert!(routes.contains(&format!("upstream = \"http://shop:{}\"", listen("shop", "SHOP_LISTEN"))), "{routes}");
    let audience = environment(&compose["services"]["shop"])["SHOP_AUDIENCE"];
    assert!(routes.contains(&format!("audience = \"{audience}\"")), "{routes}");
    let published = compose["services"]["nginx"]["ports"][0].as_str().unwrap();
    assert_eq!(published.rsplit(':').next().unwrap(), directive(&text("deploy/nginx.conf"), "listen"));
}

/// Nothing is dropped when one gateway is made anew only if these times follow one another.
#[test]
fn times_and_addresses_of_nginx_and_gateways_agree() {
    let compose = compose();
    let nginx = text("deploy/nginx.conf");
    let nginx_address = &compose["services"]["nginx"]["networks"]["edge"]["ipv4_address"];
    let subnet: ipnet::IpNet = compose["networks"]["edge"]["ipam"]["config"][0]["subnet"].as_str().unwrap().parse().unwrap();
    let mut addresses = BTreeSet::from([nginx_address.as_str().unwrap()]);
    for gateway in GATEWAYS {
        let service = &compose["services"][gateway.split(':').next().unwrap()];
        let told = environment(service);
        assert_eq!(told["VESTIBULE_TRUSTED_PROXIES"], nginx_address.as_str().unwrap());
        let (delay, grace) = (duration_of(told["VESTIBULE_SHUTDOWN_DELAY"]), duration_of(told["VESTIBULE_SHUTDOWN_GRACE"]));
        assert!(delay > seconds(directive(&nginx, "keepalive_timeout")), "a kept connection would be closed under a request");
        assert!(duration_of(service["stop_grace_period"].as_str().unwrap()) >= delay + grace + 15, "it would be killed while it stops");
        addresses.insert(service["networks"]["edge"]["ipv4_address"].as_str().unwrap());
    }
    assert_eq!(addresses.len(), 1 + GATEWAYS.len());
    assert!(addresses.iter().all(|address| subnet.contains(&address.parse::<std::net::IpAddr>().unwrap())));
}
