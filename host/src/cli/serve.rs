//! `vestibule serve`, and the child that it compiles plugins with.

use std::{process::ExitCode, time::Duration};

use poem::{
    Server,
    listener::{Acceptor, Listener, TcpListener},
};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    app::App,
    config::{Config, Environment},
    provider::{compile, engine},
};

/// A connection without any traffic for so long is closed.
const IDLE: Duration = Duration::from_secs(75);

/// How long mails under way may take after the last request.
const MAIL_GRACE: Duration = Duration::from_secs(5);

/// Runs the gateway until it is told to stop; requests in flight are finished.
///
/// # Errors
/// If it cannot be built, or the address is taken.
pub async fn serve(config: Config, environment: Environment) -> anyhow::Result<()> {
    let (listen, grace) = (config.listen, config.shutdown_grace);
    // The address first: a second gateway on it should fail before it touches anything.
    let acceptor = TcpListener::bind(listen).into_acceptor().await.map_err(|error| anyhow::anyhow!("listen is {listen}: {error}"))?;
    let address = acceptor.local_addr().first().and_then(|address| address.as_socket_addr().copied()).unwrap_or(listen);
    let app = App::build(config, environment).await?;
    let tasks = app.start_tasks();
    let stop = stop()?;
    println!("listening on http://{address}");
    tracing::info!(%address, "listening");
    let endpoint = app.endpoint();
    Server::new_with_acceptor(acceptor).idle_timeout(IDLE).run_with_graceful_shutdown(endpoint, stop, Some(grace)).await?;
    tasks.finish(grace.min(MAIL_GRACE)).await;
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

/// Runs as the compiling child: no configuration, no environment, no log, no threads.
#[must_use]
pub fn compile_component() -> ExitCode {
    let engine = || engine::compiler_engine().map_err(wasmtime::Error::from);
    compile::run_child(engine, std::io::stdin().lock(), std::io::stdout().lock(), std::io::stderr())
}
