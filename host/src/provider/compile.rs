//! Compiling, in a child process of its own: a component can be made to take minutes and gigabytes of a compiler, and a
//! compiler can crash. The child is this same program under limits that the system enforces.

mod child;

use std::{
    ffi::OsString,
    io,
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::Command,
    sync::Semaphore,
    time::timeout,
};

pub use self::child::run_child;
use super::cache::Authentic;

/// The hidden subcommand of this program that is to call `run_child`.
pub const SUBCOMMAND: &str = "compile-component";

/// A compile that takes longer lets others begin beside it: one bomb must not hold every other plugin back.
const LONG: Duration = Duration::from_secs(1);
/// How many such may go on beside.
const BESIDE: usize = 2;
const LONGEST_COMPLAINT: u64 = 8 * 1024;

/// What one compile may use.
#[derive(Clone, Debug)]
pub struct CompileLimits {
    /// CPU time, seconds.
    pub cpu_seconds: u64,
    /// Address space, bytes.
    pub memory_bytes: u64,
    /// From start to end.
    pub wall: Duration,
    /// Largest component, bytes.
    pub input_bytes: u64,
    /// Most machine code, bytes.
    pub output_bytes: u64,
    /// Compiles at once.
    pub concurrent: usize,
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self {
            cpu_seconds: 60,
            memory_bytes: 2 << 30,
            wall: Duration::from_mins(2),
            input_bytes: 32 << 20,
            output_bytes: 256 << 20,
            concurrent: 1,
        }
    }
}

/// Why there is no machine code.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// It takes too long.
    #[error("compiling it takes more than {0} seconds: make it smaller, or its functions shorter, or raise plugin_compile_cpu")]
    TooSlow(u64),
    /// It takes too much memory.
    #[error(
        "compiling it takes more than {0} MiB of memory: make it smaller, or its functions shorter, or raise plugin_compile_memory_mib"
    )]
    TooMuchMemory(u64),
    /// It, or what comes of it, is too large.
    #[error("its {what} has more than {most} bytes")]
    TooLarge {
        /// Component or machine code.
        what: &'static str,
        /// Most bytes.
        most: u64,
    },
    /// Not a valid component.
    #[error("not a valid component: {0}")]
    Invalid(String),
    /// The compiler failed.
    #[error("the compiler failed: {0}")]
    Crashed(String),
    /// The child could not be started.
    #[error("the compiler could not be started: {0}")]
    NotStarted(#[from] io::Error),
}

/// Compiles components, a few at once.
#[derive(Debug)]
pub struct Compiler {
    program: PathBuf,
    arguments: Vec<OsString>,
    limits: CompileLimits,
    places: Semaphore,
    beside: Semaphore,
}

impl Compiler {
    /// With this same program as the child.
    #[must_use]
    pub fn new(limits: CompileLimits) -> Self {
        // Not its path: the file may have been replaced by an upgrade since.
        Self::with_program("/proc/self/exe".into(), vec![SUBCOMMAND.into()], limits)
    }

    /// With another program that calls `run_child`.
    #[must_use]
    pub fn with_program(program: PathBuf, arguments: Vec<OsString>, limits: CompileLimits) -> Self {
        let places = Semaphore::new(limits.concurrent.max(1));
        Self { program, arguments, limits, places, beside: Semaphore::new(BESIDE) }
    }

    /// Compiles; waits for its turn first. When dropped, the child is killed.
    ///
    /// # Errors
    /// If the component is not valid or takes more than the limits.
    pub async fn compile(&self, component: &[u8]) -> Result<Authentic, CompileError> {
        let most = self.limits.input_bytes;
        if component.len() as u64 > most {
            return Err(CompileError::TooLarge { what: "component", most });
        }
        let place = self.places.acquire().await.map_err(io::Error::other)?;
        let compiling = self.run(component);
        tokio::pin!(compiling);
        if let Ok(done) = timeout(LONG, &mut compiling).await {
            return done;
        }
        // Without a place beside it keeps its own.
        let _place = match self.beside.try_acquire() {
            Ok(beside) => {
                drop(place);
                beside
            }
            Err(_) => place,
        };
        compiling.await
    }

    async fn run(&self, component: &[u8]) -> Result<Authentic, CompileError> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(mut stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) else {
            return Err(io::Error::other("no pipes").into());
        };
        let order =
            child::Order { cpu_seconds: self.limits.cpu_seconds, memory_bytes: self.limits.memory_bytes, length: component.len() as u64 };
        let talk = async {
            // Moved in, so that the pipe is closed at the end.
            let send = async move {
                stdin.write_all(&order.to_bytes()).await?;
                stdin.write_all(component).await
            };
            // A child that dies early breaks the pipe: its status says more than that.
            let (_, code, complaint) =
                tokio::join!(send, read_most(stdout, self.limits.output_bytes + 1), read_most(stderr, LONGEST_COMPLAINT));
            let code = code?;
            if code.len() as u64 > self.limits.output_bytes {
                return Err(CompileError::TooLarge { what: "machine code", most: self.limits.output_bytes });
            }
            Ok((code, complaint?, child.wait().await?))
        };
        let Ok(talked) = timeout(self.limits.wall, talk).await else {
            return Err(CompileError::TooSlow(self.limits.wall.as_secs()));
        };
        let (code, complaint, status) = talked?;
        self.judge(status, &complaint)?;
        Ok(Authentic::from_own_compiler(code))
    }

    fn judge(&self, status: ExitStatus, complaint: &[u8]) -> Result<(), CompileError> {
        let complaint = one_line(&String::from_utf8_lossy(complaint));
        let too_much = || CompileError::TooMuchMemory(self.limits.memory_bytes >> 20);
        match (status.code(), status.signal()) {
            (Some(0), _) => Ok(()),
            (Some(code), _) if code == i32::from(child::INVALID) => Err(CompileError::Invalid(complaint)),
            (Some(code), _) if code == i32::from(child::NO_MEMORY) => Err(too_much()),
            (_, Some(SIGXCPU)) => Err(CompileError::TooSlow(self.limits.cpu_seconds)),
            // How Rust, and Cranelift, end when they get no memory.
            (Some(PANIC), _) | (_, Some(SIGABRT)) if is_out_of_memory(&complaint) => Err(too_much()),
            (Some(code), _) => Err(CompileError::Crashed(format!("exit code {code}: {complaint}"))),
            (None, signal) => Err(CompileError::Crashed(format!("signal {}: {complaint}", signal.unwrap_or_default()))),
        }
    }
}

const SIGXCPU: i32 = rustix::process::Signal::XCPU.as_raw();
const SIGABRT: i32 = rustix::process::Signal::ABORT.as_raw();
/// Exit code of a panic.
const PANIC: i32 = 101;

fn is_out_of_memory(complaint: &str) -> bool {
    complaint.contains("memory allocation of") || complaint.contains("out of memory")
}

async fn read_most(from: impl AsyncRead + Unpin, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

/// Fit for a message: one line, at most 300 characters, nothing that a terminal would obey.
fn one_line(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|character| !character.is_control()).take(300).collect()
}

#[cfg(test)]
mod tests;
