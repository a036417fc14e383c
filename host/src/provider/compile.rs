//! Compiling components in a child process with limits of its own: 0.8 MB can be made to take half a minute and hundreds
//! of megabytes, and the gateway must not be what pays for it.

use std::{
    io::{self, Read, Write},
    os::unix::process::ExitStatusExt,
    process::{ExitCode, Stdio},
    time::Duration,
};

use rustix::process::{Resource, Rlimit, setrlimit};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
    sync::Semaphore,
};

use super::{cache::Authentic, engine};

/// Largest compiled component, in bytes: machine code is several times as large as its source.
const LARGEST_OUTPUT: u64 = 512 * 1024 * 1024;
/// Exit status of the child for a component that is no good; its reason is on standard error.
const INVALID: u8 = 65;

/// What compiling one component may take.
#[derive(Clone, Copy, Debug)]
pub struct CompilerOptions {
    /// CPU time.
    pub cpu: Duration,
    /// Address space, in bytes.
    pub memory: u64,
    /// Largest component, in bytes.
    pub largest: u64,
}

/// The same limits, as the child is told them.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Limits {
    /// CPU time, in seconds.
    #[arg(long)]
    cpu_seconds: u64,
    /// Address space, in bytes.
    #[arg(long)]
    memory: u64,
    /// Largest component, in bytes.
    #[arg(long)]
    largest: u64,
}

/// Why there is no compiled component.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// It took more CPU or wall-clock time than the limit.
    #[error("takes more than {0:?} to compile; if it is to be trusted, raise plugin_compile_cpu")]
    TooSlow(Duration),
    /// It took more memory than the limit.
    #[error("takes more than {0} MiB to compile; if it is to be trusted, raise plugin_compile_memory_mib")]
    TooMuchMemory(u64),
    /// wasmtime does not take it.
    #[error("is not a valid component: {0}")]
    Invalid(String),
    /// The child ended in another way.
    #[error("cannot be compiled: {0}")]
    Failed(String),
}

impl From<io::Error> for CompileError {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Runs the children, one at a time.
pub struct Compiler {
    options: CompilerOptions,
    turn: Semaphore,
}

impl Compiler {
    /// With these limits.
    #[must_use]
    pub const fn new(options: CompilerOptions) -> Self {
        Self { options, turn: Semaphore::const_new(1) }
    }

    /// Compiles a component. Dropping the future ends the child.
    ///
    /// # Errors
    /// See [`CompileError`].
    pub async fn compile(&self, component: &[u8]) -> Result<Authentic, CompileError> {
        let _turn = self.turn.acquire().await.map_err(|_| CompileError::Failed("the gateway is stopping".to_owned()))?;
        let mut child = self.spawn()?;
        // CPU time is the limit; the wall clock only ends a child that does not use any.
        let patience = self.options.cpu.saturating_mul(4) + Duration::from_secs(10);
        let outcome = tokio::time::timeout(patience, converse(&mut child, component)).await;
        let Ok(outcome) = outcome else { return Err(CompileError::TooSlow(self.options.cpu)) };
        let (output, errors) = outcome?;
        let status = child.wait().await?;
        match (status.code(), status.signal()) {
            (Some(0), _) => Ok(Authentic::from_compiler(output)),
            (Some(code), _) if code == i32::from(INVALID) => Err(CompileError::Invalid(one_line(&errors))),
            (_, Some(signal)) if signal == rustix::process::Signal::XCPU.as_raw() || signal == rustix::process::Signal::KILL.as_raw() => {
                Err(CompileError::TooSlow(self.options.cpu))
            }
            // An allocation that fails aborts the process, in Rust as in C.
            (_, Some(_)) if errors.contains("memory allocation") => Err(CompileError::TooMuchMemory(self.options.memory / (1024 * 1024))),
            _ => Err(CompileError::Failed(format!("the compiler ended with {status}: {}", one_line(&errors)))),
        }
    }

    fn spawn(&self) -> io::Result<Child> {
        let CompilerOptions { cpu, memory, largest } = self.options;
        let limits = [("--cpu-seconds", cpu.as_secs().max(1)), ("--memory", memory), ("--largest", largest)];
        // The file may have been replaced by an upgrade; this is the program that runs.
        Command::new("/proc/self/exe")
            .arg("compile-component")
            .args(limits.iter().flat_map(|(name, value)| [(*name).to_owned(), value.to_string()]))
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
    }
}

/// Writes the component and reads the answer at the same time: both may be larger than a pipe holds.
async fn converse(child: &mut Child, component: &[u8]) -> io::Result<(Vec<u8>, String)> {
    let (Some(mut stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) else {
        return Err(io::Error::other("the compiler has no pipes"));
    };
    let write = async {
        // A child that has seen enough closes its end; its exit says why.
        let _ = stdin.write_all(component).await;
        drop(stdin);
    };
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let (mut stdout, mut stderr) = (stdout.take(LARGEST_OUTPUT), stderr.take(16 * 1024));
    let ((), read, told) = tokio::join!(write, stdout.read_to_end(&mut output), stderr.read_to_end(&mut errors));
    read?;
    told?;
    Ok((output, String::from_utf8_lossy(&errors).into_owned()))
}

fn one_line(text: &str) -> String {
    super::text::for_log(text.trim())
}

/// The child: limits itself, reads a component, writes what it compiles to.
#[must_use]
pub fn run_child(limits: &Limits) -> ExitCode {
    match compile_input(limits) {
        Ok(compiled) => match io::stdout().write_all(&compiled) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error.to_string(), ExitCode::FAILURE),
        },
        Err(ChildError::Invalid(reason)) => fail(&reason, ExitCode::from(INVALID)),
        Err(ChildError::Failed(reason)) => fail(&reason, ExitCode::FAILURE),
    }
}

fn fail(reason: &str, code: ExitCode) -> ExitCode {
    eprintln!("{reason}");
    code
}

enum ChildError {
    Invalid(String),
    Failed(String),
}

fn compile_input(limits: &Limits) -> Result<Vec<u8>, ChildError> {
    let failed = |error: String| ChildError::Failed(error);
    limit(limits).map_err(|error| failed(format!("the limits cannot be set: {error}")))?;
    let mut component = Vec::new();
    io::stdin().take(limits.largest + 1).read_to_end(&mut component).map_err(|error| failed(error.to_string()))?;
    if component.len() as u64 > limits.largest {
        return Err(ChildError::Invalid(format!("it is larger than {} bytes", limits.largest)));
    }
    let engine = engine::compiler_engine().map_err(|error| failed(error.to_string()))?;
    engine.precompile_component(&component).map_err(|error| ChildError::Invalid(format!("{error:#}")))
}

/// Nothing that the compiler does can take more than this, and it can write no file.
fn limit(limits: &Limits) -> rustix::io::Result<()> {
    let both = |value| Rlimit { current: Some(value), maximum: Some(value) };
    // Past the soft limit comes SIGXCPU, which tells this end from others; past the hard one SIGKILL.
    setrlimit(Resource::Cpu, Rlimit { current: Some(limits.cpu_seconds), maximum: Some(limits.cpu_seconds + 1) })?;
    setrlimit(Resource::As, both(limits.memory))?;
    setrlimit(Resource::Core, both(0))?;
    setrlimit(Resource::Fsize, both(0))?;
    setrlimit(Resource::Nofile, both(16))
}
