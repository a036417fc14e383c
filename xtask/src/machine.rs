//! What the machine has to have: found, installed where that is possible without asking, or named with the line to type.

use std::{os::unix::fs::MetadataExt as _, path::PathBuf, process::Command};

use crate::{
    Error, Step, Workspace,
    program::{self, cargo},
};

/// Before everything else: what any build needs.
pub(crate) const READY: Step = Step { title: "looking over this machine", work: ready };

/// The target of plugins.
pub(crate) const WASM: &str = "wasm32-wasip2";

/// Something from the system, and the Debian packages that bring it.
pub(crate) struct Package {
    what: &'static str,
    /// A program and arguments that succeed where it is there.
    detect: (&'static str, &'static [&'static str]),
    debian: &'static str,
}

pub(crate) const C_COMPILER: Package =
    Package { what: "a C compiler (SQLite and ring are C)", detect: ("cc", &["--version"]), debian: "gcc libc6-dev" };

pub(crate) const PYTHON: Package = Package {
    what: "Python 3 with venv (for schemathesis and PyJWT)",
    detect: ("python3", &["-c", "import ensurepip, venv"]),
    debian: "python3 python3-venv",
};

pub(crate) const POSTGRESQL: Package = Package {
    what: "PostgreSQL (its programs; the tests start throw-away servers of their own)",
    detect: ("sh", &["-c", "ls /usr/lib/postgresql/*/bin/initdb"]),
    debian: "postgresql",
};

pub(crate) const NGINX: Package = Package {
    what: "nginx (the tests start it in front of gateways)",
    detect: ("sh", &["-c", "PATH=$PATH:/usr/sbin nginx -v"]),
    debian: "nginx-light",
};

pub(crate) const FAKETIME: Package = Package {
    what: "libfaketime (the tests set the gateway's clock)",
    detect: ("sh", &["-c", "ls /usr/lib/*/faketime/libfaketime.so.1"]),
    debian: "libfaketime",
};

pub(crate) const REDIS: Package = Package {
    what: "Redis (its programs; the tests start throw-away servers of their own)",
    detect: ("sh", &["-c", "redis-server --version && redis-cli --version"]),
    debian: "redis-server",
};

pub(crate) const CHROMIUM: Package = Package {
    what: "Chromium with its WebDriver (the tests of pages run in it)",
    detect: ("sh", &["-c", "chromium --version && chromedriver --version"]),
    debian: "chromium chromium-driver fonts-dejavu-core",
};

pub(crate) const NODE: Package = Package {
    what: "Node.js 20 or newer with npm (for client libraries, the Postman collection and the accessibility check)",
    detect: ("sh", &["-c", "npm --version && node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)'"]),
    debian: "nodejs npm",
};

pub(crate) const CADDY: Package = Package { what: "Caddy (the tests stand behind it)", detect: ("caddy", &["version"]), debian: "caddy" };

impl Package {
    /// Makes it be there, with apt when root; otherwise the error says what to type.
    pub(crate) fn ensure(&self) -> Result<(), Error> {
        if self.found() {
            return Ok(());
        }
        if !(root() && program::works("apt-get", &["--version"])) {
            return Err(self.missing("is missing"));
        }
        eprintln!("  installing {}: apt-get install {}", self.what, self.debian);
        // The lists of packages may be old or missing; only then is it worth the time to fetch them.
        if self.apt_install().is_err() {
            program::run(apt().arg("update"), "Debian's package lists could not be fetched: is there a network?")?;
            self.apt_install()?;
        }
        if self.found() { Ok(()) } else { Err(self.missing("is still missing after its packages were installed")) }
    }

    fn found(&self) -> bool {
        program::works(self.detect.0, self.detect.1)
    }

    fn apt_install(&self) -> Result<(), Error> {
        let mut install = apt();
        // Servers are not started by their packages: the tests start their own.
        install.env("RUNLEVEL", "1");
        install.args(["install", "--yes", "--no-install-recommends"]).args(self.debian.split(' '));
        program::run(&mut install, &self.missing("could not be installed").to_string())
    }

    fn missing(&self, how: &str) -> Error {
        Error::Missing {
            what: format!("{} {how}.", self.what),
            go_on: format!("On Debian, type `apt-get install {}` as root, then try again.", self.debian),
        }
    }
}

fn apt() -> Command {
    let mut apt = Command::new("apt-get");
    apt.args(["--quiet", "--quiet"]).env("DEBIAN_FRONTEND", "noninteractive");
    apt
}

/// Whether this process may do everything.
pub(crate) fn root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn ready(workspace: &mut Workspace) -> Result<(), Error> {
    C_COMPILER.ensure()?;
    wasm_target(workspace)
}

/// The toolchain file names the target, but rustup brings it only where it may install by itself.
fn wasm_target(workspace: &Workspace) -> Result<(), Error> {
    let go_on = "Install Rust with rustup (https://rustup.rs), then try again.";
    let sysroot = program::read(Command::new("rustc").args(["--print", "sysroot"]).current_dir(&workspace.root), go_on)?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot).trim());
    if sysroot.join("lib/rustlib").join(WASM).join("lib").is_dir() {
        return Ok(());
    }
    eprintln!("  adding the target of plugins: rustup target add {WASM}");
    let go_on = format!("Without rustup, install the standard library for {WASM} of this very toolchain, then try again.");
    program::run(Command::new("rustup").args(["target", "add", WASM]).current_dir(&workspace.root), &go_on)
}

/// Whether a Cargo subcommand is installed.
pub(crate) fn has_cargo(workspace: &Workspace, subcommand: &str) -> bool {
    cargo(workspace).args([subcommand, "--version"]).output().is_ok_and(|output| output.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABSENT: Package = Package { what: "a thing", detect: ("sh", &["-c", "false"]), debian: "thing libthing-dev" };
    const PRESENT: Package = Package { what: "a shell", detect: ("sh", &["-c", "true"]), debian: "no such package" };

    #[test]
    fn what_is_there_is_not_installed() {
        PRESENT.ensure().unwrap();
        assert!(!ABSENT.found());
    }

    #[test]
    fn what_is_missing_is_named_with_the_line_to_type() {
        let text = ABSENT.missing("is missing").to_string();
        assert_eq!(text, "a thing is missing.\nOn Debian, type `apt-get install thing libthing-dev` as root, then try again.");
    }
}
