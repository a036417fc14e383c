//! The data directory, the secret key, the database and what it holds. The database is opened for reading alone.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use rustix::fs::{Access, access, statvfs};

use super::{redis, report::Report};
use crate::{
    clock::{Clock as _, SystemClock},
    config::{Config, Mode},
    store::{Store, open::is_redis, sql::SqlStore, upkeep::Upkeep as _},
    token::{keyring::KeyRing, seal::SecretKey},
};

/// Clocks of several gateways differ by so much at most.
const SKEW: Duration = Duration::from_mins(1);

pub(super) async fn examine(config: &Config, report: &mut Report) {
    data_dir(config, report);
    let secret = secret_key(config, report);
    let url = config.database();
    let sessions = config.sessions_url.expose();
    if is_redis(sessions) && sessions != url.expose() {
        redis::sessions(config, report).await;
    }
    if is_redis(url.expose()) {
        if let Some(store) = redis::database(config, report).await {
            migrations(config, &*store, report).await;
            keys(&*store, secret, report).await;
            store.close().await;
        }
        return;
    }
    match SqlStore::file(url.expose()) {
        Err(error) => report.fail("database", error.to_string(), "set database_url as the message says"),
        Ok(Some(path)) if !path.exists() => match writable(&path) {
            Ok(()) => report.ok("database", format!("{} is made at the first start", path.display())),
            Err(reason) => report.fail("database", reason, "let data_dir or database_url name a place that this user can write to"),
        },
        Ok(path) => match SqlStore::open_to_look(url.expose()).await {
            Ok(store) => {
                let sound = if let Some(path) = &path {
                    file(path, &store, report).await
                } else {
                    report.ok("database", "the server lets us in");
                    true
                };
                if sound {
                    content(config, &store, report).await;
                }
                keys(&store, secret, report).await;
                store.close().await;
            }
            Err(error) if path.is_none() => {
                report.fail(
                    "database",
                    error.to_string(),
                    "start the server, or correct database_url (`vestibule provision` makes role and database)",
                );
            }
            Err(error) => report.fail("database", error.to_string(), "restore a backup, or name another file in database_url"),
        },
    }
}

/// Whether this user could make the path, without making it.
pub(super) fn writable(path: &Path) -> Result<(), String> {
    let parents = path.ancestors().skip(1).map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent });
    let Some(parent) = parents.into_iter().find(|parent| parent.symlink_metadata().is_ok()) else { return Ok(()) };
    if !parent.is_dir() {
        return Err(format!("{} is not a directory", parent.display()));
    }
    access(parent, Access::WRITE_OK | Access::EXEC_OK).map_err(|error| format!("{} cannot be written to: {error}", parent.display()))
}

fn data_dir(config: &Config, report: &mut Report) {
    let (path, shown) = (&config.data_dir, config.data_dir.display());
    let Ok(metadata) = fs::metadata(path) else {
        return match writable(path) {
            Ok(()) => report.ok("data_dir", format!("{shown} is made at the first start")),
            Err(reason) => report.fail("data_dir", reason, "let data_dir name a place that this user can write to"),
        };
    };
    if !metadata.is_dir() {
        return report.fail("data_dir", format!("{shown} is not a directory"), "remove what is there, or name another place");
    }
    if let Err(error) = access(path, Access::WRITE_OK | Access::EXEC_OK) {
        return report.fail(
            "data_dir",
            format!("{shown} cannot be written to: {error}"),
            format!("chown it to the gateway's user: {shown}"),
        );
    }
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o022 != 0 {
        report.fail("data_dir", format!("{shown} has mode {mode:03o}: others can put files there"), format!("chmod 700 {shown}"));
    } else {
        report.ok("data_dir", format!("{shown} can be written to"));
    }
    if let Ok(disk) = statvfs(path) {
        let (free, least) = (disk.f_bavail.saturating_mul(disk.f_frsize) >> 20, u64::from(config.disk_space_min_mib));
        if free < least {
            report.warn("disk", format!("{free} MiB are free, fewer than disk_space_min_mib ({least})"), "make room, or move data_dir");
        } else {
            report.ok("disk", format!("{free} MiB are free"));
        }
    }
}

fn secret_key(config: &Config, report: &mut Report) -> Option<SecretKey> {
    let mend = "make one with `openssl rand -hex 32`, readable by the gateway's user alone (chmod 600)";
    if let Some(text) = &config.secret_key {
        return match SecretKey::parse(text.expose()) {
            Ok(key) => {
                report.ok("secret_key", "set");
                Some(key)
            }
            Err(error) => {
                report.fail("secret_key", error.to_string(), mend);
                None
            }
        };
    }
    let path = config.secret_key_path();
    match SecretKey::load(&path) {
        Ok(Some(key)) => {
            report.ok("secret_key", format!("{} can be read", path.display()));
            return Some(key);
        }
        Ok(None) if config.mode == Mode::Production => {
            report.fail("secret_key", format!("{}: there is no such file, and production makes no secrets", path.display()), mend);
        }
        Ok(None) => report.ok("secret_key", format!("{} is made at the first start", path.display())),
        Err(error) => report.fail("secret_key", error.to_string(), mend),
    }
    None
}

/// Whether the file can be looked into further.
async fn file(path: &Path, store: &SqlStore, report: &mut Report) -> bool {
    match store.quick_check().await {
        Ok(problems) if problems.is_empty() => report.ok("database", format!("{} is sound", path.display())),
        Ok(problems) => {
            let text = format!("{} is damaged: {}", path.display(), problems.join("; "));
            report.fail("database", text, "stop the gateway and restore a backup");
            return false;
        }
        Err(error) => {
            report.fail("database", error.to_string(), "stop the gateway and restore a backup");
            return false;
        }
    }
    if let Ok(mode) = fs::metadata(path).map(|metadata| metadata.permissions().mode() & 0o777)
        && mode & 0o077 != 0
    {
        report.fail(
            "database",
            format!("{} has mode {mode:03o}: others can read it", path.display()),
            format!("chmod 600 {}", path.display()),
        );
    }
    true
}

async fn migrations(config: &Config, store: &dyn Store, report: &mut Report) {
    match store.pending().await {
        Ok(pending) if pending.is_empty() => {
            report.ok("migrations", "all are applied");
            if matches!(store.is_half_copied().await, Ok(true)) {
                let problem = "the database holds a copy of another store that has not ended; no gateway starts on it";
                report.fail("store copy", problem, "wait for `vestibule store copy`, or run it again with --start-over");
            }
        }
        Ok(pending) if config.migrate_on_start => {
            report.warn(
                "migrations",
                format!("the database lacks {}", pending.join(", ")),
                "they are applied at the next start; make a backup first",
            );
        }
        Ok(pending) => report.fail("migrations", format!("the database lacks {}", pending.join(", ")), "run `vestibule migrate`"),
        Err(error) => {
            report.fail("migrations", error.to_string(), "start the version of vestibule that the message asks for, or restore a backup");
        }
    }
}

async fn content(config: &Config, store: &SqlStore, report: &mut Report) {
    migrations(config, store, report).await;
    if let Ok(Some(newest)) = store.newest().await {
        let now = SystemClock.now();
        if newest.minus(SKEW) > now {
            let text = format!("it is {} here, but the database has a row of {}", now.rfc3339(), newest.rfc3339());
            report.fail("clock", text, "set this machine's clock (NTP): tokens and sessions end by it");
        } else {
            report.ok("clock", "not before the newest row");
        }
    }
}

async fn keys(store: &dyn Store, secret: Option<SecretKey>, report: &mut Report) {
    let Ok(keys) = store.signing_keys().await else { return };
    if keys.is_empty() {
        return report.ok("signing_keys", "the first is made at the first start");
    }
    let Some(secret) = secret else {
        let text = "the database has signing keys, and there is no secret key to open them";
        return report.fail("signing_keys", text, "give secret_key the value that this database was used with");
    };
    match KeyRing::open(&keys, &secret, Duration::ZERO) {
        Ok(ring) if ring.is_early(SystemClock.now()) => {
            let text = "every key is for later, and one signs all the same: the clock of this machine may be behind";
            report.warn("signing_keys", text, "compare it (`date -u`) with the clocks of the other gateways");
        }
        Ok(ring) if ring.signing(SystemClock.now()).is_some() => report.ok("signing_keys", format!("{} open, one signs", keys.len())),
        Ok(_) => report.fail("signing_keys", "none signs", "run `vestibule keys rotate --after 0s`"),
        Err(error) => report.fail("signing_keys", error.to_string(), "give secret_key the value that this database was used with"),
    }
}
