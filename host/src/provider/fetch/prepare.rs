//! A provider's request, judged and filled with secrets: what is not granted never leaves this file.

use std::{borrow::Cow, collections::BTreeMap};

use form_urlencoded::Serializer;
use reqwest::{
    Request,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use url::{Host, Url};

use crate::{
    model::header::HOP_BY_HOP,
    provider::{
        capability::{Body, FetchError, FetchRequest, Method, Pair, Part},
        egress::address::{Reach, judge},
        grant::{GrantedSecret, Grants, host::GrantedHost},
    },
};

const MOST_PAIRS: usize = 64;
const MOST_URL: usize = 8 * 1024;
const MOST_HEADERS: usize = 16 * 1024;
const MOST_BODY: usize = 256 * 1024;

/// Set by the host, as are those for one connection.
const OWN_HEADERS: [&str; 3] = ["host", "content-length", "expect"];

/// What one provider type may send, and where.
pub(super) struct Policy {
    pub(super) type_name: String,
    hosts: Vec<GrantedHost>,
    secrets: BTreeMap<String, GrantedSecret>,
}

/// Ready to be sent.
pub(super) struct Prepared {
    pub(super) request: Request,
    pub(super) secure: bool,
    /// For messages.
    pub(super) host: String,
    /// The forms in which secrets are in the request.
    pub(super) secrets: Vec<String>,
}

fn invalid(problem: &str) -> FetchError {
    FetchError::Invalid(problem.to_owned())
}

impl Policy {
    pub(super) fn new(type_name: &str, grants: &Grants) -> Self {
        // Loopback was judged when the file was read.
        let hosts = grants.hosts.iter().filter_map(|host| GrantedHost::parse(host, true).ok()).collect();
        Self { type_name: type_name.to_owned(), hosts, secrets: grants.secrets.clone() }
    }

    pub(super) fn prepare(&self, request: &FetchRequest) -> Result<Prepared, FetchError> {
        let mut url = parse(&request.url)?;
        let granted = self.granted(&url)?;
        let host = granted.to_string();
        let mut filling = Filling { policy: self, host: &host, secrets: Vec::new() };
        if !request.query.is_empty() {
            url.set_query(Some(&filling.encode(&request.query)?));
        }
        if url.as_str().len() > MOST_URL {
            return Err(invalid("the URL is longer than 8 KiB"));
        }
        let mut headers = filling.headers(&request.headers)?;
        let body = filling.body(&request.body, &mut headers)?;
        if request.method == Method::Get && body.is_some() {
            return Err(invalid("a GET has no body"));
        }
        let secrets = filling.secrets;
        let secure = url.scheme() == "https";
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let mut ready = Request::new(method, url);
        *ready.headers_mut() = headers;
        *ready.body_mut() = body.map(Into::into);
        Ok(Prepared { request: ready, secure, host, secrets })
    }

    fn granted(&self, url: &Url) -> Result<&GrantedHost, FetchError> {
        let toml = format!("{}.toml", self.type_name);
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(invalid("the URL has no host"));
        };
        let Some(granted) = self.hosts.iter().find(|granted| granted.covers(&host, port)) else {
            return Err(FetchError::Forbidden(format!("{host}:{port} is not granted: add it to `hosts` in {toml}")));
        };
        let reach = match host {
            Host::Domain(_) => Reach::Public,
            Host::Ipv4(address) => judge(address.into()),
            Host::Ipv6(address) => judge(address.into()),
        };
        match (url.scheme(), reach) {
            (_, Reach::Never) => Err(FetchError::Forbidden(format!("{host} is in a range that no provider may reach"))),
            ("https", _) | ("http", Reach::Loopback) => Ok(granted),
            (scheme, _) => Err(FetchError::Forbidden(format!("{host} may be called by https only, not by {scheme}"))),
        }
    }
}

fn parse(text: &str) -> Result<Url, FetchError> {
    if text.len() > MOST_URL {
        return Err(invalid("the URL is longer than 8 KiB"));
    }
    let url = Url::parse(text).map_err(|error| FetchError::Invalid(format!("the URL cannot be read: {error}")))?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid("the URL must have no query and no fragment: give `query` by itself"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("the URL must have no user and no password"));
    }
    Ok(url)
}

/// Puts values together, and remembers which secrets went in.
struct Filling<'a> {
    policy: &'a Policy,
    host: &'a str,
    secrets: Vec<String>,
}

impl Filling<'_> {
    fn value<'b>(&mut self, parts: &'b [Part]) -> Result<Cow<'b, str>, FetchError> {
        if let [Part::Text(text)] = parts {
            return Ok(Cow::Borrowed(text));
        }
        let mut value = String::new();
        for part in parts {
            match part {
                Part::Text(text) => value.push_str(text),
                Part::Secret(name) => value.push_str(&self.secret(name)?),
            }
        }
        Ok(Cow::Owned(value))
    }

    fn secret(&mut self, name: &str) -> Result<String, FetchError> {
        let toml = format!("{}.toml", self.policy.type_name);
        let Some(secret) = self.policy.secrets.get(name) else {
            return Err(FetchError::Forbidden(format!(
                "the secret `{}` is not granted: add it to [secrets] in {toml}",
                name.escape_debug()
            )));
        };
        if !secret.hosts.iter().any(|host| host == self.host) {
            let problem = format!("the secret `{name}` may not go to {}: add that to the secret's `hosts` in {toml}", self.host);
            return Err(FetchError::Forbidden(problem));
        }
        let text = secret.value.expose();
        self.secrets.push(text.clone());
        self.secrets.push(form_urlencoded::byte_serialize(text.as_bytes()).collect());
        Ok(text.clone())
    }

    /// application/x-www-form-urlencoded, which queries use too.
    fn encode(&mut self, pairs: &[Pair]) -> Result<String, FetchError> {
        check_count(pairs)?;
        let mut encoded = Serializer::new(String::new());
        for pair in pairs {
            encoded.append_pair(&pair.name, &self.value(&pair.value)?);
        }
        Ok(encoded.finish())
    }

    fn headers(&mut self, pairs: &[Pair]) -> Result<HeaderMap, FetchError> {
        check_count(pairs)?;
        let (mut headers, mut bytes) = (HeaderMap::new(), 0);
        for pair in pairs {
            let bad = |what: &str| FetchError::Invalid(format!("the header `{}` {what}", pair.name.escape_debug()));
            let name = HeaderName::from_bytes(pair.name.as_bytes()).map_err(|_| bad("has a name that HTTP does not allow"))?;
            if OWN_HEADERS.iter().chain(&HOP_BY_HOP).any(|own| *own == name.as_str()) {
                return Err(bad("is set by the gateway alone"));
            }
            let text = self.value(&pair.value)?;
            // The error of the value itself might show it.
            let mut value = HeaderValue::from_str(&text).map_err(|_| bad("has a value that HTTP does not allow"))?;
            value.set_sensitive(true);
            bytes += name.as_str().len() + text.len();
            headers.append(name, value);
        }
        if bytes > MOST_HEADERS { Err(invalid("the headers have more than 16 KiB")) } else { Ok(headers) }
    }

    fn body(&mut self, body: &Body, headers: &mut HeaderMap) -> Result<Option<Vec<u8>>, FetchError> {
        let (content_type, bytes) = match body {
            Body::None => return Ok(None),
            Body::Form(pairs) => ("application/x-www-form-urlencoded", self.encode(pairs)?.into_bytes()),
            Body::Bytes { content_type, bytes } => (content_type.as_str(), bytes.clone()),
        };
        if bytes.len() > MOST_BODY {
            return Err(invalid("the body has more than 256 KiB"));
        }
        let content_type = HeaderValue::from_str(content_type).map_err(|_| invalid("the content type is not one"))?;
        if headers.insert(CONTENT_TYPE, content_type).is_some() {
            return Err(invalid("the content type is given with the body, not as a header"));
        }
        Ok(Some(bytes))
    }
}

fn check_count(pairs: &[Pair]) -> Result<(), FetchError> {
    if pairs.len() > MOST_PAIRS { Err(invalid("more than 64 pairs in `query`, `headers` or a form")) } else { Ok(()) }
}
