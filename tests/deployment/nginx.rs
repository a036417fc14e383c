//! A real nginx with the configuration that ships, on a port of its own.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::{app::made, patience::PATIENCE, port};

/// The addresses in `deploy/nginx.conf`.
pub const GATEWAYS: [&str; 2] = ["gateway-1:5000", "gateway-2:5000"];
/// What surrounds it: on a machine the system's `nginx.conf`, in a container the image's.
const FRAME: &str = "
worker_processes 2;
pid DIR/nginx.pid;
error_log DIR/error.log;
events { worker_connections 256; }
http {
    client_body_temp_path DIR/body;
    proxy_temp_path DIR/proxy;
    fastcgi_temp_path DIR/fastcgi;
    uwsgi_temp_path DIR/uwsgi;
    scgi_temp_path DIR/scgi;
    include DIR/vestibule.conf;
}
";

/// It ends with the value.
pub struct Nginx {
    child: Child,
    directory: TempDir,
    /// Where it listens.
    pub base: String,
}

impl Nginx {
    /// In front of two gateways, given as `http://ADDRESS`.
    pub fn in_front_of(gateways: [&str; 2]) -> Self {
        let port = port::free();
        let directory = laid_out(gateways, port);
        let said = test(&directory);
        assert!(said.contains("syntax is ok"), "{said}");
        let child = command(&directory).args(["-g", "daemon off;"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let nginx = Self { child, directory, base: format!("http://127.0.0.1:{port}") };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "{}", nginx.log("error.log"));
            std::thread::sleep(Duration::from_millis(20));
        }
        nginx
    }

    /// What it says to a request as it is, which no client would send.
    pub fn answer(&self, request: &str) -> String {
        let mut connection = TcpStream::connect(self.base.trim_start_matches("http://")).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
        let mut said = Vec::new();
        // It hangs up, perhaps on what it has not read.
        let _ = connection.read_to_end(&mut said);
        String::from_utf8_lossy(&said).into_owned()
    }

    /// One of its logs.
    pub fn log(&self, name: &str) -> String {
        fs::read_to_string(self.directory.path().join(name)).unwrap_or_default()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // The master takes its workers along, which a SIGKILL would leave behind.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

/// Whether nginx takes the file; what it said.
pub fn test(directory: &TempDir) -> String {
    let output = command(directory).arg("-t").output().expect("nginx runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

/// The file that ships, with other addresses and places for its logs, and nothing else changed.
pub fn laid_out(gateways: [&str; 2], port: u16) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    // Workers run as somebody else where the tests are root.
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let place = directory.path().display().to_string();
    let mut text = super::text("deploy/nginx.conf");
    let changes = [
        (GATEWAYS[0].to_owned(), gateways[0].trim_start_matches("http://").to_owned()),
        (GATEWAYS[1].to_owned(), gateways[1].trim_start_matches("http://").to_owned()),
        ("listen 8080;".to_owned(), format!("listen 127.0.0.1:{port};")),
        ("/var/log/nginx".to_owned(), place.clone()),
    ];
    for (from, to) in changes {
        assert!(text.contains(&from), "{from} is not in deploy/nginx.conf");
        text = text.replace(&from, &to);
    }
    fs::write(directory.path().join("vestibule.conf"), text).unwrap();
    fs::write(directory.path().join("nginx.conf"), FRAME.replace("DIR", &place)).unwrap();
    directory
}

fn command(directory: &TempDir) -> Command {
    let mut command = Command::new(made("VESTIBULE_NGINX", "../usr/sbin/nginx"));
    command.arg("-p").arg(directory.path()).arg("-c").arg(directory.path().join("nginx.conf"));
    command.arg("-e").arg(directory.path().join("error.log"));
    command
}
