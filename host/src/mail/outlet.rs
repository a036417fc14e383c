//! Where mails leave the house.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use lettre::message::{Mailbox, Message};
use tokio::io::AsyncWriteExt;

use super::{
    Mail, Postmark, message,
    place::{self, Place},
    smtp::Relay,
};

/// Why mail cannot be set up. No message shows a password.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// `mail_url` cannot be used.
    #[error("mail_url {0}")]
    Url(String),
    /// `mail_from` is no address.
    #[error("mail_from is {0:?}: expected such as Vestibule <no-reply@example.org>")]
    Sender(String),
    /// The directory cannot be made.
    #[error("mail_url: {path}: {source}", path = path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// `mail_tls_ca` cannot be used.
    #[error("mail_tls_ca: {path}: {problem}", path = path.display())]
    Authority {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The system trusts nobody.
    #[error("no TLS for mail: {0}; install the ca-certificates package, set mail_tls_ca, or say tls=off in mail_url")]
    NoTls(String),
}

/// Why a mail did not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// Another try may help.
    Later(String),
    /// Refused for good.
    Refused(String),
}

impl From<std::io::Error> for Undelivered {
    fn from(error: std::io::Error) -> Self {
        Self::Later(error.to_string())
    }
}

/// What the operator set.
#[derive(Clone, Copy)]
pub struct MailSettings<'a> {
    /// `mail_url`.
    pub url: &'a str,
    /// `mail_from`.
    pub from: &'a str,
    /// `mail_timeout`: for connecting, and for each answer of a server.
    pub timeout: Duration,
    /// `mail_tls_ca`.
    pub tls_ca: Option<&'a Path>,
    /// Whether a server on another machine must protect the connection.
    pub demand_tls: bool,
    /// Our name: the host of `public_url`.
    pub host: &'a str,
}

enum Outlet {
    Console,
    Directory(PathBuf),
    Smtp(Relay),
}

/// Sends mails. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    domain: String,
    outlet: Arc<Outlet>,
}

impl Mailer {
    /// From the settings.
    ///
    /// # Errors
    /// The setting that cannot be used, and how to mend it.
    pub fn new(settings: MailSettings<'_>) -> Result<Self, MailError> {
        let outlet = match place::read(settings.url, settings.demand_tls).map_err(MailError::Url)? {
            Place::Console => Outlet::Console,
            Place::Directory(path) => {
                std::fs::create_dir_all(&path).map_err(|source| MailError::Directory { path: path.clone(), source })?;
                Outlet::Directory(path)
            }
            Place::Smtp(server) => Outlet::Smtp(Relay::new(server, settings.host, settings.tls_ca, settings.timeout)?),
        };
        let from = settings.from.parse().map_err(|_| MailError::Sender(settings.from.to_owned()))?;
        Ok(Self { from, domain: settings.host.to_owned(), outlet: Arc::new(outlet) })
    }

    /// Delivers one mail. Into a directory it appears whole or not at all, and once however often it is tried.
    ///
    /// # Errors
    /// If the message cannot be written or is not taken.
    pub async fn deliver(&self, postmark: &Postmark, mail: &Mail) -> Result<(), Undelivered> {
        let message = message::write(&self.from, &self.domain, postmark, mail).map_err(Undelivered::Refused)?;
        match &*self.outlet {
            Outlet::Console => Ok(show(mail).await?),
            Outlet::Directory(directory) => Ok(file(directory, &postmark.name, &message).await?),
            Outlet::Smtp(relay) => relay.deliver(&message).await,
        }
    }
}

async fn show(mail: &Mail) -> std::io::Result<()> {
    let shown = format!("--- mail to {} ---\nSubject: {}\n\n{}\n---\n", mail.to, mail.subject, mail.text.trim_end());
    let mut console = tokio::io::stdout();
    console.write_all(shown.as_bytes()).await?;
    console.flush().await
}

async fn file(directory: &Path, name: &str, message: &Message) -> std::io::Result<()> {
    let aside = directory.join(format!(".{name}.part"));
    tokio::fs::write(&aside, message.formatted()).await?;
    tokio::fs::rename(&aside, directory.join(format!("{name}.eml"))).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Email, Timestamp};

    fn settings<'a>(url: &'a str, from: &'a str) -> MailSettings<'a> {
        MailSettings { url, from, timeout: Duration::from_secs(1), tls_ca: None, demand_tls: false, host: "localhost" }
    }

    #[tokio::test]
    async fn a_file_for_each_mail() {
        let directory = tempfile::tempdir().expect("directory");
        let url = format!("file:{}", directory.path().display());
        let mailer = Mailer::new(settings(&url, "Vestibule <no-reply@example.org>")).expect("mailer");
        let mail = Mail {
            to: Email::parse("ann@example.org").expect("address"),
            subject: "Grüße".into(),
            text: "Your code is 123456.".into(),
            html: None,
        };
        let postmark = Postmark { name: "1".into(), message_id: "m".into(), at: Timestamp(0) };
        mailer.deliver(&postmark, &mail).await.expect("delivered");
        mailer.deliver(&postmark, &mail).await.expect("delivered again");
        let text = std::fs::read_to_string(directory.path().join("1.eml")).expect("file");
        assert!(text.contains("To: ann@example.org") && text.contains("123456"), "{text}");
        assert_eq!(std::fs::read_dir(directory.path()).expect("listing").count(), 1);
    }

    #[test]
    fn names_what_is_wrong() {
        let error = |url, from| Mailer::new(settings(url, from)).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error("pigeon:", "a@example.org").starts_with("mail_url is \"pigeon\": expected console:"));
        assert!(error("console:", "nobody").starts_with("mail_from is \"nobody\""));
        let absent = MailSettings { tls_ca: Some(Path::new("/nowhere.pem")), ..settings("smtp://mx.example.org", "a@example.org") };
        assert!(Mailer::new(absent).err().expect("refused").to_string().starts_with("mail_tls_ca: /nowhere.pem: "));
    }
}
