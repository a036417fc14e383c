//! What the settings say, before anything is tried.

use std::path::Path;

use ipnet::IpNet;
use rustix::process::{Resource, getrlimit};

use super::report::Report;
use crate::{
    app, cli,
    config::{Config, DEFAULT_FILE, Environment, Mode},
    log,
};

/// Each request takes one open file, a plugin's fetch another.
const FEW_FILES: u64 = 4096;

/// Variables that look like settings and are none.
pub(super) fn variables(environment: &Environment, report: &mut Report) {
    for name in cli::unknown_variables(environment) {
        report.warn(
            "environment",
            format!("{name} is no setting"),
            "correct its name, or remove it; `vestibule configuration-manual` lists them",
        );
    }
}

pub(super) fn examine(config: &Config, file: Option<&Path>, report: &mut Report) {
    let file = file.unwrap_or_else(|| Path::new(DEFAULT_FILE));
    let read = if file.exists() { format!("{} can be read", file.display()) } else { "no file: defaults and environment".to_owned() };
    report.ok("configuration", read);
    mode(config, report);
    public_url(config, report);
    match app::check_routes(config) {
        Err(error) => report.fail("routes", error.to_string(), "docs/reverse-proxy.md names what a route may say"),
        Ok(()) if config.routes.is_empty() => {}
        Ok(()) => report.ok("routes", format!("{} services behind the gateway", config.routes.len())),
    }
    networks(config, report);
    if let Err(error) = log::Format::read(config).and_then(|_| log::trace_settings(config)) {
        report.fail("log", format!("{error:#}"), "set it as the message says");
    }
    if let Err(error) = app::terms(config) {
        report.fail("terms", format!("{error:#}"), "set it as the message says");
    }
    match getrlimit(Resource::Nofile).current {
        Some(most) if most < FEW_FILES => {
            let mend = format!("raise it to {FEW_FILES} or more: ulimit -n, or LimitNOFILE= of the service");
            report.warn("open files", format!("this process may open {most}"), mend);
        }
        most => report.ok("open files", most.map_or_else(|| "no limit".to_owned(), |most| format!("this process may open {most}"))),
    }
}

/// Secrets of services that ask about tokens.
pub(super) fn services(config: &Config, environment: &Environment, report: &mut Report) {
    for service in &config.introspection_clients {
        match service.secret(environment) {
            Ok(_) => report.ok("services", format!("{} has a secret", service.id)),
            Err(error) => report.fail("services", error, "put the secret there, or take the service out of introspection_clients"),
        }
    }
}

fn mode(config: &Config, report: &mut Report) {
    let found = if config.mode == Mode::Production { config.unsafe_in_production() } else { Vec::new() };
    for problem in &found {
        let (text, mend) = problem.split_once("; ").unwrap_or((problem, "set it for production"));
        report.fail("mode", text, mend);
    }
    if found.is_empty() {
        report.ok("mode", config.mode.as_str());
    }
}

fn public_url(config: &Config, report: &mut Report) {
    let url = &config.public_url;
    let own = config.public_url.host_str().unwrap_or_default();
    let here = matches!(own, "localhost" | "127.0.0.1" | "[::1]" | "0.0.0.0");
    if config.mode == Mode::Production && here {
        let mend = "set public_url to the address that clients use: it is in links of mails and in tokens";
        report.warn("public_url", format!("{url} means another machine to every client"), mend);
    } else {
        report.ok("public_url", url.as_str());
    }
}

fn networks(config: &Config, report: &mut Report) {
    let everybody = |networks: &[IpNet]| networks.iter().any(|network| network.prefix_len() == 0);
    if everybody(&config.trusted_proxies) {
        let text = "every address is trusted: any client can say that it is another, and limits do not hold";
        report.fail("trusted_proxies", text, "name the addresses of your proxies alone");
    } else {
        let count = config.trusted_proxies.len();
        report.ok("trusted_proxies", if count == 0 { "none".to_owned() } else { format!("{count} networks") });
    }
    if everybody(&config.operator_networks) {
        let text = "everybody sees metrics and the reasons in /health/ready";
        report.warn("operator_networks", text, "name the networks of your operators and of Prometheus alone");
    } else {
        report.ok("operator_networks", format!("{} networks", config.operator_networks.len()));
    }
    let local_only = config.listen.ip().is_loopback() && config.mode == Mode::Production;
    if local_only && config.trusted_proxies.is_empty() {
        let text = format!("listen is {}: only a proxy on this machine can reach it, and none is trusted", config.listen);
        report.warn("trusted_proxies", text, "trusted_proxies = [\"127.0.0.1\"], so that limits count clients instead of the proxy");
    }
}
