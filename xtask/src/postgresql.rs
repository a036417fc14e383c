//! PostgreSQL, from the system's packages: one throw-away server for a whole run, in a folder of its own.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use crate::{
    Error, Step, Workspace,
    machine::{POSTGRESQL, root},
    place::failed,
    program,
    workspace::NotRun,
};

pub(crate) const START: Step = Step { title: "starting a throw-away PostgreSQL", work: start };
/// One that writes to the disk as in production.
pub(crate) const START_TO_MEASURE: Step = Step { title: "starting a throw-away PostgreSQL to measure with", work: start_to_measure };

/// PostgreSQL refuses to run as root; this user has no rights at all.
const NOBODY: u32 = 65534;
/// Nothing outlives a run of the tests, so nothing needs to reach the disk.
const FAST: [&str; 3] = ["fsync=off", "full_page_writes=off", "synchronous_commit=off"];
/// Every test gets a copy of this database, which has all migrations.
const TEMPLATE: &str = "vestibule_template";
const GO_ON: &str = "Install the package postgresql, and look at the log that is named above.";

/// A server; it ends with the value.
pub(crate) struct Server {
    child: Child,
    folder: PathBuf,
}

/// Without it some suites cannot run: said loudly, and an error in CI.
fn start(workspace: &mut Workspace) -> Result<(), Error> {
    let server = POSTGRESQL.ensure().and_then(|()| {
        let server = Server::start(workspace, &FAST)?;
        server.make_template(workspace)?;
        Ok(server)
    });
    match server {
        Ok(server) => {
            take(workspace, server);
            Ok(())
        }
        Err(error) if workspace.ci => Err(error),
        Err(error) => {
            workspace.not_run.push(NotRun { suite: "the stores, the gateway and the shop on PostgreSQL", because: error.to_string() });
            Ok(())
        }
    }
}

fn start_to_measure(workspace: &mut Workspace) -> Result<(), Error> {
    POSTGRESQL.ensure()?;
    let server = Server::start(workspace, &[])?;
    take(workspace, server);
    Ok(())
}

fn take(workspace: &mut Workspace, server: Server) {
    workspace.tell("VESTIBULE_POSTGRESQL", server.folder.clone());
    workspace.postgresql = Some(server);
}

impl Server {
    fn start(workspace: &Workspace, settings: &[&str]) -> Result<Self, Error> {
        let folder = folder(&workspace.target);
        clear(&folder)?;
        fs::create_dir_all(&folder).map_err(failed("make", &folder))?;
        if root() {
            chown(&folder, Some(NOBODY), Some(NOBODY)).map_err(failed("give away", &folder))?;
        }
        let data = folder.join("data");
        let mut initdb = postgresql("initdb");
        initdb.arg("-D").arg(&data).args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]).stdout(Stdio::null());
        program::run(&mut initdb, GO_ON)?;
        let mut server = postgresql("postgres");
        server.arg("-D").arg(&data).arg("-k").arg(&folder);
        for setting in ["listen_addresses=", "max_connections=400"].iter().chain(settings) {
            server.arg("-c").arg(setting);
        }
        let log = folder.join("log");
        let log = fs::File::create(&log).map_err(failed("write", &log))?;
        let child = server.stdout(Stdio::null()).stderr(log).spawn();
        let child = child.map_err(|source| program::unstarted(&server, source, GO_ON))?;
        let server = Self { child, folder };
        server.await_socket()?;
        Ok(server)
    }

    fn await_socket(&self) -> Result<(), Error> {
        let begun = Instant::now();
        loop {
            let mut ready = postgresql("pg_isready");
            ready.arg("-q").arg("-h").arg(&self.folder);
            if begun.elapsed() > Duration::from_secs(30) {
                return program::run(&mut ready, GO_ON);
            }
            if ready.status().is_ok_and(|status| status.success()) {
                return Ok(());
            }
            sleep(Duration::from_millis(50));
        }
    }

    fn make_template(&self, workspace: &Workspace) -> Result<(), Error> {
        program::run(postgresql("createdb").arg("-h").arg(&self.folder).args(["-U", "postgres", "-T", "template0", TEMPLATE]), GO_ON)?;
        let mut migrate = Command::new(workspace.gateway("debug"));
        let url = format!("postgres://postgres@localhost/{TEMPLATE}?host={}", self.folder.display());
        migrate.arg("migrate").current_dir(&self.folder).env("VESTIBULE_DATABASE_URL", url).stdout(Stdio::null());
        program::run(&mut migrate, "The migrations do not run on PostgreSQL: see above.")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has no data that anybody would miss.
        let _ = postgresql("pg_ctl").arg("-D").arg(self.folder.join("data")).args(["-s", "-m", "immediate", "stop"]).status();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The same at every run, so that the tests are not built again for it; in the place for temporary files, because the path of a
/// socket is short and the server's user may not look into the workspace.
fn folder(target: &Path) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    target.hash(&mut hasher);
    env::temp_dir().join(format!("vestibule-postgresql-{:016x}", hasher.finish()))
}

/// Removes what a run that was killed has left, the server included.
fn clear(folder: &Path) -> Result<(), Error> {
    if folder.join("data/postmaster.pid").exists() {
        let _ = postgresql("pg_ctl").arg("-D").arg(folder.join("data")).args(["-s", "-m", "immediate", "stop"]).status();
    }
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", folder)(error)),
        _ => Ok(()),
    }
}

/// A program of the newest version that is installed, as a user whom PostgreSQL accepts.
fn postgresql(name: &str) -> Command {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path());
    let number = |path: &Path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let newest = versions.filter(|path| path.join("bin/initdb").exists()).max_by_key(|path| number(path)).unwrap_or_default();
    let mut command = Command::new(newest.join("bin").join(name));
    if root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.current_dir("/").env_clear().env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_the_same_at_every_run_and_short_enough_for_a_socket() {
        let (one, other) = (folder(Path::new("/a/target")), folder(Path::new("/b/target")));
        assert_eq!(one, folder(Path::new("/a/target")));
        assert_ne!(one, other);
        assert!(one.join(".s.PGSQL.5432").as_os_str().len() < 100 + env::temp_dir().as_os_str().len());
    }
}
