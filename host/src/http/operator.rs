//! Who runs this gateway, as far as the connection tells: their networks see metrics and reasons, everybody else does not.

use std::sync::Arc;

use ipnet::IpNet;
use poem::{FromRequest, Request, RequestBody, http::StatusCode};

use super::{client, problem::Problem};

/// Networks of operators.
#[derive(Clone, Debug, Default)]
pub struct Operators(pub Arc<[IpNet]>);

/// Whether the caller is one, as an extractor.
pub struct IsOperator(pub bool);

impl IsOperator {
    /// Demands that it is one.
    ///
    /// # Errors
    /// 403.
    pub fn require(&self) -> Result<(), Problem> {
        let refused =
            || Problem::new(StatusCode::FORBIDDEN, "operators_only", "this is for operators: operator_networks says who they are");
        if self.0 { Ok(()) } else { Err(refused()) }
    }
}

impl<'a> FromRequest<'a> for IsOperator {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        Ok(Self(is_operator(request)))
    }
}

/// By the client's address. Who comes through a proxy that is not trusted has the proxy's address, which says nothing about
/// them: a proxy on this machine would make everybody an operator. Nor is anybody one whose address cannot be read.
#[must_use]
pub fn is_operator(request: &Request) -> bool {
    let forwarded = ["x-forwarded-for", "forwarded", "x-real-ip"].iter().any(|name| request.headers().contains_key(*name));
    if forwarded && !client::is_behind_trusted_proxy(request) {
        return false;
    }
    let address = client::address(request);
    let is_among = |operators: &Operators| operators.0.iter().any(|network| network.contains(&address));
    !address.is_unspecified() && request.data::<Operators>().is_some_and(is_among)
}

/// Whether the caller may say which trace a request belongs to.
#[must_use]
pub fn may_trace(request: &Request) -> bool {
    client::is_behind_trusted_proxy(request) || is_operator(request)
}
