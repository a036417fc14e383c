//! Fetches what it may not, or more than it may. The feature `http`.

use vestibule_plugin::{
    Input, Refusal, host,
    http::{self, FetchError, Request},
};

use crate::{Answer, Attacks, report};

pub(crate) const ATTACKS: Attacks = &[
    ("fetch", |_| outcome(&http::get(url()?))),
    ("fetch_secret", |_| outcome(&http::get(url()?).query_secret("key", "app_secret").header_parts("x-key", [http::secret("app_secret")]))),
    ("fetch_forbidden", |_| outcome(&http::get("https://example.com/"))),
    ("fetch_metadata", |_| outcome(&http::get("http://169.254.169.254/latest/meta-data/"))),
    ("fetch_file", |_| outcome(&http::get("file:///etc/passwd"))),
    ("fetch_header", |_| outcome(&http::get(url()?).header("x-a\r\nhost", "evil\r\nx-b: 1"))),
    ("fetch_host_header", |_| outcome(&http::get(url()?).header("host", "evil.example"))),
    ("fetch_giant", |_| outcome(&http::post(url()?).body("text/plain", vec![0; 50 << 20]))),
    ("fetch_loop", fetch_loop),
];

fn url() -> Result<String, Refusal> {
    host::required_setting("url")
}

fn fetch_loop(_input: &Input) -> Answer {
    let request = http::get(url()?);
    for _ in 0..1000 {
        std::hint::black_box(request.send().is_ok());
    }
    Err(report(&["fetched without end"]))
}

fn outcome(request: &Request) -> Answer {
    Err(match request.send() {
        Ok(response) => report(&["status ", &response.status.to_string(), ", bytes ", &response.body.len().to_string()]),
        Err(FetchError::Forbidden(_)) => report(&["forbidden"]),
        Err(FetchError::Unreachable(_)) => report(&["unreachable"]),
        Err(FetchError::TooLarge) => report(&["too large"]),
        Err(FetchError::Invalid(_)) => report(&["invalid"]),
    })
}
