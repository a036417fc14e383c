//! What a browser is in the middle of, in a cookie: a step belongs to the browser that began it, so that nobody is led into a
//! stranger's account by a link.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use poem::{Request, Response};

use super::super::{cookie, visit::Visit};

/// A step that waits for this browser, and where to go when all is done.
#[derive(Default)]
pub(in super::super) struct Pending {
    pub(in super::super) flow: String,
    pub(in super::super) return_to: String,
}

/// Longer addresses are forgotten: a cookie has no room for them.
const LONGEST: usize = 1500;

impl Pending {
    pub(in super::super) fn new(flow: &str, return_to: &str) -> Self {
        let return_to = if return_to.len() > LONGEST { "" } else { return_to };
        Self { flow: flow.to_owned(), return_to: return_to.to_owned() }
    }

    /// What the cookie of this name says; none if there is none.
    pub(in super::super) fn read(visit: &Visit, request: &Request, name: &str) -> Option<Self> {
        let cookie = cookie::read(request, name, visit.https())?;
        let (flow, return_to) = cookie.split_once('.')?;
        let return_to = URL_SAFE_NO_PAD.decode(return_to).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        Some(Self { flow: flow.to_owned(), return_to: return_to.unwrap_or_default() }).filter(|pending| !pending.flow.is_empty())
    }

    pub(in super::super) fn keep(&self, visit: &Visit, name: &str, life: Duration, response: Response) -> Response {
        let value = format!("{}.{}", self.flow, URL_SAFE_NO_PAD.encode(&self.return_to));
        visit.keep(name, &value, life, response)
    }
}
