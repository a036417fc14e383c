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
    /// `database` or `gateway`.
    name: String,
    /// Whether it works.
    ok: bool,
}

/// Whether the shop can do its work.
#[derive(Object)]
#[oai(rename = "Health")]
struct HealthView {
    /// `ok`, `degraded` (the gateway's keys are out of reach, so that nobody can be let in) or `down` (the database is).
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

    /// The shop can serve
    ///
    /// A gateway out of reach is no reason to be not ready: it may be waiting for this very answer to start.
    #[oai(path = "/health/ready", method = "get", operation_id = "ready")]
    async fn ready(&self, flow: Data<&Arc<Flow>>) -> Readiness {
        let (database, gateway) = flow.health().await;
        let status = match (database, gateway) {
            (true, true) => "ok",
            (true, false) => "degraded",
            (false, _) => "down",
        };
        let checks = [("database", database), ("gateway", gateway)].map(|(name, ok)| CheckView { name: name.to_owned(), ok });
        let view = Json(HealthView { status: status.to_owned(), checks: checks.into() });
        if database { Readiness::Ready(view) } else { Readiness::NotReady(view, "1".to_owned()) }
    }
}
