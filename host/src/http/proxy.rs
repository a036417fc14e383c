//! The proxy in the house: requests for services behind the gateway (docs/reverse-proxy.md). Who passes, and which service and
//! upstream it is, `flow` decides.

mod credential;
mod header;
mod send;
mod socket;
mod upload;

use std::sync::Arc;

use poem::{
    IntoResponse, PathPattern, Request, Response,
    http::{HeaderValue, Method, StatusCode, header::CACHE_CONTROL},
};
use reqwest::redirect::Policy;
use rustls::ClientConfig;

use self::{
    credential::Credential,
    send::{Outgoing, Trouble},
    upload::Upload,
};
use super::{check, client, html::base, input, origin, problem::Problem};
use crate::{
    flow::{
        Error, Flow,
        authenticate::Caller,
        proxy::{Found, Service},
    },
    model::proxy::{Require, Route},
};

/// Marks an answer of a service, which is passed on with the headers that the service chose.
#[derive(Clone, Copy)]
pub(super) struct PassedOn;

/// Reaches the services. Clones share connections.
#[derive(Clone)]
pub struct Proxy {
    /// One for each service, in the operator's order: time to connect is the client's.
    clients: Vec<reqwest::Client>,
}

impl Proxy {
    /// For the services of the flow; `tls` says whom to trust.
    ///
    /// # Errors
    /// If a client cannot be made.
    pub fn new(flow: &Flow, tls: &ClientConfig) -> reqwest::Result<Self> {
        let client = |service: &Service| {
            // Sockets need HTTP/1.1.
            let mut tls = tls.clone();
            tls.alpn_protocols = vec![b"http/1.1".to_vec()];
            reqwest::Client::builder()
                .tls_backend_preconfigured(tls)
                .connect_timeout(service.route.connect_timeout)
                // Shorter than services keep theirs, so that few requests meet a connection that is being closed.
                .pool_idle_timeout(std::time::Duration::from_secs(4))
                .http1_only()
                .no_proxy()
                .referer(false)
                .redirect(Policy::none())
                .build()
        };
        Ok(Self { clients: flow.routes.all().map(client).collect::<Result<_, _>>()? })
    }

    /// The answer for a path that belongs to a service; `None` for all others.
    pub async fn answer(&self, flow: &Arc<Flow>, request: &mut Request) -> Option<Response> {
        let path = request.uri().path().to_owned();
        match flow.routes.find(&path) {
            Found::Nothing => None,
            Found::Unclear(reason) => {
                let detail = format!("the path {reason}; services might read it otherwise than its guard does");
                Some(Problem::new(StatusCode::BAD_REQUEST, "malformed_path", detail).into_response())
            }
            Found::Service(..) if *request.method() == Method::TRACE => {
                // It would come back with what the gateway says of the caller (RFC 9110, 9.3.8).
                let detail = "TRACE is not passed on";
                Some(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail).into_response())
            }
            Found::Service(index, service) => {
                let visit = Visit { flow, service, client: &self.clients[index] };
                let mut response = visit.pass(request, &path).await.unwrap_or_else(IntoResponse::into_response);
                response.set_data(PathPattern(service.route.prefix.as_str().into()));
                Some(response)
            }
        }
    }
}

/// One request for one service.
struct Visit<'a> {
    flow: &'a Arc<Flow>,
    service: &'a Service,
    client: &'a reqwest::Client,
}

impl Visit<'_> {
    async fn pass(&self, request: &mut Request, path: &str) -> Result<Response, Problem> {
        let (flow, route) = (self.flow, &self.service.route);
        request.set_data(Arc::clone(flow));
        let credential = Credential {
            shown: check::shown(request)?,
            same_site: !may_change(request) || origin::is_same(request.headers(), &flow.terms.public_url, None),
        };
        let caller = match flow.let_through(route, credential.shown.as_ref(), credential.same_site).await {
            Err(Error::Unauthenticated(_) | Error::SessionEnded) if wants_page(request) => return Ok(self.sign_in(request)),
            admitted => admitted?,
        };
        let mut headers = header::for_service(request, &flow.terms.public_url, route);
        credential.remove(flow, caller.is_some(), &mut headers);
        if let Some(caller) = &caller {
            header::name_caller(&mut headers, caller, flow.passport(caller, &route.audience)?.expose());
        }
        let socket = socket::Socket::asked_for(request);
        if socket.is_some() {
            socket::ask(&mut headers);
        }
        let outgoing = Outgoing {
            method: request.method().clone(),
            path: self.service.inner_path(path).to_owned(),
            query: request.uri().query().map(ToOwned::to_owned),
            headers,
            upload: self.upload(request)?,
        };
        let answered = send::send(self.client, flow, self.service, &outgoing).await;
        let answer = answered.map_err(|trouble| self.explain(&trouble))?;
        let shut_out = self.until_shut_out(caller);
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            let socket = socket.ok_or_else(|| self.explain(&Trouble::Failed("it changed the protocol unasked".to_owned())))?;
            return Ok(mark(socket.join(answer, shut_out)));
        }
        let mut response = send::pass_on(answer, route.idle_timeout, request.version(), shut_out);
        if route.require != Require::Public {
            // What depends on the caller is for no cache between.
            response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("private"));
        }
        Ok(mark(response))
    }

    /// Outlives the visit.
    fn until_shut_out(&self, caller: Option<Caller>) -> impl Future<Output = ()> + Send + use<> {
        let (flow, route) = (Arc::clone(self.flow), self.service.route.clone());
        async move {
            match caller {
                Some(caller) => flow.until_shut_out(&route, &caller).await,
                None => std::future::pending().await,
            }
        }
    }

    fn upload(&self, request: &mut Request) -> Result<Option<Upload>, Problem> {
        let limit = self.service.route.body_limit;
        let announced = request.header("content-length").and_then(|length| length.parse::<u64>().ok());
        if limit > 0 && announced.is_some_and(|length| length > limit) {
            return Err(too_large(limit));
        }
        let body = request.take_body();
        Ok((!body.is_empty()).then(|| Upload::new(body, limit)))
    }

    fn sign_in(&self, request: &Request) -> Response {
        let base = base(&self.flow.terms.public_url);
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let address = self.flow.sign_in_address(&base, &format!("{base}{path}"));
        Response::builder().status(StatusCode::SEE_OTHER).header("Location", address).body(())
    }

    fn explain(&self, trouble: &Trouble) -> Problem {
        let Route { prefix, rest, .. } = &self.service.route;
        match trouble {
            Trouble::TooLarge => too_large(self.service.route.body_limit),
            Trouble::Caller => Problem::new(StatusCode::BAD_REQUEST, "malformed_request", "the body broke off"),
            Trouble::Failed(reason) => {
                tracing::warn!(route = %prefix, %reason, "a service is out of reach");
                Problem::later(
                    "upstream_unavailable",
                    "the service behind this path is out of reach",
                    (*rest).min(std::time::Duration::from_secs(5)),
                )
            }
        }
    }
}

fn too_large(limit: u64) -> Problem {
    input::too_large(usize::try_from(limit).unwrap_or(usize::MAX))
}

fn mark(mut response: Response) -> Response {
    response.set_data(PassedOn);
    response
}

/// Whether a cookie alone, which browsers send with everything, would be too little.
fn may_change(request: &Request) -> bool {
    !request.method().is_safe() || request.headers().contains_key("upgrade")
}

/// Whether a browser wants to show a page.
fn wants_page(request: &Request) -> bool {
    let reads = request.header("accept").is_some_and(|types| types.contains("text/html"));
    *request.method() == Method::GET && reads && !request.headers().contains_key("upgrade")
}

/// The scheme that clients use, if nobody trusted says another.
fn scheme(public_url: &str) -> &str {
    public_url.split(':').next().unwrap_or("http")
}

/// Whether what the request says of its way here is believed.
fn is_forwarded(request: &Request) -> bool {
    client::is_behind_trusted_proxy(request)
}
