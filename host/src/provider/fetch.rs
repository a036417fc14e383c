//! Outbound calls of one provider type: to the hosts that the operator granted, with the secrets that may go there.

mod answers;
mod prepare;

use std::{error::Error, sync::Arc};

use async_trait::async_trait;
use reqwest::{Client, Response, header::HeaderMap};
use tokio::{sync::OnceCell, time::timeout};

use self::{
    answers::{Answers, key_of},
    prepare::{Policy, Prepared},
};
use super::{
    capability::{Fetch, FetchError, FetchRequest, FetchResponse, Method},
    egress::{Egress, resolve::NotPublic},
    grant::Grants,
};

const MOST_HEADERS: usize = 64;
const MOST_HEADER_BYTES: usize = 16 * 1024;

/// Bound to the grants of one provider type: make a new one when they change.
pub struct Fetcher {
    policy: Policy,
    egress: Arc<Egress>,
    most_bytes: usize,
    answers: Answers,
    /// Made when first needed: one for https, one for plain http with this machine.
    secure: OnceCell<Client>,
    plain: OnceCell<Client>,
}

impl Fetcher {
    /// For a provider type.
    #[must_use]
    pub fn new(type_name: &str, grants: &Grants, egress: Arc<Egress>) -> Self {
        let most_bytes = usize::try_from(grants.limits.fetch_kib).unwrap_or(usize::MAX).saturating_mul(1024);
        Self {
            policy: Policy::new(type_name, grants),
            answers: Answers::new(Arc::clone(&egress.clock)),
            egress,
            most_bytes,
            secure: OnceCell::new(),
            plain: OnceCell::new(),
        }
    }

    async fn client(&self, secure: bool) -> Result<&Client, FetchError> {
        let cell = if secure { &self.secure } else { &self.plain };
        cell.get_or_try_init(|| self.egress.client(secure)).await.map_err(|error| {
            tracing::error!(provider = %self.policy.type_name, %error, "outbound calls are not possible");
            FetchError::Unreachable("outbound calls are not possible".to_owned())
        })
    }

    async fn send(&self, prepared: Prepared) -> Result<FetchResponse, FetchError> {
        let client = self.client(prepared.secure).await?;
        let host = &prepared.host;
        let work = async {
            let answer = client.execute(prepared.request).await.map_err(|error| explain(host, &error))?;
            self.receive(host, answer, &prepared.secrets).await
        };
        timeout(self.egress.total, work).await.unwrap_or_else(|_| Err(too_late(host)))
    }

    async fn receive(&self, host: &str, mut answer: Response, secrets: &[String]) -> Result<FetchResponse, FetchError> {
        let announced = answer.content_length().unwrap_or_default();
        if announced > self.most_bytes as u64 {
            return Err(FetchError::TooLarge);
        }
        let (status, headers) = (answer.status().as_u16(), readable(answer.headers(), secrets)?);
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| explain(host, &error))? {
            if body.len() + chunk.len() > self.most_bytes {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(FetchResponse { status, headers, body })
    }
}

#[async_trait]
impl Fetch for Fetcher {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        let result = match self.policy.prepare(&request) {
            Err(error) => Err(error),
            Ok(prepared) if request.max_age > 0 && request.method == Method::Get => {
                self.answers.get(key_of(&request), request.max_age, self.send(prepared)).await
            }
            Ok(prepared) => self.send(prepared).await,
        };
        if let Err(error @ (FetchError::Forbidden(_) | FetchError::Unreachable(_))) = &result {
            tracing::warn!(provider = %self.policy.type_name, ?error, "outbound call failed");
        }
        result
    }
}

/// What a provider sees of the headers. One that repeats a secret (a redirect to the same URL, say) is left out: the
/// guest must not learn it that way.
fn readable(headers: &HeaderMap, secrets: &[String]) -> Result<Vec<(String, String)>, FetchError> {
    let text = headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let kept: Vec<_> = text
        .filter(|(_, value)| !secrets.iter().any(|secret| value.contains(secret.as_str())))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let bytes: usize = kept.iter().map(|(name, value)| name.len() + value.len()).sum();
    if kept.len() > MOST_HEADERS || bytes > MOST_HEADER_BYTES { Err(FetchError::TooLarge) } else { Ok(kept) }
}

fn too_late(host: &str) -> FetchError {
    FetchError::Unreachable(format!("{host} did not answer in time"))
}

/// Only the innermost cause is told: the outer ones may hold the URL, and with it secrets.
fn explain(host: &str, error: &reqwest::Error) -> FetchError {
    let mut cause: &(dyn Error + 'static) = error;
    while let Some(inner) = cause.source() {
        cause = inner;
        if cause.is::<NotPublic>() {
            return FetchError::Forbidden(cause.to_string());
        }
    }
    match () {
        () if error.is_timeout() => too_late(host),
        () if cause.is::<reqwest::Error>() => FetchError::Unreachable(format!("the call to {host} failed")),
        () => FetchError::Unreachable(format!("the call to {host} failed: {cause}")),
    }
}

#[cfg(test)]
mod tests;
