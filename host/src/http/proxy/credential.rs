//! What a request shows to be let in: for us, and for nobody behind us.

use poem::http::{
    HeaderMap, HeaderValue,
    header::{AUTHORIZATION, COOKIE, SET_COOKIE},
};

use super::super::caller::bearer;
use crate::flow::{Flow, gate::Shown};

/// Beginnings of our cookies' names.
const OURS: [&str; 2] = ["vestibule_", "__host-vestibule_"];

/// What is shown, and whether a cookie may count.
pub(super) struct Credential {
    pub(super) shown: Option<Shown>,
    pub(super) same_site: bool,
}

impl Credential {
    /// Takes our own out of a request's headers. A token of somebody else's stays: at public services it may be theirs.
    pub(super) fn remove(&self, flow: &Flow, admitted: bool, headers: &mut HeaderMap) {
        let is_ours = |value: &HeaderValue| {
            let Some(token) = value.to_str().ok().and_then(bearer) else { return false };
            let shown = matches!(&self.shown, Some(Shown::Token(shown)) if shown == token);
            (shown && admitted) || flow.is_own_token(token)
        };
        // A request may have several.
        let foreign: Vec<HeaderValue> = headers.get_all(AUTHORIZATION).iter().filter(|value| !is_ours(value)).cloned().collect();
        headers.remove(AUTHORIZATION);
        for value in foreign {
            headers.append(AUTHORIZATION, value);
        }
        let kept: Vec<Vec<u8>> = headers.get_all(COOKIE).iter().map(|value| foreign_cookies(value.as_bytes())).collect();
        headers.remove(COOKIE);
        for cookies in kept.into_iter().filter(|cookies| !cookies.is_empty()) {
            if let Ok(value) = HeaderValue::from_bytes(&cookies) {
                headers.append(COOKIE, value);
            }
        }
    }
}

/// The pairs of a `Cookie` header that are not ours.
fn foreign_cookies(header: &[u8]) -> Vec<u8> {
    let pairs = header.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    pairs.filter(|pair| !pair.is_empty() && !is_ours(pair)).collect::<Vec<_>>().join(&b"; "[..])
}

/// Services set no cookies of ours: who could would sign people in as somebody else.
pub(super) fn drop_set_cookies(headers: &mut HeaderMap) {
    let kept: Vec<HeaderValue> = headers.get_all(SET_COOKIE).iter().filter(|value| !is_ours(value.as_bytes())).cloned().collect();
    headers.remove(SET_COOKIE);
    for value in kept {
        headers.append(SET_COOKIE, value);
    }
}

fn is_ours(pair: &[u8]) -> bool {
    let name = pair.trim_ascii().to_ascii_lowercase();
    OURS.iter().any(|ours| name.starts_with(ours.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_cookies_stay_with_us() {
        let kept = |text: &str| String::from_utf8(foreign_cookies(text.as_bytes())).expect("text");
        assert_eq!(kept("a=1; vestibule_session=x;b=2;  __Host-vestibule_visitor=y; __HOST-VESTIBULE_session=z"), "a=1; b=2");
        assert_eq!(kept("vestibule_session=x"), "");
        assert_eq!(kept("my_vestibule_session=x"), "my_vestibule_session=x");
    }
}
