//! `mail_url`: where mail goes.

use std::{net::IpAddr, path::PathBuf};

use lettre::transport::smtp::authentication::Credentials;
use url::{Host, Url};

/// A place that takes mails.
#[derive(Debug)]
pub(super) enum Place {
    /// Standard output.
    Console,
    /// One file a mail.
    Directory(PathBuf),
    /// The next mail server.
    Smtp(Server),
}

/// A mail server.
#[derive(Debug)]
pub(super) struct Server {
    /// Name or address, as certificates name it.
    pub(super) host: String,
    /// TCP.
    pub(super) port: u16,
    /// Protection.
    pub(super) tls: Tls,
    /// Who we are to it.
    pub(super) credentials: Option<Credentials>,
}

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tls {
    /// From the first byte (`smtps`).
    Implicit,
    /// By STARTTLS, or no mail leaves.
    Required,
    /// By STARTTLS if the server offers it.
    Offered,
    /// Not at all.
    Off,
}

/// Reads `mail_url`. `demand_tls`: a server on another machine must protect the connection, unless the URL says otherwise.
///
/// # Errors
/// What is wrong and how to mend it, without the URL: it may hold a password.
pub(super) fn read(url: &str, demand_tls: bool) -> Result<Place, String> {
    if url == "console:" {
        return Ok(Place::Console);
    }
    if let Some(directory) = url.strip_prefix("file:") {
        let directory = directory.strip_prefix("//").unwrap_or(directory);
        return if directory.is_empty() {
            Err("names no directory: expected file:DIR".to_owned())
        } else {
            Ok(Place::Directory(directory.into()))
        };
    }
    if url.starts_with("smtp://") || url.starts_with("smtps://") {
        return server(url, demand_tls).map(Place::Smtp);
    }
    let scheme = url.split_once(':').map_or("without a scheme", |(scheme, _)| scheme);
    Err(format!("is {scheme:?}: expected console:, file:DIR, smtp://[USER:PASSWORD@]HOST[:PORT] or smtps://[USER:PASSWORD@]HOST[:PORT]"))
}

fn server(url: &str, demand_tls: bool) -> Result<Server, String> {
    let shape = "expected smtp://USER:PASSWORD@HOST:PORT, with special characters of user and password percent-encoded (@ as %40, / as %2F, % as %25)";
    let url = Url::parse(url).map_err(|_| format!("cannot be read: {shape}"))?;
    let host = match url.host() {
        Some(Host::Domain(name)) if !name.is_empty() && !name.contains('%') => name.to_owned(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        _ => return Err(format!("names no host: {shape}")),
    };
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(format!("has something after the host: {shape}"));
    }
    let implicit = url.scheme() == "smtps";
    let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let mut tls = match (implicit, demand_tls && !loopback) {
        (true, _) => Tls::Implicit,
        (false, true) => Tls::Required,
        (false, false) => Tls::Offered,
    };
    for (name, value) in url.query_pairs() {
        tls = match (&*name, &*value) {
            ("tls", "required") if implicit => Tls::Implicit,
            ("tls", "required") => Tls::Required,
            ("tls", "offered") if !implicit => Tls::Offered,
            ("tls", "off") if !implicit => Tls::Off,
            ("tls", _) => {
                return Err("has a tls that is none: smtp:// takes required, offered or off; smtps:// is always protected".to_owned());
            }
            _ => return Err("has an unknown parameter: there is only tls".to_owned()),
        };
    }
    let decode = |text: &str| decoded(text).ok_or_else(|| format!("has a user or password that cannot be read: {shape}"));
    let credentials = match (url.username(), url.password()) {
        ("", None) => None,
        (user, Some(password)) if !user.is_empty() => Some(Credentials::new(decode(user)?, decode(password)?)),
        _ => return Err(format!("has a user without a password, or the reverse: {shape}")),
    };
    Ok(Server { host, port: url.port().unwrap_or(if implicit { 465 } else { 587 }), tls, credentials })
}

/// Percent-decoding (RFC 3986, 2.1).
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            (digit()? << 4) | digit()?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(url: &str, demand_tls: bool) -> Server {
        match read(url, demand_tls) {
            Ok(Place::Smtp(server)) => server,
            other => panic!("{url}: {other:?}"),
        }
    }

    #[test]
    fn servers_with_their_ports_and_protection() {
        for (url, demand, host, port, tls) in [
            ("smtp://mx.example.org", false, "mx.example.org", 587, Tls::Offered),
            ("smtp://mx.example.org:25/", true, "mx.example.org", 25, Tls::Required),
            ("smtp://mx.example.org?tls=required", false, "mx.example.org", 587, Tls::Required),
            ("smtp://mx.example.org?tls=offered", true, "mx.example.org", 587, Tls::Offered),
            ("smtp://127.0.0.1:2525", true, "127.0.0.1", 2525, Tls::Offered),
            ("smtp://localhost?tls=off", true, "localhost", 587, Tls::Off),
            ("smtp://[::1]:25", true, "::1", 25, Tls::Offered),
            ("smtps://mx.example.org", false, "mx.example.org", 465, Tls::Implicit),
        ] {
            let server = smtp(url, demand);
            assert_eq!((server.host.as_str(), server.port, server.tls), (host, port, tls), "{url}");
        }
    }

    #[test]
    fn credentials_are_decoded() {
        let credentials = smtp("smtps://ann%40example.org:p%25%2F%3A%40+w@mx.example.org", false).credentials;
        assert!(credentials == Some(Credentials::new("ann@example.org".into(), "p%/:@+w".into())));
        assert!(smtp("smtp://mx.example.org", false).credentials.is_none());
    }

    #[test]
    fn mistakes_are_told_without_the_password() {
        for url in [
            "smtp://",
            "smtp://ann:hunter2@",
            "smtp://ann:hun/ter2@mx.example.org",
            "smtp://ann:hunter2#@mx.example.org",
            "smtp://ann:hunter2%zz@mx.example.org",
            "smtp://ann:hunter2%ff@mx.example.org",
            "smtp://:hunter2@mx.example.org",
            "smtp://ann@mx.example.org",
            "smtp://ann:hunter2@mx.example.org:99999",
            "smtp://ann:hunter2@mx.example.org/x",
            "smtp://ann:hunter2@mx.example.org?tls=maybe",
            "smtps://ann:hunter2@mx.example.org?tls=off",
            "smtp://ann:hunter2@mx.example.org?tsl=required",
            "smpt://ann:hunter2@mx.example.org",
            "file:",
            "hunter2",
            "",
        ] {
            let error = read(url, false).expect_err(url);
            assert!(!error.contains("hunter2") && !error.contains("ter2"), "{url}: {error}");
        }
    }
}
