//! Who is calling, as far as the connection tells.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use ipnet::IpNet;
use poem::{FromRequest, Request, RequestBody, http::HeaderValue, web::RemoteAddr};

use crate::flow::Client;

/// Who comes through a trusted proxy whose `X-Forwarded-For` cannot be read: nobody's address, so that they share their limits and
/// are never taken for the proxy.
const UNKNOWN: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
/// What the gateway speaks; the first is for everybody else.
const LANGUAGES: [&str; 2] = ["en", "ru"];

/// Proxies whose `X-Forwarded-For` is believed.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(pub Vec<IpNet>);

/// The id of the request, as the answer's `X-Request-Id` says.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// [`Client`] as an extractor.
pub struct From(pub Client);

impl<'a> FromRequest<'a> for From {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        Ok(Self(of(request)))
    }
}

/// Reads the client from a request.
#[must_use]
pub fn of(request: &Request) -> Client {
    let header = |name: &str| request.header(name).unwrap_or_default();
    Client {
        address: address(request),
        user_agent: header("user-agent").chars().filter(|c| !c.is_control()).take(255).collect(),
        request_id: request.data::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        locale: locale(header("accept-language")),
    }
}

/// Whether the connection itself comes from a trusted proxy.
pub(super) fn is_behind_trusted_proxy(request: &Request) -> bool {
    let peer = peer(request);
    request.data::<TrustedProxies>().is_some_and(|proxies| proxies.0.iter().any(|network| network.contains(&peer)))
}

pub(super) fn peer(request: &Request) -> IpAddr {
    match request.remote_addr() {
        RemoteAddr(poem::Addr::SocketAddr(address)) => address.ip().to_canonical(),
        RemoteAddr(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
    }
}

/// The peer, or behind trusted proxies the last address that none of them is; unspecified if that cannot be read.
pub(super) fn address(request: &Request) -> IpAddr {
    let peer = peer(request);
    let proxies = request.data::<TrustedProxies>().map_or(&[][..], |proxies| &proxies.0);
    behind(peer, request.headers().get_all("x-forwarded-for").iter().map(HeaderValue::as_bytes), proxies)
}

fn behind<'a>(peer: IpAddr, forwarded: impl Iterator<Item = &'a [u8]>, proxies: &[IpNet]) -> IpAddr {
    let trusted = |address: &IpAddr| proxies.iter().any(|network| network.contains(address));
    let hops: Vec<&[u8]> = forwarded.flat_map(|value| value.split(|byte| *byte == b',')).collect();
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        if !trusted(&client) {
            break;
        }
        let Some(address) = hop_address(hop) else { return UNKNOWN };
        client = address.to_canonical();
    }
    client
}

/// An address as proxies write it: some with a port, IPv6 in brackets then.
fn hop_address(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// Of the languages that the gateway speaks, the tag that the client likes best (RFC 9110, section 12.5.4); of two that it likes as
/// well, the first. If it takes none of them, its best one, which a provider may speak; `en` if it names none.
fn locale(accept_language: &str) -> String {
    let ranges: Vec<(&str, f32)> = accept_language.split(',').filter_map(range).collect();
    let is_named = |language: &str| ranges.iter().any(|(tag, _)| is_of(tag, language));
    let of_range = |(tag, quality): &(&str, f32)| -> Vec<(String, f32)> {
        // `*` is all that is not named.
        let meant = |language: &&&str| is_of(tag, language) || (*tag == "*" && !is_named(language));
        let written = |language: &&str| if *tag == "*" { (*language).to_owned() } else { (*tag).to_owned() };
        LANGUAGES.iter().filter(meant).map(|language| (written(language), *quality)).collect()
    };
    let best = |all: Vec<(String, f32)>| {
        let wanted = all.into_iter().filter(|(_, quality)| *quality > 0.0);
        wanted.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(tag, _)| tag)
    };
    let others = || ranges.iter().filter(|(tag, _)| *tag != "*").map(|(tag, quality)| ((*tag).to_owned(), *quality)).collect();
    best(ranges.iter().flat_map(of_range).collect()).or_else(|| best(others())).unwrap_or_else(|| LANGUAGES[0].to_owned())
}

/// A language range and its quality; none if it is neither a tag nor `*`, or its quality no number from 0 to 1.
fn range(text: &str) -> Option<(&str, f32)> {
    let (tag, weight) = text.split_once(';').unwrap_or((text, "q=1"));
    let (name, quality) = weight.split_once('=')?;
    let quality = quality.trim().parse().ok().filter(|quality| (0.0..=1.0).contains(quality) && name.trim().eq_ignore_ascii_case("q"))?;
    let tag = tag.trim();
    let is_tag = (2..=35).contains(&tag.len()) && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (is_tag || tag == "*").then_some((tag, quality))
}

fn is_of(tag: &str, language: &str) -> bool {
    tag.split('-').next().is_some_and(|primary| primary.eq_ignore_ascii_case(language))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, forwarded: Option<&str>, proxies: &[&str]) -> String {
        let proxies: Vec<IpNet> = proxies.iter().map(|text| text.parse().expect("network")).collect();
        behind(peer.parse().expect("address"), forwarded.map(str::as_bytes).into_iter(), &proxies).to_string()
    }

    #[test]
    fn forwarded_addresses_count_behind_trusted_proxies_only() {
        assert_eq!(from("192.0.2.9", Some("1.2.3.4"), &[]), "192.0.2.9");
        assert_eq!(from("10.0.0.1", Some("1.2.3.4"), &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(
            from("10.0.0.1", Some("9.9.9.9, 1.2.3.4, 10.0.0.2"), &["10.0.0.0/8"]),
            "1.2.3.4",
            "what the client wrote itself is not believed"
        );
        for unreadable in ["garbage", "unknown", "", "1.2.3.4, ", "1.2.3.4:x", "[2001:db8::1", "1.2.3.4, \u{ff}"] {
            assert_eq!(from("10.0.0.1", Some(unreadable), &["10.0.0.0/8", "0.0.0.0/32"]), "0.0.0.0", "{unreadable:?}");
        }
        for (written, address) in [
            ("8.8.8.8:123", "8.8.8.8"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("::ffff:8.8.8.8", "8.8.8.8"),
        ] {
            assert_eq!(from("10.0.0.1", Some(written), &["10.0.0.0/8"]), address);
        }
        assert_eq!(from("10.0.0.1", None, &["10.0.0.0/8"]), "10.0.0.1");
    }

    #[test]
    fn locales() {
        for (accepted, best) in [
            ("ru-RU,ru;q=0.9", "ru-RU"),
            ("en;q=0.1, ru;q=0.9", "ru"),
            ("ru;q=0, en", "en"),
            ("de, ru;q=0.5", "ru"),
            ("de, RU ; Q = 0.5", "RU"),
            ("ru;q=0.8, en-GB;q=0.8", "ru"),
            ("en;q=0, *", "ru"),
            ("ru;q=0.4, *;q=0.5", "en"),
            ("ru, *;q=0.5", "ru"),
            ("*", "en"),
            ("de", "de"),
            ("fr;q=0.2, pt-BR", "pt-BR"),
            ("ru;q=0", "en"),
            ("ru;q=2, en;q=0.1", "en"),
            ("ru;q=x", "en"),
            ("rue", "rue"),
            ("<script>", "en"),
            ("", "en"),
        ] {
            assert_eq!(locale(accepted), best, "{accepted}");
        }
    }
}
