//! The listening socket. When it closes, those who have connected already are let in first: the system would answer them
//! with a reset, after it had taken their connection.

use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    os::fd::AsFd as _,
    sync::Arc,
};

use poem::{
    http::uri::Scheme,
    listener::Acceptor,
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
};

/// Takes connections until its [`Key`] closes it.
pub struct Door {
    address: SocketAddr,
    sockets: Option<Sockets>,
    closing: watch::Receiver<bool>,
    closed: Arc<Notify>,
}

/// The same socket twice: to wait for a connection, and to ask the system whether one waits.
struct Sockets {
    waiting: TcpListener,
    asking: std::net::TcpListener,
}

impl Sockets {
    /// Somebody who has connected already, if there is one.
    fn take_waiting(&self) -> io::Result<Option<(TcpStream, SocketAddr)>> {
        match self.asking.accept() {
            Ok((stream, from)) => {
                stream.set_nonblocking(true)?;
                Ok(Some((TcpStream::from_std(stream)?, from)))
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
            Err(_) => Ok(None),
        }
    }
}

/// Closes a [`Door`].
pub struct Key {
    close: watch::Sender<bool>,
    closed: Arc<Notify>,
}

impl Door {
    /// Listens.
    ///
    /// # Errors
    /// If the address is taken, or not this machine's.
    pub async fn open(address: SocketAddr) -> io::Result<(Self, Key)> {
        let waiting = TcpListener::bind(address).await?;
        let asking = std::net::TcpListener::from(waiting.as_fd().try_clone_to_owned()?);
        let address = waiting.local_addr()?;
        let (close, closing) = watch::channel(false);
        let closed = Arc::new(Notify::new());
        let door = Self { address, sockets: Some(Sockets { waiting, asking }), closing, closed: Arc::clone(&closed) };
        Ok((door, Key { close, closed }))
    }

    /// Where it listens; the port is the one that was taken.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Key {
    /// Lets in who has connected, and nobody after them. Somebody must be accepting meanwhile.
    pub async fn close(&self) {
        // Without a door there is nothing to close.
        if self.close.send(true).is_ok() {
            self.closed.notified().await;
        }
    }
}

impl Acceptor for Door {
    type Io = TcpStream;

    fn local_addr(&self) -> Vec<LocalAddr> {
        vec![LocalAddr(self.address.into())]
    }

    async fn accept(&mut self) -> io::Result<(TcpStream, LocalAddr, RemoteAddr, Scheme)> {
        let Some(sockets) = &self.sockets else { return std::future::pending().await };
        let accepted = tokio::select! {
            biased;
            _ = async { self.closing.wait_for(|closing| *closing).await.map(|_| ()) } => None,
            accepted = sockets.waiting.accept() => Some(accepted?),
        };
        let found = accepted.map_or_else(|| sockets.take_waiting(), |accepted| Ok(Some(accepted)))?;
        let Some((stream, from)) = found else {
            self.sockets = None;
            self.closed.notify_one();
            return std::future::pending().await;
        };
        Ok((stream, LocalAddr(self.address.into()), RemoteAddr(from.into()), Scheme::HTTP))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn who_has_connected_is_let_in_and_nobody_after() {
        let (mut door, key) = Door::open(([127, 0, 0, 1], 0).into()).await.expect("a free port");
        let address = door.address();
        let mut early = Vec::new();
        for _ in 0..5 {
            early.push(std::net::TcpStream::connect(address).expect("the system takes it"));
        }
        let closing = tokio::spawn(async move { key.close().await });
        tokio::time::sleep(Duration::from_millis(50)).await;
        for _ in &early {
            door.accept().await.expect("who came before");
        }
        let more = tokio::time::timeout(Duration::from_millis(100), door.accept()).await;
        assert!(more.is_err());
        closing.await.expect("closed");
        assert!(std::net::TcpStream::connect(address).is_err());
    }
}
