//! A PostgreSQL server of a test's own, with passwords and TLS, for what would disturb the others.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, getuid, kill_process};
use tempfile::TempDir;

use crate::{certificate, patience::PATIENCE, port};

/// PostgreSQL refuses to run as root; this user has no rights at all.
const NOBODY: u32 = 65534;
/// The password of `postgres`, who may do everything.
pub const ADMIN_PASSWORD: &str = "the password of the administrator";

/// It ends with the value.
pub struct Server {
    child: Option<Child>,
    directory: TempDir,
    settings: Vec<String>,
    port: u16,
}

impl Server {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// With settings of its own, `name=value`.
    pub fn start_with(settings: &[&str]) -> Self {
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let directory = tempfile::tempdir().unwrap();
        let (data, secret) = (directory.path().join("data"), directory.path().join("secret"));
        fs::write(&secret, ADMIN_PASSWORD).unwrap();
        own(directory.path());
        own(&secret);
        let mut initdb = program("initdb");
        initdb.arg("-D").arg(&data).args(["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "-N"]);
        let made = initdb.arg(format!("--pwfile={}", secret.display())).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = port::free();
        let mut server = Self { child: None, directory, settings, port };
        certificate::write(server.directory.path());
        own(&server.path("key.pem"));
        server.go_on();
        server
    }

    /// Starts it again after [`Self::stop`].
    pub fn go_on(&mut self) {
        let mut server = program("postgres");
        server.arg("-D").arg(self.path("data")).arg("-k").arg(self.directory.path()).arg("-p").arg(self.port.to_string());
        let (cert, key) = (self.path("cert.pem"), self.path("key.pem"));
        let files = [format!("ssl_cert_file={}", cert.display()), format!("ssl_key_file={}", key.display())];
        let settings = ["listen_addresses=127.0.0.1", "fsync=off", "ssl=on", "log_statement=all"];
        for setting in settings.into_iter().chain(files.iter().chain(&self.settings).map(String::as_str)) {
            server.arg("-c").arg(setting);
        }
        let log = fs::OpenOptions::new().create(true).append(true).open(self.path("log")).unwrap();
        self.child = Some(server.stdout(Stdio::null()).stderr(log).spawn().unwrap());
        let begun = Instant::now();
        let ready = || program("pg_isready").args(["-q", "-h", "127.0.0.1", "-p"]).arg(self.port.to_string()).status().unwrap().success();
        while !ready() {
            assert!(begun.elapsed() < PATIENCE, "{}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends it, connections and all.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // A fast shutdown; it may have ended already. Of one that is frozen, nothing would come.
            let _ = kill_process(Pid::from_child(&child), Signal::CONT);
            let _ = kill_process(Pid::from_child(&child), Signal::INT);
            let _ = child.wait();
        }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Takes its time from it and from all who work for it, or gives it back: connections stay, and nothing answers.
    pub fn freeze(&self, frozen: bool) {
        let server = Pid::from_child(self.child.as_ref().unwrap());
        let signal = if frozen { Signal::STOP } else { Signal::CONT };
        // First itself, so that it makes no others meanwhile.
        kill_process(server, signal).unwrap();
        for other in children(server) {
            // It may have ended just now.
            let _ = kill_process(other, signal);
        }
    }

    /// A URL over TLS, whose certificate is checked.
    pub fn url(&self, user_and_password: &str, database: &str) -> String {
        let ca = self.path("ca.pem");
        format!("postgres://{user_and_password}@localhost:{}/{database}?sslmode=verify-full&sslrootcert={}", self.port, ca.display())
    }

    /// As the administrator.
    pub fn admin_url(&self, database: &str) -> String {
        self.url(&format!("postgres:{}", ADMIN_PASSWORD.replace(' ', "%20")), database)
    }

    /// Everything that it was asked.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The processes that another has started.
fn children(of: Pid) -> Vec<Pid> {
    let parent = |stat: &str| stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse::<i32>().ok();
    let all = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let ours =
        |pid: &i32| fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| parent(&stat) == Some(of.as_raw_nonzero().get()));
    all.filter(ours).filter_map(Pid::from_raw).collect()
}

/// The server's user reads it, and nobody else but root.
fn own(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if getuid().is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let mode = if path.is_dir() { 0o755 } else { 0o600 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A program of the newest version that is installed, as a user whom PostgreSQL accepts.
fn program(name: &str) -> Command {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path());
    let number = |path: &Path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let newest = versions.filter(|path| path.join("bin/initdb").exists()).max_by_key(|path| number(path));
    let newest = newest.expect("PostgreSQL is not in /usr/lib/postgresql: install the package postgresql");
    let mut command = Command::new(newest.join("bin").join(name));
    if getuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.current_dir("/").env_clear().env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
    command
}
