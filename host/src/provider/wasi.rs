//! The little of WASI that guests get: cli, clocks, io and random of 0.2, with nothing behind them. No environment, no
//! arguments, no files, no sockets; standard input is closed, output and errors go to the log.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::{
    HostWallClock, WasiCtx, WasiView,
    cli::{IsTerminal, StdoutStream, WasiCli, WasiCliView},
    clocks::{WasiClocks, WasiClocksView},
    p2::{OutputStream, Pollable, StreamError, StreamResult, bindings},
    random::{WasiRandom, WasiRandomView},
};

use super::{logger::Logger, state::CallState};
use crate::clock::Clock;

/// Random bytes that one call of `wasi:random` gives.
const MAX_RANDOM: u64 = 4096;
/// Bytes that one write to standard output may have.
const MAX_WRITE: usize = 4096;

/// The packages that [`link`] provides, version 0.2.
pub(super) const PACKAGES: [&str; 4] = ["wasi:cli/", "wasi:clocks/", "wasi:io/", "wasi:random/"];

/// Links them.
pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    use bindings::{cli, clocks, io, random};
    io::error::add_to_linker::<_, Io>(linker, |state| state.ctx().table)?;
    io::poll::add_to_linker::<_, Io>(linker, |state| state.ctx().table)?;
    io::streams::add_to_linker::<_, Io>(linker, |state| state.ctx().table)?;
    clocks::wall_clock::add_to_linker::<_, WasiClocks>(linker, CallState::clocks)?;
    clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(linker, CallState::clocks)?;
    random::random::add_to_linker::<_, WasiRandom>(linker, CallState::random)?;
    random::insecure::add_to_linker::<_, WasiRandom>(linker, CallState::random)?;
    random::insecure_seed::add_to_linker::<_, WasiRandom>(linker, CallState::random)?;
    cli::exit::add_to_linker::<_, WasiCli>(linker, CallState::cli)?;
    cli::environment::add_to_linker::<_, WasiCli>(linker, CallState::cli)?;
    cli::stdin::add_to_linker::<_, WasiCli>(linker, CallState::cli)?;
    cli::stdout::add_to_linker::<_, WasiCli>(linker, CallState::cli)?;
    cli::stderr::add_to_linker::<_, WasiCli>(linker, CallState::cli)?;
    cli::terminal_input::add_to_linker::<_, WasiCli>(linker, CallState::cli)?;
    cli::terminal_output::add_to_linker::<_, WasiCli>(linker, CallState::cli)?;
    cli::terminal_stdin::add_to_linker::<_, WasiCli>(linker, CallState::cli)?;
    cli::terminal_stdout::add_to_linker::<_, WasiCli>(linker, CallState::cli)?;
    cli::terminal_stderr::add_to_linker::<_, WasiCli>(linker, CallState::cli)
}

/// `wasi:io` works on the table of resources alone.
struct Io;

impl HasData for Io {
    type Data<'a> = &'a mut ResourceTable;
}

/// A context for one call.
pub(super) fn empty_handed(clock: &Arc<dyn Clock>, logger: &Arc<Logger>) -> WasiCtx {
    let mut builder = WasiCtx::builder();
    builder.stdout(Output(logger.clone())).stderr(Output(logger.clone())).wall_clock(WallClock(clock.clone())).max_random_size(MAX_RANDOM);
    builder.build()
}

struct WallClock(Arc<dyn Clock>);

impl HostWallClock for WallClock {
    fn resolution(&self) -> Duration {
        Duration::from_micros(1)
    }

    fn now(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.now().0).unwrap_or(0))
    }
}

#[derive(Clone)]
struct Output(Arc<Logger>);

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    /// For WASI 0.3, which is not linked.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.0.write(&bytes).map_err(|halt| StreamError::Trap(halt.into()))
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_WRITE)
    }
}

#[async_trait::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}
