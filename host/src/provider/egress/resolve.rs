//! Names to addresses that may be reached. This is the resolver that the connection itself uses, so that no second
//! look-up can give another address than the one that was judged.

use std::{
    error::Error,
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    sync::Arc,
};

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use super::address::{Reach, judge};

/// Looks names up.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// All addresses of a name.
    async fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The operating system's look-up. It blocks and cannot be called off, so only so many run at once.
#[derive(Debug)]
pub struct SystemLookup {
    running: Arc<Semaphore>,
}

impl Default for SystemLookup {
    fn default() -> Self {
        Self { running: Arc::new(Semaphore::new(16)) }
    }
}

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let permit = Arc::clone(&self.running).acquire_owned().await.map_err(io::Error::other)?;
        let name = name.to_owned();
        tokio::task::spawn_blocking(move || {
            // Held by the blocking task itself: a caller that gives up does not free it early.
            let _permit = permit;
            (name.as_str(), 0).to_socket_addrs().map(|found| found.map(|address| address.ip()).collect())
        })
        .await
        .map_err(io::Error::other)?
    }
}

/// A name that leads only to addresses that no provider may reach.
#[derive(Debug, thiserror::Error)]
#[error("{0} has no public address")]
pub struct NotPublic(pub String);

/// Gives the public addresses of a name, and no others.
pub struct PublicOnly {
    lookup: Arc<dyn Lookup>,
}

impl PublicOnly {
    /// Over a look-up.
    #[must_use]
    pub fn new(lookup: Arc<dyn Lookup>) -> Self {
        Self { lookup }
    }
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = Arc::clone(&self.lookup);
        Box::pin(async move {
            let found = lookup.lookup(name.as_str()).await?;
            let public: Vec<SocketAddr> =
                found.into_iter().filter(|address| judge(*address) == Reach::Public).map(|address| SocketAddr::new(address, 0)).collect();
            if public.is_empty() {
                return Err(Box::new(NotPublic(name.as_str().to_owned())) as Box<dyn Error + Send + Sync>);
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Gives one answer after the other: what a rebinding name server does.
    struct Rebinding(Mutex<Vec<Vec<&'static str>>>);

    #[async_trait]
    impl Lookup for Rebinding {
        async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
            let answer = self.0.lock().unwrap().remove(0);
            Ok(answer.into_iter().map(|address| address.parse().unwrap()).collect())
        }
    }

    async fn resolve(resolver: &PublicOnly) -> Result<Vec<IpAddr>, String> {
        let found = resolver.resolve("example.org".parse().unwrap()).await;
        found.map(|found| found.map(|address| address.ip()).collect()).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn every_answer_is_judged_by_itself() {
        let answers = vec![vec!["10.0.0.1", "1.1.1.1", "::1"], vec!["127.0.0.1"], vec!["169.254.169.254", "fd00:ec2::254"], vec![]];
        let resolver = PublicOnly::new(Arc::new(Rebinding(Mutex::new(answers))));
        assert_eq!(resolve(&resolver).await, Ok(vec!["1.1.1.1".parse().unwrap()]));
        for _ in 0..3 {
            assert_eq!(resolve(&resolver).await, Err("example.org has no public address".to_owned()));
        }
    }

    #[tokio::test]
    async fn the_systems_look_up_finds_this_machine() {
        let found = SystemLookup::default().lookup("localhost").await.unwrap();
        assert!(found.iter().all(|address| judge(*address) == Reach::Loopback) && !found.is_empty());
    }
}
