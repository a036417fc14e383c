//! Swagger UI, offline: every file is in the binary, and nothing runs inline. The bundle is the gateway's.

use std::sync::Arc;

use poem::{IntoResponse as _, Response, Route, endpoint::make_sync, get};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
                      frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

macro_rules! asset {
    ($path:literal, $kind:literal) => {
        get(make_sync(|_| file($kind, include_bytes!(concat!("../../", $path)))))
    };
}

/// Adds the documentation to the routes.
#[must_use]
pub fn add(routes: Route, document: &serde_json::Value) -> Route {
    let text: Arc<str> = document.to_string().into();
    let document = make_sync(move |_| text.to_string().with_content_type("application/json").into_response());
    routes
        .at("/shop/openapi.json", get(document))
        .at("/shop/docs", asset!("assets/index.html", "text/html; charset=utf-8"))
        .at("/shop/docs/init.js", asset!("assets/init.js", "text/javascript; charset=utf-8"))
        .at("/shop/docs/swagger-ui.css", asset!("../../host/assets/swagger-ui/swagger-ui.css", "text/css; charset=utf-8"))
        .at(
            "/shop/docs/swagger-ui-bundle.js",
            asset!("../../host/assets/swagger-ui/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
        )
        .at("/shop/docs/favicon-32x32.png", asset!("../../host/assets/swagger-ui/favicon-32x32.png", "image/png"))
}

fn file(kind: &'static str, bytes: &'static [u8]) -> Response {
    Response::builder()
        .content_type(kind)
        .header("Content-Security-Policy", POLICY)
        .header("Cache-Control", "public, max-age=3600")
        .body(bytes)
}
