//! For operators and their load balancers.
#![expect(clippy::unused_async, reason = "poem-openapi takes async handlers only")]

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{ApiResponse, Object, OpenApi, payload::Json};

use super::operator::IsOperator;
use crate::flow::{Flow, health::Check};

/// One thing that has to work.
#[derive(Object)]
#[oai(rename = "HealthCheck")]
struct CheckView {
    /// `accounts`, `sessions`, `migrations`, `signing_key`, `hashing`, `outbox`, `disk`, `process` or `provider:TYPE`.
    name: String,
    /// Whether it works.
    ok: bool,
    /// What is wrong.
    #[oai(skip_serializing_if_is_none)]
    reason: Option<String>,
}

/// Whether the gateway can do its work.
#[derive(Object)]
#[oai(rename = "Health")]
struct HealthView {
    /// `ok`, `degraded` (it serves, but something is not well) or `down`; outside `operator_networks` only `ready` or `not ready`.
    status: String,
    /// One by one; empty outside `operator_networks`.
    checks: Vec<CheckView>,
}

/// Ready or not.
#[derive(ApiResponse)]
enum Readiness {
    /// It can serve.
    #[oai(status = 200)]
    Ready(Json<HealthView>),
    /// It cannot.
    #[oai(status = 503)]
    NotReady(
        Json<HealthView>,
        /// Seconds to wait.
        #[oai(header = "Retry-After")]
        String,
    ),
}

/// `/health`.
pub struct HealthApi;

#[OpenApi(tag = "super::router::Tag::Operate")]
impl HealthApi {
    /// The process runs
    #[oai(path = "/health/live", method = "get", operation_id = "live")]
    async fn live(&self) -> Json<HealthView> {
        Json(HealthView { status: "ok".to_owned(), checks: Vec::new() })
    }

    /// The gateway can serve
    ///
    /// Tries what it needs, each for a second at most. What is wrong is told within `operator_networks` alone.
    #[oai(path = "/health/ready", method = "get", operation_id = "ready")]
    async fn ready(&self, flow: Data<&Arc<Flow>>, operator: IsOperator) -> Readiness {
        let checks = flow.health().await;
        let down = checks.iter().any(|check| check.vital && check.trouble.is_some());
        let view = Json(if operator.0 { told(checks, down) } else { untold(down) });
        if down { Readiness::NotReady(view, "1".to_owned()) } else { Readiness::Ready(view) }
    }
}

fn told(checks: Vec<Check>, down: bool) -> HealthView {
    let degraded = checks.iter().any(|check| check.trouble.is_some());
    let status = match (down, degraded) {
        (true, _) => "down",
        (false, true) => "degraded",
        (false, false) => "ok",
    };
    let checks = checks.into_iter().map(|check| CheckView { ok: check.trouble.is_none(), name: check.name, reason: check.trouble });
    HealthView { status: status.to_owned(), checks: checks.collect() }
}

fn untold(down: bool) -> HealthView {
    HealthView { status: if down { "not ready" } else { "ready" }.to_owned(), checks: Vec::new() }
}
