//! Hosts that a provider may call: an exact name or address, and a port.

use std::{fmt, net::IpAddr};

use url::Host;

use crate::provider::egress::address::{Reach, judge};

/// One entry of `hosts`, in canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantedHost {
    host: Host,
    port: u16,
}

/// What is wrong with an entry.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum HostError {
    /// A URL or a path.
    #[error("`{0}` is more than a host: write `name` or `name:port`")]
    NotHost(String),
    /// `*.example.org`.
    #[error("`{0}` has a wildcard: name every host by itself")]
    Wildcard(String),
    /// Not a name.
    #[error("`{0}` is not a host name: write `name` or `name:port`")]
    Name(String),
    /// Not a port.
    #[error("`{0}` has no port between 1 and 65535 after the colon")]
    Port(String),
    /// `localhost`.
    #[error("`{0}`: name this machine by its address, as in `127.0.0.1:9000`")]
    Localhost(String),
    /// A loopback address without a port.
    #[error("`{0}`: a loopback address needs its port, as in `127.0.0.1:9000`")]
    LoopbackPort(String),
    /// A loopback address in production.
    #[error("`{0}`: loopback addresses cannot be granted in production")]
    Loopback(String),
    /// Link-local, metadata, multicast and the like.
    #[error("`{0}` is in a range that no provider may reach (link-local, metadata, multicast, reserved)")]
    Never(String),
}

impl GrantedHost {
    /// Reads `name`, `name:port`, `address:port`, `[v6]:port`; without a port 443.
    ///
    /// # Errors
    /// If it is anything else, or an address that may not be granted.
    pub fn parse(text: &str, allow_loopback: bool) -> Result<Self, HostError> {
        let quoted = || text.to_owned();
        if text.contains(['/', '@', '?', '#', '\\']) || text.trim() != text {
            return Err(HostError::NotHost(quoted()));
        }
        if text.contains('*') {
            return Err(HostError::Wildcard(quoted()));
        }
        let (host, port) = split(text)?;
        let host = Host::parse(host).map_err(|_| HostError::Name(quoted()))?;
        match address(&host) {
            Some(address) => match judge(address) {
                Reach::Never => return Err(HostError::Never(quoted())),
                Reach::Loopback if port.is_none() => return Err(HostError::LoopbackPort(quoted())),
                Reach::Loopback if !allow_loopback => return Err(HostError::Loopback(quoted())),
                Reach::Loopback | Reach::Private | Reach::Public => {}
            },
            None => check_name(&host.to_string(), text)?,
        }
        Ok(Self { host, port: port.unwrap_or(443) })
    }

    /// Whether this is exactly that host and port.
    #[must_use]
    pub fn covers(&self, host: &Host<&str>, port: u16) -> bool {
        self.port == port
            && match (&self.host, host) {
                (Host::Domain(own), Host::Domain(other)) => own == other,
                (Host::Ipv4(own), Host::Ipv4(other)) => own == other,
                (Host::Ipv6(own), Host::Ipv6(other)) => own == other,
                _ => false,
            }
    }

    /// Whether plain http may be spoken with it: only with this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        address(&self.host).is_some_and(|address| judge(address) == Reach::Loopback)
    }
}

impl fmt::Display for GrantedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.port == 443 && !self.is_loopback() { write!(f, "{}", self.host) } else { write!(f, "{}:{}", self.host, self.port) }
    }
}

fn split(text: &str) -> Result<(&str, Option<u16>), HostError> {
    let colon = match text.rfind(']') {
        Some(bracket) => text.get(bracket..).and_then(|rest| rest.find(':')).map(|at| bracket + at),
        None => text.find(':'),
    };
    let Some((host, port)) = colon.and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?))) else {
        return Ok((text, None));
    };
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse() {
        Ok(port) if digits && port != 0 => Ok((host, Some(port))),
        _ => Err(HostError::Port(text.to_owned())),
    }
}

fn address(host: &Host) -> Option<IpAddr> {
    match host {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some((*address).into()),
        Host::Ipv6(address) => Some((*address).into()),
    }
}

fn check_name(name: &str, text: &str) -> Result<(), HostError> {
    if name == "localhost" || name.ends_with(".localhost") {
        return Err(HostError::Localhost(text.to_owned()));
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if name.len() <= 253 && name.split('.').all(label) { Ok(()) } else { Err(HostError::Name(text.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, HostError> {
        GrantedHost::parse(text, true).map(|host| host.to_string())
    }

    #[test]
    fn has_one_canonical_form() {
        assert_eq!(parse("Graph.Facebook.com"), Ok("graph.facebook.com".to_owned()));
        assert_eq!(parse("graph.facebook.com:443"), Ok("graph.facebook.com".to_owned()));
        assert_eq!(parse("example.org:8443"), Ok("example.org:8443".to_owned()));
        assert_eq!(parse("127.0.0.1:9000"), Ok("127.0.0.1:9000".to_owned()));
        assert_eq!(parse("[::1]:9000"), Ok("[::1]:9000".to_owned()));
        assert_eq!(parse("10.0.0.5:8443"), Ok("10.0.0.5:8443".to_owned()));
        assert_eq!(parse("bücher.example"), Ok("xn--bcher-kva.example".to_owned()));
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        let refused = |text: &str| parse(text).unwrap_err().to_string();
        for (text, part) in [
            ("https://graph.facebook.com", "more than a host"),
            ("user@example.org", "more than a host"),
            (" example.org", "more than a host"),
            ("*.example.org", "wildcard"),
            ("", "not a host name"),
            ("example..org", "not a host name"),
            ("example.org.", "not a host name"),
            ("example.org:", "no port"),
            ("example.org:0", "no port"),
            ("example.org:+80", "no port"),
            ("example.org:99999", "no port"),
            ("localhost:9000", "127.0.0.1:9000"),
            ("127.0.0.1", "needs its port"),
            ("0x7f.1", "needs its port"),
            ("169.254.169.254:80", "no provider may reach"),
            ("[::ffff:127.0.0.1]:80", "no provider may reach"),
            ("0.0.0.0:80", "no provider may reach"),
        ] {
            assert!(refused(text).contains(part), "{text}: {}", refused(text));
        }
        assert_eq!(GrantedHost::parse("127.0.0.1:9000", false), Err(HostError::Loopback("127.0.0.1:9000".to_owned())));
    }
}
