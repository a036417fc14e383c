//! Whether mail could leave, without sending any.

use std::path::Path;

use lettre::message::Mailbox;
use rustix::fs::{Access, access};

use super::{
    outlet::{MailSettings, Undelivered},
    place::{self, Place},
    smtp::Relay,
};

/// Looks at the directory, or greets the server, protects the connection and signs in; says what works.
///
/// # Errors
/// What does not, without a password.
pub async fn probe(settings: MailSettings<'_>) -> Result<String, String> {
    if settings.from.parse::<Mailbox>().is_err() {
        return Err(format!("mail_from is {:?}: expected such as Vestibule <no-reply@example.org>", settings.from));
    }
    match place::read(settings.url, settings.demand_tls).map_err(|problem| format!("mail_url {problem}"))? {
        Place::Console => Ok("mails go to the console".to_owned()),
        Place::Directory(path) => directory(&path),
        Place::Smtp(server) => {
            let shown = format!("{}:{}", server.host, server.port);
            let relay = Relay::new(server, settings.host, settings.tls_ca, settings.timeout).map_err(|error| error.to_string())?;
            match relay.greet().await {
                Ok(()) => Ok(format!("{shown} takes mails from us")),
                Err(Undelivered::Later(reason) | Undelivered::Refused(reason)) => Err(reason),
            }
        }
    }
}

/// It is made at the first start, with those above it.
fn directory(path: &Path) -> Result<String, String> {
    let there = path.ancestors().find(|parent| parent.symlink_metadata().is_ok()).unwrap_or_else(|| Path::new("."));
    if !there.is_dir() {
        return Err(format!("mail_url: {} is not a directory", there.display()));
    }
    let may = access(there, Access::WRITE_OK | Access::EXEC_OK);
    may.map_err(|error| format!("mail_url: {} cannot be written to: {error}", there.display()))?;
    Ok(format!("mails go to files in {}", path.display()))
}
