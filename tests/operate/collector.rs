//! A collector of traces: a real HTTP server on this machine that reads OTLP as protobuf, and one that never answers.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::Span,
};
use prost::Message as _;
use tokio::{net::TcpListener, task::JoinHandle};

/// A span, and who sent it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The span.
    pub span: Span,
    /// Attributes of its resource.
    pub resource: Vec<KeyValue>,
}

impl Seen {
    /// An attribute as text.
    pub fn attribute(&self, name: &str) -> Option<String> {
        text(&self.span.attributes, name)
    }
}

/// The value of an attribute, as text.
pub fn text(attributes: &[KeyValue], name: &str) -> Option<String> {
    let value = attributes.iter().find(|attribute| attribute.key == name)?.value.as_ref()?.value.as_ref()?;
    Some(match value {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    })
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Default)]
struct State {
    spans: Vec<Seen>,
    raw: Vec<u8>,
    headers: Vec<String>,
}

/// The server. It ends with the value.
pub struct Collector {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Collector {
    /// On a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, state) = (listener.local_addr().unwrap(), Arc::<Mutex<State>>::default());
        let shared = Arc::clone(&state);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                let service = service_fn(move |request| answer(Arc::clone(&state), request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { state, address, server }
    }

    /// Takes connections and requests, and never says a word.
    pub async fn silent() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                held.push(stream);
            }
        });
        Self { state: Arc::default(), address, server }
    }

    /// For `otlp_url`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All spans so far.
    pub fn spans(&self) -> Vec<Seen> {
        self.state.lock().unwrap().spans.clone()
    }

    /// Whether the bytes of any export hold the text.
    pub fn holds(&self, text: &str) -> bool {
        self.state.lock().unwrap().raw.windows(text.len()).any(|window| window == text.as_bytes())
    }

    /// The headers of all exports.
    pub fn headers(&self) -> Vec<String> {
        self.state.lock().unwrap().headers.clone()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(state: Arc<Mutex<State>>, request: Request<Incoming>) -> Result<Response<Full<hyper::body::Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let status = if head.uri.path() == "/v1/traces" && head.headers["content-type"] == "application/x-protobuf" {
        let export = ExportTraceServiceRequest::decode(&*body).expect("OTLP");
        let mut state = state.lock().unwrap();
        state.raw.extend_from_slice(&body);
        state.headers.push(format!("{:?}", head.headers));
        for resource in export.resource_spans {
            let attributes = resource.resource.map(|resource| resource.attributes).unwrap_or_default();
            let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
            state.spans.extend(spans.map(|span| Seen { span, resource: attributes.clone() }));
        }
        StatusCode::OK
    } else {
        StatusCode::NOT_FOUND
    };
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    Ok(response)
}
