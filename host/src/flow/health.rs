//! Whether this gateway can do its work.

use std::{path::PathBuf, sync::atomic::Ordering, time::Duration};

use super::Flow;
use crate::store::StoreError;

/// How long one check may take: a load balancer waits for the answer.
const PATIENCE: Duration = Duration::from_millis(800);

/// A mail that has waited for so long is stuck: several tries have failed.
const STUCK: Duration = Duration::from_mins(10);

/// One thing that has to work.
pub struct Check {
    /// Its name.
    pub name: String,
    /// What is wrong, if anything.
    pub trouble: Option<String>,
    /// Whether the gateway cannot serve without it.
    pub vital: bool,
}

/// The disk that the gateway's data is on, and how much of it should be free.
#[derive(Clone, Debug)]
pub struct Disk {
    /// A directory on it.
    pub path: PathBuf,
    /// In bytes; 0: any.
    pub least_free: u64,
}

impl Flow {
    /// Tries the stores and looks at everything else; in a second at most, whatever hangs.
    pub async fn health(&self) -> Vec<Check> {
        let (accounts, sessions, migrations, outbox, disk) = tokio::join!(
            in_time("accounts", true, async { said(self.accounts.ping().await) }),
            in_time("sessions", true, async { said(self.ephemeral.ping().await) }),
            self.migrations(),
            in_time("outbox", false, self.stuck_mail()),
            in_time("disk", false, self.disk_space()),
        );
        let mut checks = vec![self.process(), accounts, sessions, migrations, self.signing_key(), self.hashing(), outbox, disk];
        checks.extend(self.provider_health());
        checks
    }

    fn process(&self) -> Check {
        let stopping = self.stopping.load(Ordering::Relaxed);
        check("process", true, stopping.then(|| "it was told to stop and finishes what it has".to_owned()))
    }

    /// What a newer program did to the database while this one serves does not stop it: migrations add, and take nothing away.
    /// It only cannot be started again.
    async fn migrations(&self) -> Check {
        const NAME: &str = "migrations";
        match tokio::time::timeout(PATIENCE, self.accounts.pending()).await {
            Ok(Ok(pending)) if pending.is_empty() => check(NAME, true, None),
            Ok(Ok(pending)) => check(NAME, true, Some(format!("the database lacks {}: run `vestibule migrate`", pending.join(", ")))),
            Ok(Err(error)) => check(NAME, !matches!(error, StoreError::Statement(_)), Some(error.to_string())),
            Err(_) => check(NAME, true, Some(no_answer())),
        }
    }

    fn signing_key(&self) -> Check {
        let (keys, now) = (self.keys.load(), self.clock.now());
        if keys.signing(now).is_none() {
            return check("signing_key", true, Some("there is no signing key: run `vestibule keys rotate --after 0s`".to_owned()));
        }
        let early = "every signing key is for later: is the clock of this machine right?";
        check("signing_key", false, keys.is_early(now).then(|| early.to_owned()))
    }

    fn hashing(&self) -> Check {
        let full = self.passwords.is_saturated();
        check(
            "hashing",
            false,
            full.then(|| "the queue of the hashing pool is full: sign-ins by password are answered with 503".to_owned()),
        )
    }

    async fn stuck_mail(&self) -> Option<String> {
        match self.outbox_depth().await {
            Ok(depth) => depth.oldest_pending.filter(|oldest| *oldest > STUCK).map(|oldest| {
                format!(
                    "{} mails have to leave, the oldest for {} minutes: the log says what hinders them",
                    depth.pending,
                    oldest.as_secs() / 60
                )
            }),
            Err(error) => Some(error.to_string()),
        }
    }

    /// On a thread that may block: a disk of the network can hang.
    async fn disk_space(&self) -> Option<String> {
        let Disk { path, least_free } = self.terms.disk.clone();
        let looked = tokio::task::spawn_blocking(move || rustix::fs::statvfs(&path)).await;
        let free = match looked {
            Ok(Ok(disk)) => disk.f_bavail.saturating_mul(disk.f_frsize),
            Ok(Err(error)) => return Some(format!("data_dir: {error}")),
            Err(error) => return Some(error.to_string()),
        };
        (free < least_free).then(|| format!("{} MiB are free on the disk of data_dir, fewer than disk_space_min_mib", free >> 20))
    }
}

fn check(name: &str, vital: bool, trouble: Option<String>) -> Check {
    Check { name: name.to_owned(), trouble, vital }
}

fn said(outcome: Result<(), StoreError>) -> Option<String> {
    outcome.err().map(|error| error.to_string())
}

async fn in_time(name: &str, vital: bool, trouble: impl Future<Output = Option<String>>) -> Check {
    let trouble = tokio::time::timeout(PATIENCE, trouble).await;
    check(name, vital, trouble.unwrap_or_else(|_| Some(no_answer())))
}

fn no_answer() -> String {
    format!("no answer within {} ms", PATIENCE.as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_hangs_is_told() {
        let check = in_time("accounts", true, std::future::pending()).await;
        assert!(check.vital && check.trouble.is_some_and(|trouble| trouble.contains("no answer")));
    }
}
