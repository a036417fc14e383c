//! `vestibule health`: for container engines and scripts, which need a program that asks and an exit code.

use std::{
    io::{Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context as _, bail};

use crate::config::Config;

/// For connecting, and for each read; a gateway tries what it needs for a second at most.
const PATIENCE: Duration = Duration::from_secs(3);
/// What an answer may have.
const LONGEST: u64 = 64 * 1024;

/// Asks the gateway of this configuration, on this machine, for `/health/ready`; prints its answer.
///
/// # Errors
/// If it is not ready, or nobody answers.
pub fn health(config: &Config) -> anyhow::Result<()> {
    let address = reachable(config.listen);
    let answer = ask(address).with_context(|| format!("no answer at {address}"))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    match head.split(' ').nth(1) {
        Some("200") => println!("{body}"),
        Some(status) => bail!("not ready ({status}): {body}"),
        None => bail!("what answers at {address} is no gateway"),
    }
    Ok(())
}

/// A gateway that listens everywhere also does so where this machine alone can reach it.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// HTTP/1.0, since the end of such an answer is the end of the connection.
fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET /health/ready HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(LONGEST).read_to_string(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everywhere_is_here_too() {
        for (listen, asked) in [("0.0.0.0:5000", "127.0.0.1:5000"), ("[::]:80", "[::1]:80"), ("192.0.2.7:5000", "192.0.2.7:5000")] {
            assert_eq!(reachable(listen.parse().expect("an address")), asked.parse().expect("an address"));
        }
    }
}
