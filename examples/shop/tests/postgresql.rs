//! A throw-away PostgreSQL: made and ended by the test, reachable through a socket in its own directory only.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, getuid, kill_process};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;

/// PostgreSQL refuses to run as root; this user has no rights at all.
const NOBODY: u32 = 65534;

/// The server.
pub(crate) struct Cluster {
    child: Child,
    directory: TempDir,
}

impl Cluster {
    /// # Panics
    /// If PostgreSQL is not installed, which CI must not overlook.
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        if getuid().is_root() {
            chown(directory.path(), Some(NOBODY), None).unwrap();
        }
        let data = directory.path().join("data");
        let made =
            program("initdb").arg("-D").arg(&data).args(["-U", "shop", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut server = program("postgres");
        server.arg("-D").arg(&data).arg("-k").arg(directory.path());
        for setting in ["listen_addresses=", "fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=40"] {
            server.arg("-c").arg(setting);
        }
        let log = fs::File::create(directory.path().join("log")).unwrap();
        let child = server.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let cluster = Self { child, directory };
        let begun = Instant::now();
        while let Err(error) = PgConnection::connect(&cluster.url("postgres")).await {
            let log = fs::read_to_string(cluster.directory.path().join("log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(30), "{error}\n{log}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        cluster
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://shop@localhost/{database}?host={}", self.directory.path().display())
    }

    /// A new, empty database; gives its URL.
    pub(crate) async fn database(&self, name: &str) -> String {
        let mut connection = PgConnection::connect(&self.url("postgres")).await.unwrap();
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await.unwrap();
        self.url(name)
    }

    /// Ends the server, connections and all.
    pub(crate) fn stop(&mut self) {
        // A fast shutdown; it may have ended already.
        let _ = kill_process(Pid::from_child(&self.child), Signal::INT);
        let _ = self.child.wait();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A program of the newest version that is installed, as a user whom PostgreSQL accepts.
fn program(name: &str) -> Command {
    let mut command = Command::new(newest().join(name));
    if getuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.current_dir("/").env_clear().env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
    command
}

fn newest() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let number = |path: &Path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let newest = versions.map(|entry| entry.path()).filter(|path| path.join("bin/initdb").exists()).max_by_key(|path| number(path));
    newest.expect("PostgreSQL is not in /usr/lib/postgresql: install the package postgresql").join("bin")
}
