//! Who is calling, as far as the connection tells.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use poem::{FromRequest, Request, RequestBody, web::RemoteAddr};

use crate::flow::Client;

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

/// The peer, or behind trusted proxies the last address that none of them is.
pub(super) fn address(request: &Request) -> IpAddr {
    let peer = peer(request);
    let proxies = request.data::<TrustedProxies>().map_or(&[][..], |proxies| &proxies.0);
    let forwarded = request.headers().get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    behind(peer, forwarded, proxies)
}

fn behind<'a>(peer: IpAddr, forwarded: impl Iterator<Item = &'a str>, proxies: &[IpNet]) -> IpAddr {
    let trusted = |address: &IpAddr| proxies.iter().any(|network| network.contains(address));
    let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        if !trusted(&client) {
            break;
        }
        let Ok(address) = hop.parse::<IpAddr>() else { break };
        client = address.to_canonical();
    }
    client
}

/// The first language tag, if it looks like one; `en` otherwise.
fn locale(accept_language: &str) -> String {
    let first = accept_language.split([',', ';']).next().unwrap_or_default().trim();
    let valid = (2..=35).contains(&first.len()) && first.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if valid { first.to_owned() } else { "en".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, forwarded: Option<&str>, proxies: &[&str]) -> String {
        let proxies: Vec<IpNet> = proxies.iter().map(|text| text.parse().expect("network")).collect();
        behind(peer.parse().expect("address"), forwarded.into_iter(), &proxies).to_string()
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
        assert_eq!(from("10.0.0.1", Some("garbage"), &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(from("10.0.0.1", None, &["10.0.0.0/8"]), "10.0.0.1");
    }

    #[test]
    fn locales() {
        assert_eq!(locale("ru-RU,ru;q=0.9"), "ru-RU");
        assert_eq!(locale("<script>"), "en");
    }
}
