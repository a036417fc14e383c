//! Where mails leave the house.

use std::path::PathBuf;

use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use tokio::io::AsyncWriteExt;

use super::Mail;

/// Why a mail did not leave, or an outlet cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// `mail_url` is none that is known.
    #[error("mail_url is {0:?}: expected console: or file:DIR")]
    UnknownUrl(String),
    /// `mail_from` is no address.
    #[error("mail_from is {0:?}: expected such as Vestibule <no-reply@example.org>")]
    BadSender(String),
    /// A message that cannot be written.
    #[error("the mail cannot be written: {0}")]
    Malformed(#[from] lettre::error::Error),
    /// The directory or the console does not take it.
    #[error("the mail cannot be delivered: {0}")]
    Undeliverable(#[from] std::io::Error),
}

#[derive(Clone, Debug)]
enum Outlet {
    Console,
    Directory(PathBuf),
}

/// Sends mails.
#[derive(Clone, Debug)]
pub struct Mailer {
    from: Mailbox,
    outlet: Outlet,
}

impl Mailer {
    /// From the settings `mail_url` and `mail_from`.
    ///
    /// # Errors
    /// If one of them cannot be read, or the directory not made.
    pub fn new(url: &str, from: &str) -> Result<Self, MailError> {
        let outlet = match url.strip_prefix("file:") {
            Some(directory) if !directory.is_empty() => {
                let directory = PathBuf::from(directory.strip_prefix("//").unwrap_or(directory));
                std::fs::create_dir_all(&directory)?;
                Outlet::Directory(directory)
            }
            _ if url == "console:" => Outlet::Console,
            _ => return Err(MailError::UnknownUrl(url.to_owned())),
        };
        let from = from.parse().map_err(|_| MailError::BadSender(from.to_owned()))?;
        Ok(Self { from, outlet })
    }

    /// Delivers one mail. `name` is unique and names the file; a file appears whole or not at all.
    ///
    /// # Errors
    /// If the message is malformed or the outlet does not take it.
    pub async fn deliver(&self, name: &str, mail: &Mail) -> Result<(), MailError> {
        let to: lettre::Address = mail.to.as_str().parse().map_err(|_| MailError::BadSender(mail.to.as_str().to_owned()))?;
        let head = Message::builder().from(self.from.clone()).to(Mailbox::new(None, to)).subject(&mail.subject);
        let message = match &mail.html {
            Some(html) => head.multipart(MultiPart::alternative_plain_html(mail.text.clone(), html.clone()))?,
            None => head.singlepart(SinglePart::plain(mail.text.clone()))?,
        };
        match &self.outlet {
            Outlet::Console => {
                let shown = format!("--- mail to {} ---\nSubject: {}\n\n{}\n---\n", mail.to, mail.subject, mail.text.trim_end());
                let mut console = tokio::io::stdout();
                console.write_all(shown.as_bytes()).await?;
                console.flush().await?;
            }
            Outlet::Directory(directory) => {
                let aside = directory.join(format!(".{name}.part"));
                tokio::fs::write(&aside, message.formatted()).await?;
                tokio::fs::rename(&aside, directory.join(format!("{name}.eml"))).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Email;

    #[tokio::test]
    async fn a_file_for_each_mail() {
        let directory = tempfile::tempdir().expect("directory");
        let mailer = Mailer::new(&format!("file:{}", directory.path().display()), "Vestibule <no-reply@example.org>").expect("mailer");
        let mail = Mail {
            to: Email::parse("ann@example.org").expect("address"),
            subject: "Grüße".into(),
            text: "Your code is 123456.".into(),
            html: None,
        };
        mailer.deliver("1", &mail).await.expect("delivered");
        let text = std::fs::read_to_string(directory.path().join("1.eml")).expect("file");
        assert!(text.contains("To: ann@example.org") && text.contains("123456"), "{text}");
        assert_eq!(std::fs::read_dir(directory.path()).expect("listing").count(), 1);
    }

    #[test]
    fn names_what_is_wrong() {
        assert!(matches!(Mailer::new("pigeon:", "a@example.org"), Err(MailError::UnknownUrl(_))));
        assert!(matches!(Mailer::new("console:", "nobody"), Err(MailError::BadSender(_))));
    }
}
