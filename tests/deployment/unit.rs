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
    let told = values(&unit, "Environment").into_iter().map(|pair| pair.split_once('=').unwrap());
    let environment = Environment::from_pairs(told);
    let mode = Mode::read(&environment).unwrap();
    assert_eq!(mode, Mode::Production);
    let source = Source::parse(&text("deploy/systemd.toml"), "systemd.toml", mode, &environment).unwrap();
    let config = Config::read(&source).unwrap();
    let place = |key: &str| values(&unit, key)[0];
    assert_eq!(config.data_dir.to_str().unwrap(), format!("/var/lib/{}", place("StateDirectory")));
    assert_eq!(config.cache().to_str().unwrap(), format!("/var/cache/{}", place("CacheDirectory")));
    assert!(config.plugins_dir.starts_with(place("WorkingDirectory")));
    let times = config.shutdown_delay.as_secs() + config.shutdown_grace.as_secs() + 15;
    assert!(seconds(place("TimeoutStopSec")) >= times, "it would be killed while it stops");
    assert!(config.shutdown_delay.as_secs() > seconds(directive(&text("deploy/nginx.conf"), "keepalive_timeout")));
    // Only the secrets are missing.
    let unsafe_settings = config.unsafe_in_production();
    assert!(
        unsafe_settings.len() == 2 && unsafe_settings[0].contains("mail_url") && unsafe_settings[1].contains("secret_key"),
        "{unsafe_settings:?}"
    );
}

#[test]
fn it_may_do_little() {
    let unit = text("deploy/vestibule.service");
    for (key, value) in [
        ("User", "vestibule"),
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
