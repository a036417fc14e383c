//! `vestibule serve`, and the child that it compiles plugins with.

use std::{
    process::ExitCode,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use poem::Server;
use rustix::process::Signal as Unix;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    app::App,
    config::{Config, Environment},
    flow::Flow,
    http::door::{Door, Key},
    provider::{compile, engine},
    trace::export::Exporter,
};

/// A connection without any traffic for so long is closed.
const IDLE: Duration = Duration::from_secs(75);
/// How long a connection that has just been taken may wait for its first request once the door is closed.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// Most that background tasks, the last traces and the store take in the end, each.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs the gateway until it is told to stop; requests in flight are finished.
///
/// # Errors
/// If it cannot be built, or the address is taken.
pub async fn serve(config: Config, environment: Environment, exporter: Option<Exporter>) -> anyhow::Result<()> {
    let (listen, delay, grace) = (config.listen, config.shutdown_delay, config.shutdown_grace);
    // The address first: a second gateway on it should fail before it touches anything.
    let (door, key) = Door::open(listen).await.map_err(|error| anyhow::anyhow!("listen is {listen}: {error}"))?;
    let address = door.address();
    let app = App::build(config, environment).await?;
    let tasks = app.start_tasks();
    let signals = Signals::watch()?;
    survive_full_files()?;
    println!("listening on http://{address}");
    tracing::info!(%address, "listening");
    let stop = stop(signals, app.flow.clone(), delay, key);
    Server::new_with_acceptor(door).idle_timeout(IDLE).run_with_graceful_shutdown(app.endpoint(), stop, Some(grace)).await?;
    // What the requests have left behind is done before its tools are put away; the store goes last.
    tasks.finish(grace.min(PATIENCE)).await;
    if let Some(exporter) = exporter {
        tokio::task::spawn_blocking(move || exporter.finish(grace.min(PATIENCE))).await?;
    }
    app.close(PATIENCE).await;
    tracing::info!("stopped");
    Ok(())
}

/// A file that may not grow any more (`LimitFSIZE` of systemd, `ulimit -f`) is then an error of the write, as a full disk is,
/// instead of the end of the process.
fn survive_full_files() -> std::io::Result<()> {
    // Taken, so that it does not kill; nobody needs to hear of it.
    signal(SignalKind::from_raw(Unix::XFSZ.as_raw())).map(drop)
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Watches from now on, not only from the first wait: whoever reads "listening" may end the process at once.
    fn watch() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Ends when no connection is to be taken any more: readiness goes first, so that load balancers look elsewhere, then the
/// door. A second signal ends the process at once.
async fn stop(mut signals: Signals, flow: Arc<Flow>, delay: Duration, key: Key) {
    signals.next().await;
    tracing::info!("stopping: requests in flight are finished");
    flow.stopping.store(true, Ordering::Relaxed);
    tokio::spawn(async move {
        signals.next().await;
        tracing::warn!("told twice to stop: ending at once");
        std::process::exit(1);
    });
    tokio::time::sleep(delay).await;
    key.close().await;
    tokio::time::sleep(LAST_WORDS).await;
}

/// Runs as the compiling child: no configuration, no environment, no log, no threads.
#[must_use]
pub fn compile_component() -> ExitCode {
    let engine = || engine::compiler_engine().map_err(wasmtime::Error::from);
    compile::run_child(engine, std::io::stdin().lock(), std::io::stdout().lock(), std::io::stderr())
}
