//! What is reached over the network: our own address, the mail server, the collector, and whom TLS trusts.

use std::{io::ErrorKind, net::SocketAddr, time::Duration};

use super::report::Report;
use crate::{app, config::Config, mail::probe, provider::egress::tls::Tls, trace::export};

/// One try.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn examine(config: &Config, report: &mut Report) {
    let tls = tokio::task::spawn_blocking(|| Tls::default().config()).await;
    match tls {
        Ok(Ok(_)) => report.ok("tls", "this machine has certificates to trust"),
        Ok(Err(error)) => {
            report.warn("tls", error.to_string(), "install the ca-certificates package, or point SSL_CERT_FILE at a PEM bundle");
        }
        Err(error) => report.fail("tls", error.to_string(), "try again"),
    }
    listen(config.listen, report).await;
    resolves(config, report).await;
    mail(config, report).await;
    collector(config, report).await;
    services(config, report).await;
}

async fn listen(address: SocketAddr, report: &mut Report) {
    match tokio::net::TcpListener::bind(address).await {
        Ok(_) => report.ok("listen", format!("{address} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            if is_ours(address).await {
                report.ok("listen", format!("a gateway runs on {address} already"));
            } else {
                report.fail("listen", format!("{address} is used by another program"), "stop that program, or set listen to another port");
            }
        }
        Err(error) => {
            report.fail("listen", format!("{address}: {error}"), "set listen to an address of this machine and a port from 1024 on");
        }
    }
}

/// Whether it answers as a gateway does.
async fn is_ours(address: SocketAddr) -> bool {
    let mut here = address;
    if here.ip().is_unspecified() {
        here.set_ip(if here.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
    }
    let Ok(client) = client() else { return false };
    let Ok(answer) = client.get(format!("http://{here}/health/live")).send().await else { return false };
    let ours = answer.headers().contains_key("x-request-id");
    ours && answer.text().await.is_ok_and(|text| text.contains("\"checks\""))
}

async fn resolves(config: &Config, report: &mut Report) {
    let Some(url::Host::Domain(host)) = config.public_url.host() else { return };
    let port = config.public_url.port_or_known_default().unwrap_or(443);
    let looked = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((host, port))).await;
    match looked.map(|looked| looked.map(|mut found| found.next())) {
        Ok(Ok(Some(_))) => report.ok("public_url", format!("{host} has an address")),
        Ok(Err(error)) => report.warn("public_url", format!("{host} has no address here: {error}"), "check the name, or your DNS"),
        _ => report.warn("public_url", format!("{host} has no address here"), "check the name, or your DNS"),
    }
}

async fn mail(config: &Config, report: &mut Report) {
    match probe::probe(app::mail_settings(config)).await {
        Ok(what) => report.ok("mail", what),
        Err(reason) => report.fail("mail", reason, "correct mail_url, mail_from or mail_tls_ca, or the server's side"),
    }
}

async fn collector(config: &Config, report: &mut Report) {
    let Ok(Some(settings)) = crate::log::trace_settings(config) else { return };
    let endpoint = export::endpoint(&settings.url);
    let Ok(client) = client() else { return };
    // An export without spans.
    let mut request = client.post(&endpoint).header("Content-Type", "application/x-protobuf");
    for (name, value) in settings.headers {
        request = request.header(name, value);
    }
    let mend = "correct otlp_url or otlp_headers, or start the collector; requests do not wait for it";
    match request.send().await {
        Ok(answer) if answer.status().is_success() => report.ok("traces", format!("{endpoint} takes them")),
        Ok(answer) => report.warn("traces", format!("{endpoint} answers {}", answer.status()), mend),
        Err(error) => report.warn("traces", format!("{endpoint}: {}", root(&error)), mend),
    }
}

/// Whether anybody listens where services should be.
async fn services(config: &Config, report: &mut Report) {
    for route in &config.routes {
        for url in &route.upstreams {
            let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { continue };
            let host = host.trim_start_matches('[').trim_end_matches(']');
            let tried = tokio::time::timeout(route.connect_timeout, tokio::net::TcpStream::connect((host, port))).await;
            let mend = "start the service, or correct upstream; the gateway answers 503 for it meanwhile";
            match tried {
                Ok(Ok(_)) => report.ok("routes", format!("{}: {url} is there", route.prefix)),
                Ok(Err(error)) => report.warn("routes", format!("{}: {url}: {error}", route.prefix), mend),
                Err(_) => report.warn("routes", format!("{}: {url} does not answer", route.prefix), mend),
            }
        }
    }
}

/// The last cause says what happened; those before it repeat the address.
fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

fn client() -> Result<reqwest::Client, Box<dyn std::error::Error>> {
    let tls = Tls::default().config()?;
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()?)
}
