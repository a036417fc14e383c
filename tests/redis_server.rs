//! A Redis server of a test's own: the system's program on a socket in a directory that goes with it.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::net::UnixStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::{
    patience::{PATIENCE, eventually},
    port,
};

/// Runs until it is dropped.
pub(crate) struct RedisServer {
    directory: TempDir,
    settings: Vec<String>,
    process: Mutex<Option<Child>>,
}

impl RedisServer {
    /// Starts one that keeps nothing on disk.
    pub(crate) fn start() -> Self {
        Self::start_with(&["--appendonly", "no"])
    }

    /// Starts one with other settings.
    pub(crate) fn start_with(settings: &[&str]) -> Self {
        let server = Self {
            directory: TempDir::new().expect("a directory"),
            settings: settings.iter().map(|setting| (*setting).to_owned()).collect(),
            process: Mutex::new(None),
        };
        server.run();
        server
    }

    /// For `database_url` and `sessions_url`.
    pub(crate) fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Starts it again after [`Self::stop`], with what it kept on disk.
    pub(crate) fn run(&self) {
        let log = fs::File::create(self.directory.path().join("log")).expect("a log");
        let mut command = Command::new("redis-server");
        command.args(["--port", "0", "--save", "", "--daemonize", "no", "--dir"]).arg(self.directory.path());
        command.arg("--unixsocket").arg(self.socket()).args(&self.settings);
        command.stdin(Stdio::null()).stdout(log).stderr(Stdio::null());
        let process = command.spawn().expect("redis-server runs; `apt-get install redis-server` brings it");
        *self.process() = Some(process);
        let begun = Instant::now();
        while UnixStream::connect(self.socket()).is_err() {
            assert!(begun.elapsed() < PATIENCE, "redis-server did not start: {}", self.log());
            thread::sleep(Duration::from_millis(3));
        }
    }

    /// Ends it at once, as a power cut would.
    pub(crate) fn stop(&self) {
        if let Some(mut process) = self.process().take() {
            let _ = process.kill();
            let _ = process.wait();
        }
        let _ = fs::remove_file(self.socket());
    }

    /// Takes its time from it, or gives it back: connections stay, and nothing answers.
    pub(crate) fn freeze(&self, frozen: bool) {
        let id = self.process().as_ref().map(Child::id).expect("a running server");
        let pid = Pid::from_raw(i32::try_from(id).expect("a process id")).expect("a process id");
        kill_process(pid, if frozen { Signal::STOP } else { Signal::CONT }).expect("a signal");
    }

    /// A connection that is kept.
    pub(crate) fn administrator(&self) -> Administrator {
        Administrator(UnixStream::connect(self.socket()).expect("a connection"))
    }

    /// What it answers to one command, as `redis-cli` writes it.
    pub(crate) fn ask(&self, command: &[&str]) -> String {
        let answer = Command::new("redis-cli").arg("-s").arg(self.socket()).args(command).output().expect("redis-cli");
        String::from_utf8_lossy(&answer.stdout).trim_end().to_owned()
    }

    fn process(&self) -> MutexGuard<'_, Option<Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("redis.sock")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

/// Three nodes that share the slots.
pub(crate) struct RedisCluster {
    pub(crate) nodes: Vec<RedisServer>,
    ports: Vec<u16>,
}

impl RedisCluster {
    /// Starts them, and waits until they are one.
    pub(crate) async fn start() -> Self {
        const SLOTS: [[&str; 2]; 3] = [["0", "5460"], ["5461", "10922"], ["10923", "16383"]];
        let ports: Vec<u16> = SLOTS.iter().map(|_| port::free()).collect();
        let node = |port: &u16| {
            let (port, bus) = (port.to_string(), port::free().to_string());
            let cluster = ["--cluster-enabled", "yes", "--cluster-require-full-coverage", "no", "--cluster-port", &bus];
            let settings = ["--bind", "127.0.0.1", "--port", &port, "--appendonly", "yes", "--appendfsync", "always"];
            let node = RedisServer::start_with(&[&settings[..], &cluster[..]].concat());
            (node, port, bus)
        };
        let nodes: Vec<_> = ports.iter().map(node).collect();
        for ((node, ..), [first, last]) in nodes.iter().zip(SLOTS) {
            assert_eq!(node.ask(&["CLUSTER", "ADDSLOTSRANGE", first, last]), "OK");
            for (_, port, bus) in &nodes[1..] {
                assert_eq!(nodes[0].0.ask(&["CLUSTER", "MEET", "127.0.0.1", port, bus]), "OK");
            }
        }
        let cluster = Self { nodes: nodes.into_iter().map(|(node, ..)| node).collect(), ports };
        cluster.is_whole().await;
        cluster
    }

    /// Waits until each node knows that all slots are served.
    pub(crate) async fn is_whole(&self) {
        let whole = |node: &RedisServer| {
            let info = node.ask(&["CLUSTER", "INFO"]);
            ["cluster_state:ok", "cluster_slots_ok:16384", "cluster_known_nodes:3"].iter().all(|line| info.contains(line))
        };
        eventually("the cluster", || self.nodes.iter().all(whole).then_some(())).await;
    }

    /// For `database_url` and `sessions_url`.
    pub(crate) fn url(&self) -> String {
        let nodes: Vec<_> = self.ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        format!("redis+cluster://{}", nodes.join(","))
    }
}

/// Somebody who is connected, also when nobody else is let in.
pub(crate) struct Administrator(UnixStream);

impl Administrator {
    /// What the server answers to one command, in one line.
    pub(crate) fn ask(&mut self, command: &str) -> String {
        self.0.write_all(format!("{command}\r\n").as_bytes()).expect("a command");
        let mut line = String::new();
        BufReader::new(&self.0).read_line(&mut line).expect("an answer");
        line.trim_end().to_owned()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}
