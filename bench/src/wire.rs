//! A client that costs next to nothing: fixed bytes out, status and length in, over kept connections.

use std::{
    net::SocketAddr,
    str,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::future::try_join_all;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::sleep,
};

/// No answer that is measured is longer.
const LONGEST: usize = 64 * 1024;
/// Load runs for so long before it counts.
const WARM_UP: Duration = Duration::from_millis(200);

/// A request, written once.
#[derive(Clone)]
pub(crate) struct Request(Vec<u8>);

impl Request {
    pub(crate) fn get(path: &str, token: Option<&str>) -> Self {
        let authorization = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        Self(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nuser-agent: bench\r\n{authorization}\r\n").into_bytes())
    }

    pub(crate) fn post(path: &str, body: &Value) -> Self {
        let body = body.to_string();
        let length = body.len();
        Self(
            format!(
                "POST {path} HTTP/1.1\r\nhost: localhost\r\nuser-agent: bench\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
            )
            .into_bytes(),
        )
    }
}

/// A kept connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    body: std::ops::Range<usize>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; LONGEST], body: 0..0 })
    }

    /// Demands 200; the body is in [`Self::body`] until the next one.
    pub(crate) async fn send(&mut self, request: &Request) -> Result<()> {
        self.stream.write_all(&request.0).await?;
        let mut filled = 0;
        let mut end = None;
        while end.is_none_or(|end| filled < end) {
            ensure!(filled < LONGEST, "an answer is longer than {LONGEST} bytes");
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            ensure!(read > 0, "the server closed the connection");
            filled += read;
            if end.is_none()
                && let Some(head) = head(&self.buffer[..filled])
            {
                let length = length(&self.buffer[..head])?;
                self.body = head..head + length;
                end = Some(head + length);
            }
        }
        if !self.buffer.starts_with(b"HTTP/1.1 200 ") {
            bail!("the server answered:\n{}", String::from_utf8_lossy(&self.buffer[..filled]));
        }
        Ok(())
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.buffer[self.body.clone()]
    }
}

/// Where the body begins.
fn head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
}

fn length(head: &[u8]) -> Result<usize> {
    let lines = str::from_utf8(head)?.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    lengths.next().and_then(|(_, value)| value.trim().parse().ok()).context("an answer without content-length")
}

/// Does one thing over and over.
pub(crate) trait Work {
    async fn once(&mut self) -> Result<()>;
}

/// One client.
pub(crate) struct Caller {
    connection: Connection,
    request: Request,
}

impl Caller {
    pub(crate) async fn new(address: SocketAddr, request: Request) -> Result<Self> {
        Ok(Self { connection: Connection::open(address).await?, request })
    }

    /// How long each of a row of requests takes, one after another with a pause between them.
    pub(crate) async fn latencies(&mut self, pause: Duration, time: Duration) -> Result<Vec<Duration>> {
        let end = Instant::now() + time;
        let mut latencies = Vec::new();
        while Instant::now() < end {
            let begun = Instant::now();
            self.once().await?;
            latencies.push(begun.elapsed());
            sleep(pause).await;
        }
        Ok(latencies)
    }
}

impl Work for Caller {
    async fn once(&mut self) -> Result<()> {
        self.connection.send(&self.request).await
    }
}

/// How much work was done.
pub(crate) struct Pace {
    /// Within the window alone: the load is there before and after it.
    pub(crate) per_second: f64,
    /// Before and after the window, too.
    pub(crate) total: u32,
}

/// Lets all workers do their work over and over, at the same time.
pub(crate) async fn pace(workers: &mut [impl Work], window: Duration) -> Result<Pace> {
    let begin = Instant::now() + WARM_UP;
    let end = begin + window;
    let counts = workers.iter_mut().map(|worker| async move {
        let (mut total, mut counted) = (0_u32, 0_u32);
        loop {
            worker.once().await?;
            let now = Instant::now();
            total += 1;
            if now >= end {
                return anyhow::Ok((total, counted));
            }
            counted += u32::from(now >= begin);
        }
    });
    let counts = try_join_all(counts).await?;
    let counted: u32 = counts.iter().map(|(_, counted)| counted).sum();
    Ok(Pace { per_second: f64::from(counted) / window.as_secs_f64(), total: counts.iter().map(|(total, _)| total).sum() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_cut_by_its_length() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nx: y\r\n\r\nbody";
        let head = head(answer).unwrap();
        assert_eq!((&answer[head..], length(&answer[..head]).unwrap()), (&b"body"[..], 4));
        assert!(length(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert_eq!(super::head(b"HTTP/1.1 200 OK\r\n"), None);
    }
}
