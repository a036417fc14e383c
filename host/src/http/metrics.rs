//! `/metrics`, for Prometheus.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{ApiResponse, OpenApi, payload::PlainText};

use super::{
    operator::IsOperator,
    problem::{Fault, Operators},
};
use crate::flow::Flow;

/// What was counted and measured.
#[derive(ApiResponse)]
enum Measured {
    /// The text format of Prometheus.
    #[oai(status = 200, content_type = "text/plain; version=0.0.4; charset=utf-8")]
    Text(PlainText<String>),
}

/// `/metrics`.
pub struct MetricsApi;

#[OpenApi(tag = "super::router::Tag::Operate")]
impl MetricsApi {
    /// Metrics in the text format of Prometheus
    ///
    /// For operators alone: `operator_networks` says who they are.
    #[oai(path = "/metrics", method = "get", operation_id = "metrics")]
    async fn metrics(&self, flow: Data<&Arc<Flow>>, operator: IsOperator) -> Result<Measured, Fault<Operators>> {
        operator.require()?;
        Ok(Measured::Text(PlainText(flow.metrics_text().await)))
    }
}
