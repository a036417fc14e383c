//! `http`: passed on to the fetcher of this provider type, which applies the grants.

use crate::provider::{
    bindings::imported::http::{self as wit, Host},
    budget::Work,
    capability::{Body, FetchError, FetchRequest, Method, Pair, Part},
    state::CallState,
    text,
};

impl Host for CallState {
    async fn fetch(&mut self, request: wit::Request) -> wasmtime::Result<Result<wit::Response, wit::FetchError>> {
        self.spend(Work::Fetch, "http.fetch")?;
        let answer = self.reach.fetcher.fetch(request_of(request)).await;
        Ok(match answer {
            Ok(response) => Ok(wit::Response { status: response.status, headers: response.headers, body: response.body }),
            Err(error) => Err(self.tell(error)),
        })
    }
}

impl CallState {
    /// The reason of a refusal is for the operator: it may tell what the gateway's network looks like.
    fn tell(&self, error: FetchError) -> wit::FetchError {
        match error {
            FetchError::Forbidden(reason) => {
                let (provider, reason) = (self.reach.provider.as_str(), text::for_log(&reason));
                tracing::warn!(provider, request_id = self.logger.request_id(), reason, "a fetch is not granted");
                wit::FetchError::Forbidden("not granted by the operator; the gateway's log says why".to_owned())
            }
            FetchError::Unreachable(reason) => wit::FetchError::Unreachable(reason),
            FetchError::TooLarge => wit::FetchError::TooLarge,
            FetchError::Invalid(reason) => wit::FetchError::Invalid(reason),
        }
    }
}

fn request_of(request: wit::Request) -> FetchRequest {
    FetchRequest {
        method: match request.method {
            wit::Method::Get => Method::Get,
            wit::Method::Post => Method::Post,
        },
        url: request.url,
        query: pairs_of(request.query),
        headers: pairs_of(request.headers),
        body: match request.body {
            wit::Body::None => Body::None,
            wit::Body::Form(pairs) => Body::Form(pairs_of(pairs)),
            wit::Body::Bytes((content_type, bytes)) => Body::Bytes { content_type, bytes },
        },
        max_age: request.max_age,
    }
}

fn pairs_of(pairs: Vec<wit::Pair>) -> Vec<Pair> {
    let part = |part| match part {
        wit::Part::Text(text) => Part::Text(text),
        wit::Part::Secret(name) => Part::Secret(name),
    };
    pairs.into_iter().map(|pair| Pair { name: pair.name, value: pair.value.into_iter().map(part).collect() }).collect()
}
