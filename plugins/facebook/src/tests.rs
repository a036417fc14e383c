//! The whole way in, against a Facebook made of prepared answers.

mod graph;
mod limited;

use std::{cell::RefCell, collections::VecDeque};

use vestibule_plugin::{
    FieldError, Input, Refusal,
    crypto::CryptoError,
    http::{FetchError, Request, Response},
};

use crate::outside::Outside;

const NOW: u64 = 1_700_000_000;

/// Answers requests in order, and remembers them.
#[derive(Default)]
struct World {
    answers: RefCell<VecDeque<Result<Response, FetchError>>>,
    requests: RefCell<Vec<Request>>,
    log: RefCell<Vec<String>>,
}

impl World {
    fn answering(answers: impl IntoIterator<Item = Result<Response, FetchError>>) -> Self {
        Self { answers: RefCell::new(answers.into_iter().collect()), ..Self::default() }
    }
}

impl Outside for World {
    fn setting(&self, name: &str) -> Option<String> {
        (name == "app_id").then(|| "123".to_owned())
    }

    fn now(&self) -> u64 {
        NOW
    }

    fn error(&self, message: &str) {
        self.log.borrow_mut().push(message.to_owned());
    }

    fn send(&self, request: &Request) -> Result<Response, FetchError> {
        self.requests.borrow_mut().push(request.clone());
        self.answers.borrow_mut().pop_front().expect("an answer for every request")
    }

    fn hmac_sha256(&self, secret: &str, _message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        assert_eq!(secret, "app_secret");
        Ok(vec![0xab, 0xcd])
    }

    /// A signature is good if it is the name of the key, which stands in `n`.
    fn verify_rs256(&self, jwk: &str, _message: &[u8], signature: &[u8]) -> Result<bool, CryptoError> {
        let signature = String::from_utf8_lossy(signature);
        Ok(jwk == format!(r#"{{"kty":"RSA","alg":"RS256","n":"{signature}","e":"AQAB"}}"#))
    }
}

#[expect(clippy::unnecessary_wraps, reason = "an answer like the others in the list")]
fn status(status: u16, body: &str) -> Result<Response, FetchError> {
    Ok(Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() })
}

fn ok(body: &str) -> Result<Response, FetchError> {
    status(200, body)
}

fn signup(world: &World, id: &str, token: &str) -> Result<vestibule_plugin::Step, Refusal> {
    crate::signup(world, &Input::from([("email", "ann@example.org"), ("facebook_id", id), ("facebook_token", token)]))
}

fn signin(world: &World, token: &str) -> Result<vestibule_plugin::Step, Refusal> {
    crate::signin(world, &Input::from([("facebook_token", token)]))
}

/// `field code` of a caller's mistake; the kind of any other refusal.
fn name(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Invalid(errors) => {
            let FieldError { field, code, .. } = &errors[0];
            format!("{field} {code}")
        }
        Refusal::Denied(_) => "denied".to_owned(),
        Refusal::RetryAfter(seconds) => format!("wait {seconds}"),
        Refusal::Upstream(_) => "upstream".to_owned(),
        Refusal::Other((code, _)) => code.clone(),
    }
}

#[test]
fn without_an_app_id_it_is_the_operators_trouble() {
    struct Bare;
    impl Outside for Bare {
        fn setting(&self, _name: &str) -> Option<String> {
            None
        }
        fn now(&self) -> u64 {
            NOW
        }
        fn error(&self, _message: &str) {}
        fn send(&self, _request: &Request) -> Result<Response, FetchError> {
            panic!("nothing to ask")
        }
        fn hmac_sha256(&self, _secret: &str, _message: &[u8]) -> Result<Vec<u8>, CryptoError> {
            panic!("nothing to sign")
        }
        fn verify_rs256(&self, _jwk: &str, _message: &[u8], _signature: &[u8]) -> Result<bool, CryptoError> {
            panic!("nothing to verify")
        }
    }
    let refusal = crate::signin(&Bare, &Input::from([("facebook_token", "EAAB")])).expect_err("no app id");
    assert_eq!(name(&refusal), "upstream");
}
