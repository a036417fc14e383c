//! For operators and their load balancers.
#![expect(clippy::unused_async, reason = "poem-openapi takes async handlers only")]

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{ApiResponse, Object, OpenApi, payload::Json};

use crate::flow::Flow;

/// One thing that has to work.
#[derive(Object)]
#[oai(rename = "HealthCheck")]
struct CheckView {
    /// `accounts`, `sessions` or `provider:TYPE`.
    name: String,
    /// Whether it works.
    ok: bool,
    /// What is wrong.
    #[oai(skip_serializing_if_is_none)]
    trouble: Option<String>,
}

/// Whether the gateway can do its work.
#[derive(Object)]
#[oai(rename = "Health")]
struct HealthView {
    /// `ok`, `degraded` (a provider is not well) or `down` (a store is out of reach).
    status: String,
    /// One by one.
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
    /// Tries the stores, and says which providers are not well.
    #[oai(path = "/health/ready", method = "get", operation_id = "ready")]
    async fn ready(&self, flow: Data<&Arc<Flow>>) -> Readiness {
        let checks = flow.health().await;
        let down = checks.iter().any(|check| check.vital && check.trouble.is_some());
        let degraded = checks.iter().any(|check| check.trouble.is_some());
        let status = if down {
            "down"
        } else if degraded {
            "degraded"
        } else {
            "ok"
        };
        let checks = checks.into_iter().map(|check| CheckView { ok: check.trouble.is_none(), name: check.name, trouble: check.trouble });
        let view = Json(HealthView { status: status.to_owned(), checks: checks.collect() });
        if down { Readiness::NotReady(view, "1".to_owned()) } else { Readiness::Ready(view) }
    }
}
