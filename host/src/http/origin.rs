//! Where a request was sent from, as the browser says it (security rule 19).

use poem::http::HeaderMap;

/// What the browser says of where a request was sent from. `Sec-Fetch-Site` has the last word: under `no-referrer` browsers send
/// `Origin: null`, which says nothing. Where neither says anything this says yes: forms then rest on their token, and what has
/// no form on the cookie, which browsers keep from other sites (`SameSite`). `host` is the name under which the browser reached
/// us, if a proxy tells another than `Host`.
pub(super) fn is_same(headers: &HeaderMap, public_url: &str, host: Option<&str>) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = header("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = header("origin").filter(|origin| *origin != "null") else { return true };
    let own = public_url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    origin == own || (authority.is_some() && authority == host.or_else(|| header("host")))
}

#[cfg(test)]
mod tests {
    use poem::http::{HeaderName, HeaderValue};

    use super::*;

    fn same(headers: &[(&'static str, &'static str)], host: Option<&str>) -> bool {
        let pairs = headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_same(&pairs.collect(), "https://gate.example/auth", host)
    }

    #[test]
    fn forms_come_from_our_own_pages() {
        for good in [
            &[][..],
            &[("sec-fetch-site", "same-origin"), ("origin", "null")],
            &[("sec-fetch-site", "none")],
            &[("origin", "null")],
            &[("origin", "https://gate.example")],
            &[("origin", "http://127.0.0.1:5000"), ("host", "127.0.0.1:5000")],
        ] {
            assert!(same(good, None), "{good:?}");
        }
        for bad in [
            &[("sec-fetch-site", "cross-site"), ("origin", "https://gate.example")][..],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "https://evil.example"), ("host", "gate.example")],
            &[("origin", "https://gate.example.evil.example")],
            &[("origin", "http://gate.example")],
            &[("origin", "evil")],
        ] {
            assert!(!same(bad, None), "{bad:?}");
        }
    }

    #[test]
    fn a_proxy_may_know_the_name() {
        let headers = [("origin", "https://app.example"), ("host", "10.0.0.7")];
        assert!(same(&headers, Some("app.example")) && !same(&headers, Some("other.example")) && !same(&headers, None));
    }
}
