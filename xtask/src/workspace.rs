//! Where things are, and what the steps of a command have found out so far.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::postgresql::Server;

/// A suite that cannot run on this machine.
pub(crate) struct NotRun {
    pub(crate) suite: &'static str,
    pub(crate) because: String,
}

pub(crate) struct Workspace {
    /// The repository.
    pub(crate) root: PathBuf,
    /// Cargo's target directory; everything that xtask makes lives below it.
    pub(crate) target: PathBuf,
    /// For the program that the last step starts.
    pub(crate) arguments: Vec<OsString>,
    /// Whether this is a CI run: nothing may be left out.
    pub(crate) ci: bool,
    /// What the tests are told through the environment, by name.
    pub(crate) told: Vec<(&'static str, PathBuf)>,
    /// The server that the tests share, until the end of the command.
    pub(crate) postgresql: Option<Server>,
    /// What will not be tested.
    pub(crate) not_run: Vec<NotRun>,
}

impl Workspace {
    /// The workspace that `cargo xtask` was called in.
    pub(crate) fn new(arguments: Vec<OsString>) -> Self {
        let manifest = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = manifest.parent().map_or_else(|| manifest.clone(), Path::to_path_buf);
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |target| root.join(target));
        let ci = env::var_os("CI").is_some_and(|ci| !ci.is_empty() && ci != "0" && ci != "false");
        Self { root, target, arguments, ci, told: Vec::new(), postgresql: None, not_run: Vec::new() }
    }

    /// The gateway of a Cargo profile (`debug`, `release`).
    pub(crate) fn gateway(&self, profile: &str) -> PathBuf {
        self.target.join(profile).join(format!("vestibule{}", env::consts::EXE_SUFFIX))
    }

    /// Another program of the workspace.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// Where the shipped providers are put once built.
    pub(crate) fn plugins(&self) -> PathBuf {
        self.target.join("plugins")
    }

    /// Where the components that only tests use are put.
    pub(crate) fn test_plugins(&self) -> PathBuf {
        self.target.join("test-plugins")
    }

    /// Tells the tests a path by an environment variable.
    pub(crate) fn tell(&mut self, name: &'static str, path: PathBuf) {
        self.told.retain(|(told, _)| *told != name);
        self.told.push((name, path));
    }
}
