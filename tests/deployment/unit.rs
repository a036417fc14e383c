//! `deploy/vestibule.service`.

use vestibule::config::{Config, Environment, Mode, source::Source};

use super::{
    file::{directive, seconds},
    text,
};

/// All values of a key.
fn values<'a>(unit: &'a str, key: &str) -> Vec<&'a str> {
    unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

#[test]
fn its_settings_are_understood_and_its_places_are_its_own() {
    let unit = text("deploy/vestibule.service");
    let told: Vec<(&str, &str)> = values(&unit, "Environment").into_iter().map(|pair| pair.split_once('=').unwrap()).collect();
    let environment = Environment::from_pairs(told.iter().copied());
    let source = Source::parse("", "none", Mode::read(&environment).unwrap(), &environment).unwrap();
    let config = Config::read(&source).unwrap();
    assert_eq!(config.mode, Mode::Production);
    for name in told.iter().filter_map(|(name, _)| name.strip_prefix("VESTIBULE_")) {
        assert!(Config::MANUAL.iter().any(|entry| entry.key.to_uppercase() == name), "{name}");
    }
    let place = |key: &str| values(&unit, key)[0];
    assert_eq!(config.data_dir.to_str().unwrap(), format!("/var/lib/{}", place("StateDirectory")));
    assert_eq!(config.cache().to_str().unwrap(), format!("/var/cache/{}", place("CacheDirectory")));
    let times = config.shutdown_delay.as_secs() + config.shutdown_grace.as_secs() + 15;
    assert!(seconds(place("TimeoutStopSec")) >= times, "it would be killed while it stops");
    assert!(config.shutdown_delay.as_secs() > seconds(directive(&text("deploy/nginx.conf"), "keepalive_timeout")));
}

#[test]
fn it_may_do_little() {
    let unit = text("deploy/vestibule.service");
    for (key, value) in [
        ("DynamicUser", "yes"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("CapabilityBoundingSet", ""),
        ("RestrictNamespaces", "yes"),
        ("PrivateDevices", "yes"),
        // The one that cannot be: machine code of plugins.
        ("MemoryDenyWriteExecute", "no"),
    ] {
        assert_eq!(values(&unit, key), [value], "{key}");
    }
}
