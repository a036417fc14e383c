//! `shop serve`.

use std::time::Duration;

use poem::{
    Server,
    listener::{Acceptor, Listener, TcpListener},
};
use tokio::signal::unix::{SignalKind, signal};

use crate::{app, http::router, settings::Settings};

/// A connection without any traffic for so long is closed; longer than gateways keep theirs.
const IDLE: Duration = Duration::from_secs(75);
/// How long requests in flight may take to finish.
const GRACE: Duration = Duration::from_secs(10);

/// Runs the shop until it is told to stop; requests in flight are finished.
///
/// # Errors
/// If it cannot be built, or the address is taken.
pub(super) async fn serve(settings: &Settings) -> anyhow::Result<()> {
    let listen = settings.listen;
    // The address first: a second shop on it should fail before it touches anything.
    let acceptor = TcpListener::bind(listen).into_acceptor().await.map_err(|error| anyhow::anyhow!("SHOP_LISTEN is {listen}: {error}"))?;
    let address = acceptor.local_addr().first().and_then(|address| address.as_socket_addr().copied()).unwrap_or(listen);
    let flow = app::build(settings).await?;
    let stop = stop()?;
    println!("listening on http://{address}");
    tracing::info!(%address, issuer = settings.issuer, audience = settings.audience, "listening");
    Server::new_with_acceptor(acceptor).idle_timeout(IDLE).run_with_graceful_shutdown(router::shop(&flow), stop, Some(GRACE)).await?;
    flow.store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Watches from now on, not only from the first wait: whoever reads "listening" may end the process at once.
fn stop() -> std::io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: requests in flight are finished");
    })
}
