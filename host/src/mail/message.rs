//! A mail as it travels (RFC 5322, RFC 2046).

use std::time::{Duration, SystemTime};

use lettre::message::{
    Mailbox, Message, MultiPart, SinglePart,
    header::{Header, HeaderName, HeaderValue},
};

use super::{Mail, Postmark};

/// `Auto-Submitted: auto-generated` (RFC 3834): nobody's holiday notice is to answer it.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The whole message. `domain` is the part of its id after the @.
///
/// # Errors
/// Why it cannot be written; it never can.
pub(super) fn write(from: &Mailbox, domain: &str, postmark: &Postmark, mail: &Mail) -> Result<Message, String> {
    let to: lettre::Address = mail.to.as_str().parse().map_err(|error| format!("the recipient's address: {error}"))?;
    let date = SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(postmark.at.0).unwrap_or_default());
    let head = Message::builder()
        .date(date)
        .message_id(Some(format!("<{}@{domain}>", postmark.message_id)))
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(&mail.subject)
        .header(AutoSubmitted);
    let message = match &mail.html {
        Some(html) => head.multipart(MultiPart::alternative_plain_html(mail.text.clone(), html.clone())),
        None => head.singlepart(SinglePart::plain(mail.text.clone())),
    };
    message.map_err(|error| format!("the message: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Email, Timestamp};

    fn written(to: &str, subject: &str, html: Option<&str>) -> String {
        let mail = Mail {
            to: Email::parse(to).expect("address"),
            subject: subject.into(),
            text: "Grüße 123456\n".into(),
            html: html.map(Into::into),
        };
        let postmark = Postmark { name: "1".into(), message_id: "abc".into(), at: Timestamp::from_seconds(1_700_000_000) };
        let from = "Vestibule <no-reply@example.org>".parse().expect("sender");
        String::from_utf8(write(&from, "auth.example.org", &postmark, &mail).expect("message").formatted()).expect("text")
    }

    #[test]
    fn has_the_headers_of_a_machines_mail() {
        let text = written("ann@example.org", "Your code", None);
        for line in [
            "From: Vestibule <no-reply@example.org>",
            "To: ann@example.org",
            "Subject: Your code",
            "Message-ID: <abc@auth.example.org>",
            "Date: Tue, 14 Nov 2023 22:13:20 +0000",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ] {
            assert!(text.lines().any(|have| have == line), "{line} is not in {text}");
        }
    }

    #[test]
    fn subjects_add_no_header() {
        for subject in ["x\r\nBcc: eve@example.org", "x\nBcc: eve@example.org", "x\rBcc: eve@example.org", "ж\r\n\r\nBcc: eve@example.org"]
        {
            let text = written("ann@example.org", subject, Some("<p>x</p>"));
            assert!(!text.split("\r\n").any(|line| line.starts_with("Bcc")), "{text}");
            assert!(!text.split(['\r', '\n']).any(|line| line.starts_with("Bcc")), "{text}");
        }
    }
}
