//! `/auth/check`, for proxies in front of other services: nginx, Caddy, Traefik, Envoy (docs/forward-auth.md).
//!
//! A proxy asks about a request of somebody else. What it says of that request is believed if it is among the trusted ones.

use std::sync::Arc;

use poem::{
    Request,
    http::{Method, Uri, uri::PathAndQuery},
    web::Data,
};
use poem_openapi::{ApiResponse, Object, OpenApi, param::Query, payload::Json};

use super::{
    caller, client,
    html::session_cookie,
    origin,
    problem::{Checked, Fault, Problem},
};
use crate::flow::{
    Error, Flow,
    authenticate::Caller,
    gate::{Demand, Shown},
};

/// The template of its route.
pub(super) const PATH: &str = "/auth/check";
/// How a proxy demands roles that sends the caller's own query.
const DEMAND: &str = "x-auth-require-role";

/// Who a request is from.
#[derive(Object)]
#[oai(rename = "Check")]
struct CheckView {
    /// The user's id.
    user_id: i64,
    /// The session's id.
    session_id: i64,
    /// Roles at this moment.
    roles: Vec<String>,
}

/// The answer to a proxy.
#[derive(ApiResponse)]
enum Checks {
    /// The caller is signed in; the headers are for the service behind the proxy.
    #[oai(status = 200)]
    Ok(
        Json<CheckView>,
        /// The user's id.
        #[oai(header = "X-Auth-User-Id")]
        String,
        /// The user's address; empty if there is none.
        #[oai(header = "X-Auth-Email")]
        String,
        /// Roles, comma-separated; empty if there are none.
        #[oai(header = "X-Auth-Roles")]
        String,
    ),
    /// The caller is a browser and not signed in: for proxies that pass the answer on.
    #[oai(status = 303)]
    SignIn(
        /// The sign-in page, which leads back.
        #[oai(header = "Location")]
        String,
    ),
}

/// The request as it came, before it was made one that the router knows.
#[derive(Clone)]
struct Asked {
    method: Method,
    /// What stands behind our own path: Envoy puts the original path and query there.
    behind: Option<String>,
}

/// Takes any method, and anything behind the path, for a `GET` of it. False if the path is another, and for `TRACE`, which no proxy
/// passes on.
pub(super) fn fold(request: &mut Request) -> bool {
    if request.method() == Method::TRACE {
        return false;
    }
    let (path, query) = (request.uri().path(), request.uri().query());
    let Some(behind) = path.strip_prefix(PATH).filter(|behind| behind.is_empty() || behind.starts_with('/')) else { return false };
    // With nothing but a slash behind it, it may be our own path, and the query a demand that must not be overlooked.
    let ours = matches!(behind, "" | "/");
    let demand = query.filter(|_| ours).map(|query| format!("?{query}")).unwrap_or_default();
    let asked = Asked {
        method: request.method().clone(),
        behind: (!behind.is_empty()).then(|| behind.to_owned() + &query.map(|query| format!("?{query}")).unwrap_or_default()),
    };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = PathAndQuery::from_maybe_shared(format!("{PATH}{demand}")).ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    request.set_method(Method::GET);
    request.set_data(asked);
    true
}

/// `/auth/check`.
pub struct CheckApi;

#[OpenApi(tag = "super::router::Tag::Session")]
impl CheckApi {
    /// Check a request, for proxies
    ///
    /// By access token, or by the cookie of the pages. Looks at the session, its user and roles as they are now (at most a second
    /// old), and writes nothing. Takes every method but `TRACE`, and any path behind this one, as proxies send them; the query then is the
    /// caller's, and roles are demanded by `X-Auth-Require-Role`.
    #[oai(path = "/auth/check", method = "get", operation_id = "check")]
    async fn check(
        &self,
        flow: Data<&Arc<Flow>>,
        request: &Request,
        auth: caller::Known,
        /// A role that the caller must have; of several with commas between them, one. Given several times, each counts.
        role: Query<Option<String>>,
    ) -> Result<Checks, Fault<Checked>> {
        let _ = (auth, role);
        let question = Question::read(request)?;
        let caller = match question.caller(&flow).await {
            Err(error @ (Error::Unauthenticated(_) | Error::SessionEnded)) => {
                return question.sign_in(&flow).map(Checks::SignIn).ok_or_else(|| error.into());
            }
            caller => caller?,
        };
        question.refuse_other_sites(&flow)?;
        question.demand()?.of(&caller)?;
        let user = &caller.user;
        let email = user.email.as_ref().map(ToString::to_string).unwrap_or_default();
        let view = CheckView { user_id: user.id.0, session_id: caller.session.id.0, roles: user.roles.clone() };
        Ok(Checks::Ok(Json(view), user.id.to_string(), email, user.roles.join(",")))
    }
}

/// What a proxy asks.
struct Question<'a> {
    request: &'a Request,
    asked: Asked,
    shown: Option<Shown>,
    trusted: bool,
}

impl<'a> Question<'a> {
    fn read(request: &'a Request) -> Result<Self, Problem> {
        let asked = request.data::<Asked>().cloned().ok_or_else(|| Error::Internal("a check was not folded".to_owned()))?;
        Ok(Self { request, asked, shown: shown(request)?, trusted: client::is_behind_trusted_proxy(request) })
    }

    fn demand(&self) -> Result<Demand, Error> {
        let query = form_urlencoded::parse(self.request.uri().query().unwrap_or_default().as_bytes());
        let mut texts: Vec<String> = query.filter(|(name, _)| name == "role").map(|(_, value)| value.into_owned()).collect();
        let headers = self.request.headers().get_all(DEMAND).iter();
        texts.extend(headers.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()));
        Demand::read(texts.iter().map(String::as_str))
    }

    async fn caller(&self, flow: &Flow) -> Result<Caller, Error> {
        flow.identify(self.shown.as_ref()).await
    }

    /// What a trusted proxy says about the request.
    fn told(&self, name: &str) -> Option<&str> {
        self.request.header(name).filter(|_| self.trusted)
    }

    /// The method of the request that is asked about; `None` if nobody said so.
    fn method(&self) -> Option<Method> {
        let told = self.told("x-forwarded-method").and_then(|method| method.parse().ok());
        let own = self.asked.behind.is_some() || self.asked.method != Method::GET;
        told.or_else(|| own.then(|| self.asked.method.clone()))
    }

    /// A cookie comes with whatever a browser sends: what may change something, and what opens a socket, must be sent by a page
    /// of the same site (security rule 19).
    fn refuse_other_sites(&self, flow: &Flow) -> Result<(), Problem> {
        let opens_socket = self.request.headers().contains_key("sec-websocket-key");
        let suspect = match self.method() {
            Some(method) => opens_socket || !method.is_safe(),
            // Browsers name the origin of everything but plain reading.
            None => opens_socket || self.request.headers().contains_key("origin"),
        };
        let by_cookie = matches!(self.shown, Some(Shown::Cookie(_)));
        let host = self.told("x-forwarded-host");
        if by_cookie && suspect && !origin::is_same(self.request.headers(), &flow.terms.public_url, host) {
            return Err(Error::OtherSite.into());
        }
        Ok(())
    }

    /// Where a browser signs in that wants to see a page, if the proxy says which: it will pass the answer on.
    fn sign_in(&self, flow: &Flow) -> Option<String> {
        let reads = self.request.header("accept").is_some_and(|types| types.contains("text/html"));
        let scheme = self.told("x-forwarded-proto").filter(|scheme| matches!(*scheme, "http" | "https"))?;
        let path = self.told("x-forwarded-uri").or(self.asked.behind.as_deref()).filter(|path| path.starts_with('/'))?;
        let host = self.told("x-forwarded-host").or_else(|| self.request.header("host"))?;
        let page = reads && self.method() == Some(Method::GET);
        page.then(|| flow.sign_in_address(&flow.terms.public_url, &format!("{scheme}://{host}{path}")))
    }
}

/// What the request shows to be let in: a token goes before a cookie.
pub(super) fn shown(request: &Request) -> Result<Option<Shown>, Problem> {
    let flow = request.data::<Arc<Flow>>().ok_or_else(|| Error::Internal("the routes have no flow".to_owned()))?;
    let token = caller::bearer(request.header("authorization").unwrap_or_default()).map(|token| Shown::Token(token.to_owned()));
    Ok(token.or_else(|| session_cookie(request, &flow.terms.public_url).map(Shown::Cookie)))
}
