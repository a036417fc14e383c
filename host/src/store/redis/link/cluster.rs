//! A Redis Cluster: one connection to each of its nodes, which all calls share.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use redis::{cluster::ClusterClient, cluster::ClusterClientBuilder, cluster_async::ClusterConnection};
use tokio::sync::watch;

use super::LONG_ANSWER;
use crate::store::OpenError;

/// How often its nodes are asked at most who keeps what.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// The way to its nodes, as it was found last.
pub(super) struct Cluster {
    client: ClusterClient,
    pub(super) found: watch::Sender<Option<ClusterConnection>>,
    looking: AtomicBool,
}

impl Cluster {
    /// Understands `redis+cluster://` and `rediss+cluster://`; nothing if the URL is of another form. `half` is what a call waits for
    /// a connection.
    pub(super) fn named(url: &str, half: Duration) -> Result<Option<Self>, OpenError> {
        let Some(nodes) = nodes(url)? else { return Ok(None) };
        // A node that hangs is asked twice, as one that was named and as one that others know: a caller still waits. How long an
        // answer may take, each call says for itself.
        let client = ClusterClientBuilder::new(nodes).connection_timeout(half / 4).response_timeout(LONG_ANSWER).build();
        // Nothing of the URL is repeated: it may hold a password.
        let client = client.map_err(|_| OpenError::Url("the URL of the Redis Cluster is not understood".to_owned()))?;
        Ok(Some(Self { client, found: watch::Sender::new(None), looking: AtomicBool::new(false) }))
    }

    /// The connection that there is, or else the next that is found.
    pub(super) async fn get(self: &Arc<Self>) -> Option<ClusterConnection> {
        if self.found.borrow().is_none() {
            self.look_again();
        }
        self.found.subscribe().wait_for(Option::is_some).await.ok()?.clone()
    }

    /// Asks the nodes anew who keeps what, beside the calls that go on: another node may have taken over.
    pub(super) fn look_again(self: &Arc<Self>) {
        if self.looking.swap(true, Ordering::AcqRel) {
            return;
        }
        let cluster = Arc::clone(self);
        tokio::spawn(async move {
            match cluster.client.get_async_connection().await {
                Ok(connection) => drop(cluster.found.send_replace(Some(connection))),
                Err(error) => tracing::debug!(%error, "no node of the Redis Cluster tells who keeps what"),
            }
            tokio::time::sleep(LOOK_AGAIN).await;
            cluster.looking.store(false, Ordering::Release);
        });
    }
}

/// The nodes of `redis+cluster://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]...]`, each as a URL of its own; nothing if it is of another
/// form.
fn nodes(url: &str) -> std::result::Result<Option<Vec<String>>, OpenError> {
    let Some((scheme, rest)) = url.split_once("+cluster://") else { return Ok(None) };
    let (login, hosts) = rest.rsplit_once('@').map_or(("", rest), |(login, hosts)| (login, hosts));
    let hosts = hosts.trim_end_matches('/');
    if hosts.contains(['/', '?']) {
        return Err(OpenError::Url("a Redis Cluster has one database: nothing follows the hosts in its URL".to_owned()));
    }
    if hosts.split(',').any(str::is_empty) {
        return Err(OpenError::Url("the URL of a Redis Cluster names its nodes: redis+cluster://HOST:PORT,HOST:PORT".to_owned()));
    }
    let at = if login.is_empty() { "" } else { "@" };
    Ok(Some(hosts.split(',').map(|host| format!("{scheme}://{login}{at}{host}")).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_of_a_cluster_are_named_one_by_one() {
        let found = |url| nodes(url).unwrap().map(|nodes| nodes.join(" ")).unwrap_or_default();
        assert_eq!(found("redis://a:1"), "");
        assert_eq!(found("redis+cluster://a:1,b"), "redis://a:1 redis://b");
        assert_eq!(found("rediss+cluster://ann:p%40ss@a:1,[::1]:2/"), "rediss://ann:p%40ss@a:1 rediss://ann:p%40ss@[::1]:2");
        for wrong in ["redis+cluster://", "redis+cluster://a,", "redis+cluster://ann:secret@a/1", "redis+cluster://a?db=1"] {
            let error = nodes(wrong).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
