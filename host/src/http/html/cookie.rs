//! The cookies of pages: who is signed in, which browser it is, and its language. All are `HttpOnly` and `SameSite=Lax`; where
//! the public URL is https also `Secure`, and bound to this host by their prefix (RFC 6265bis).

use std::time::Duration;

use poem::{Request, http::HeaderValue};

/// Stands for a session.
pub(super) const SESSION: &str = "vestibule_session";
/// Names a browser, so that forms can be bound to it.
pub(super) const VISITOR: &str = "vestibule_visitor";
/// What somebody chose who is not signed in.
pub(super) const LANGUAGE: &str = "vestibule_language";
/// The sign-up or sign-in that this browser is in the middle of.
pub(super) const FLOW: &str = "vestibule_flow";
/// The letter about a forgotten password that this browser asked for.
pub(super) const RECOVERY: &str = "vestibule_recovery";
/// The way in, or second factor, that is being added in this browser.
pub(super) const ADDING: &str = "vestibule_adding";

const PREFIX: &str = "__Host-";

/// The value of a cookie. Over https only the bound one counts: any neighbouring host could set the other.
pub(super) fn read(request: &Request, name: &str, https: bool) -> Option<String> {
    let name = full_name(name, https);
    let headers = request.headers().get_all("cookie").iter().filter_map(|value| value.to_str().ok());
    let mut pairs = headers.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(given, _)| *given == name).map(|(_, value)| value.to_owned())
}

/// Sets a cookie for a while; without one it goes with the browser's window.
pub(super) fn set(name: &str, value: &str, life: Option<Duration>, https: bool) -> Option<HeaderValue> {
    let secure = if https { "; Secure" } else { "" };
    let life = life.map(|life| format!("; Max-Age={}", life.as_secs())).unwrap_or_default();
    let name = full_name(name, https);
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{life}")).ok()
}

/// Removes a cookie.
pub(super) fn clear(name: &str, https: bool) -> Option<HeaderValue> {
    set(name, "", Some(Duration::ZERO), https)
}

fn full_name(name: &str, https: bool) -> String {
    if https { format!("{PREFIX}{name}") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(header: &str) -> Request {
        Request::builder().header("cookie", header).finish()
    }

    #[test]
    fn read_by_their_whole_name() {
        let request = request("a=1; vestibule_session=x.y; __Host-vestibule_session=z");
        assert_eq!(read(&request, SESSION, false).as_deref(), Some("x.y"));
        assert_eq!(read(&request, SESSION, true).as_deref(), Some("z"));
        assert_eq!(read(&request, VISITOR, false), None);
    }

    #[test]
    fn bound_to_the_host_over_https() {
        let life = Some(Duration::from_mins(1));
        assert_eq!(set("n", "v", life, false).expect("a header"), "n=v; Path=/; HttpOnly; SameSite=Lax; Max-Age=60");
        assert_eq!(set("n", "v", None, true).expect("a header"), "__Host-n=v; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(clear("n", false).expect("a header"), "n=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }
}
