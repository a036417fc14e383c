//! A service asked directly, through the gateway's reverse proxy, and through nginx that asks the gateway by `auth_request`.

use std::{net::SocketAddr, time::Duration};

use anyhow::Result;

use crate::{
    empty,
    figure::Figure,
    gateway::{Site, sign_up},
    sample::{micros, quantile, ratios},
    server,
    wire::{Caller, Request, pace},
};

const ROUNDS: usize = 15;
const SLICE: Duration = Duration::from_millis(500);
const CONNECTIONS: usize = 16;

/// A way to the service, and what came of it.
struct Way {
    callers: Vec<Caller>,
    single: Caller,
    rates: Vec<f64>,
    medians: Vec<f64>,
}

impl Way {
    async fn new(address: SocketAddr, request: Request) -> Result<Self> {
        let mut callers = Vec::new();
        for _ in 0..CONNECTIONS {
            callers.push(Caller::new(address, request.clone()).await?);
        }
        Ok(Self { callers, single: Caller::new(address, request).await?, rates: Vec::new(), medians: Vec::new() })
    }

    async fn round(&mut self) -> Result<()> {
        self.rates.push(pace(&mut self.callers, SLICE).await?.per_second);
        let times: Vec<f64> = self.single.latencies(Duration::from_millis(1), SLICE).await?.into_iter().map(micros).collect();
        self.medians.push(quantile(&times, 0.5));
        Ok(())
    }
}

pub(crate) fn run() -> Result<Vec<Figure>> {
    super::runtime()?.block_on(measure())
}

async fn measure() -> Result<Vec<Figure>> {
    let (service, site) = (empty::start()?, Site::shipped()?);
    site.configure(&format!("[[routes]]\nprefix = \"/service\"\nupstream = \"http://{}\"\nstrip_prefix = true\n", service.address))?;
    let gateway = site.start()?;
    let nginx = server::nginx(|address| block(address, gateway.address, service.address))?;
    let token = sign_up(gateway.address, 0).await?;
    let mut direct = Way::new(service.address, Request::get("/", None)).await?;
    let mut proxied = Way::new(gateway.address, Request::get("/service/", Some(&token))).await?;
    let mut asked = Way::new(nginx.server.address, Request::get("/", Some(&token))).await?;
    for _ in 0..ROUNDS {
        for way in [&mut direct, &mut proxied, &mut asked] {
            way.round().await?;
        }
    }
    Ok(vec![
        Figure::new("through the gateway / direct, requests a second", "", ratios(&proxied.rates, &direct.rates)),
        Figure::new("nginx with auth_request / direct, requests a second", "", ratios(&asked.rates, &direct.rates)),
        Figure::new("through the gateway / nginx, requests a second", "", ratios(&proxied.rates, &asked.rates)),
        Figure::new("through the gateway / direct, p50 of one client", "", ratios(&proxied.medians, &direct.medians)),
        Figure::new("nginx with auth_request / direct, p50 of one client", "", ratios(&asked.medians, &direct.medians)),
        Figure::new("direct", "/s", direct.rates),
        Figure::new("through the gateway", "/s", proxied.rates),
        Figure::new("nginx with auth_request", "/s", asked.rates),
        Figure::new("direct, p50 of one client", "us", direct.medians),
        Figure::new("through the gateway, p50 of one client", "us", proxied.medians),
        Figure::new("nginx with auth_request, p50 of one client", "us", asked.medians),
    ])
}

/// What `docs/forward-auth.md` says, with connections that are kept on both sides for as long as it takes.
fn block(nginx: SocketAddr, gateway: SocketAddr, service: SocketAddr) -> String {
    format!(
        "keepalive_requests 1000000000;
        upstream gateway {{ server {gateway}; keepalive 32; keepalive_requests 1000000000; }}
        upstream service {{ server {service}; keepalive 32; keepalive_requests 1000000000; }}
        server {{
            listen {nginx};
            location / {{
                auth_request /check;
                auth_request_set $user $upstream_http_x_auth_user_id;
                proxy_set_header X-Auth-User-Id $user;
                proxy_set_header Connection \"\";
                proxy_http_version 1.1;
                proxy_pass http://service;
            }}
            location = /check {{
                internal;
                proxy_pass http://gateway/auth/check;
                proxy_pass_request_body off;
                proxy_set_header Content-Length \"\";
                proxy_set_header Connection \"\";
                proxy_http_version 1.1;
            }}
        }}"
    )
}
