//! Swagger UI, offline: every file is in the binary, and nothing runs inline.

use std::sync::{Arc, Mutex, PoisonError};

use poem::{Endpoint, IntoResponse, Request, Response, Route, endpoint::make_sync, get};

use super::{document, problem::Problem};
use crate::flow::{Error, Flow};

/// Swagger UI and the document are below it.
pub const PATH: &str = "/api";

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
                      frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

macro_rules! asset {
    ($name:literal, $kind:literal) => {
        get(make_sync(|_| file($kind, include_bytes!(concat!("../../assets/swagger-ui/", $name)))))
    };
}

/// Adds the documentation to the routes.
#[must_use]
pub fn add(routes: Route, base: serde_json::Value) -> Route {
    routes
        .at("/api/openapi.json", get(Live { base, last: Mutex::new(None) }))
        .at("/api/docs", asset!("index.html", "text/html; charset=utf-8"))
        .at("/api/docs/init.js", asset!("init.js", "text/javascript; charset=utf-8"))
        .at("/api/docs/swagger-ui.css", asset!("swagger-ui.css", "text/css; charset=utf-8"))
        .at("/api/docs/swagger-ui-bundle.js", asset!("swagger-ui-bundle.js", "text/javascript; charset=utf-8"))
        .at("/api/docs/favicon-32x32.png", asset!("favicon-32x32.png", "image/png"))
}

fn file(kind: &'static str, bytes: &'static [u8]) -> Response {
    Response::builder()
        .content_type(kind)
        .header("Content-Security-Policy", POLICY)
        .header("Cache-Control", "public, max-age=3600")
        .body(bytes)
}

/// The document of the providers that are live now, made once for each generation.
struct Live {
    base: serde_json::Value,
    last: Mutex<Option<(u64, Arc<str>)>>,
}

impl Endpoint for Live {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let flow = request.data::<Arc<Flow>>().ok_or_else(|| Problem::from(Error::Internal("the routes have no flow".to_owned())))?;
        let text = self.text(flow);
        Ok(text.to_string().with_content_type("application/json").into_response())
    }
}

impl Live {
    fn text(&self, flow: &Flow) -> Arc<str> {
        let generation = flow.generation_number();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((number, text)) if *number == generation => Arc::clone(text),
            _ => {
                let document = document::extend(&self.base, &flow.live_providers(), &flow.account_form(), flow.terms.signup);
                let text: Arc<str> = document.to_string().into();
                *last = Some((generation, Arc::clone(&text)));
                text
            }
        }
    }
}
