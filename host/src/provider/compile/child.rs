//! The child's side: take the limits on first, then trust nothing about the component.

use std::{
    io::{self, Read, Write},
    process::ExitCode,
};

use rustix::{
    process::{Resource, Rlimit, getrlimit, nice, setrlimit},
    thread::set_no_new_privs,
};
use wasmtime::Engine;

/// Exit codes; any other means that the compiler itself failed.
pub(super) const INVALID: u8 = 10;
pub(super) const NO_MEMORY: u8 = 11;
const FAILED: u8 = 12;

/// Gives way to whatever answers requests.
const NICENESS: i32 = 10;

/// What the parent sends before the component, so that the child needs neither arguments nor environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) cpu_seconds: u64,
    pub(super) memory_bytes: u64,
    pub(super) length: u64,
}

impl Order {
    pub(super) fn to_bytes(self) -> [u8; 24] {
        let mut bytes = [0; 24];
        for (place, number) in bytes.chunks_exact_mut(8).zip([self.cpu_seconds, self.memory_bytes, self.length]) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut number = || {
            let mut bytes = [0; 8];
            from.read_exact(&mut bytes).map(|()| u64::from_le_bytes(bytes))
        };
        Ok(Self { cpu_seconds: number()?, memory_bytes: number()?, length: number()? })
    }
}

/// Why the child gives up.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0:#}")]
    Component(wasmtime::Error),
    #[error("engine: {0:#}")]
    Engine(wasmtime::Error),
    #[error("{0}: {1}")]
    System(&'static str, io::Error),
}

impl Failure {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Component(error) | Self::Engine(error) if is_out_of_memory(error) => NO_MEMORY,
            Self::System(_, error) if error.kind() == io::ErrorKind::OutOfMemory => NO_MEMORY,
            Self::Component(_) => INVALID,
            Self::Engine(_) | Self::System(..) => FAILED,
        }
    }
}

/// What the hidden subcommand does: reads an order and a component, writes machine code. Nothing may have been started
/// before, no runtime and no threads; limits are taken on before the engine is made.
pub fn run_child(engine: impl FnOnce() -> wasmtime::Result<Engine>, stdin: impl Read, stdout: impl Write, stderr: impl Write) -> ExitCode {
    ExitCode::from(exit_code(engine, stdin, stdout, stderr))
}

pub(super) fn exit_code(
    engine: impl FnOnce() -> wasmtime::Result<Engine>,
    mut stdin: impl Read,
    mut stdout: impl Write,
    mut stderr: impl Write,
) -> u8 {
    match compile(engine, &mut stdin, &mut stdout) {
        Ok(()) => 0,
        Err(failure) => {
            // Nothing is left to do if even that fails: the exit code tells the rest.
            let _ = writeln!(stderr, "{failure}");
            failure.exit_code()
        }
    }
}

fn compile(engine: impl FnOnce() -> wasmtime::Result<Engine>, stdin: &mut impl Read, stdout: &mut impl Write) -> Result<(), Failure> {
    let system = |what| move |error| Failure::System(what, error);
    let order = Order::read(stdin).map_err(system("no order"))?;
    confine(order).map_err(system("no limits"))?;
    let mut component = Vec::new();
    stdin.take(order.length).read_to_end(&mut component).map_err(system("no component"))?;
    if component.len() as u64 != order.length {
        return Err(Failure::System("no component", io::ErrorKind::UnexpectedEof.into()));
    }
    let engine = engine().map_err(Failure::Engine)?;
    let code = engine.precompile_component(&component).map_err(Failure::Component)?;
    stdout.write_all(&code).and_then(|()| stdout.flush()).map_err(system("no output"))
}

fn confine(order: Order) -> io::Result<()> {
    for (resource, soft, hard) in [
        // At the soft limit comes the signal that tells why.
        (Resource::Cpu, order.cpu_seconds, order.cpu_seconds + 1),
        (Resource::As, order.memory_bytes, order.memory_bytes),
        (Resource::Core, 0, 0),
        (Resource::Nofile, 16, 16),
        (Resource::Fsize, 0, 0),
    ] {
        // A limit that is lower already stays.
        let ceiling = getrlimit(resource).maximum.unwrap_or(u64::MAX);
        setrlimit(resource, Rlimit { current: Some(soft.min(ceiling)), maximum: Some(hard.min(ceiling)) })?;
    }
    set_no_new_privs(true)?;
    nice(NICENESS)?;
    Ok(())
}

fn is_out_of_memory(error: &wasmtime::Error) -> bool {
    let text = format!("{error:#}");
    text.contains("out of memory") || text.contains("Cannot allocate memory") || text.contains("os error 12")
}
