//! Sends mail that it may not, or more than it may. The feature `mail`.

use vestibule_plugin::{
    Input,
    mail::{self, MailError},
};

use crate::{Answer, Attacks, report};

pub(crate) const ATTACKS: Attacks = &[
    ("mail_flood", mail_flood),
    ("mail_header", |_| outcome("x@example.org\r\nBcc: y@example.org", "code", "1")),
    ("mail_template", |_| outcome("x@example.org", "no_such_template", "1")),
    ("mail_giant", |_| outcome("x@example.org", "code", &"x".repeat(10 << 20))),
];

fn mail_flood(_input: &Input) -> Answer {
    for _ in 0..1000 {
        std::hint::black_box(mail::send("x@example.org", "code", &[("code", "1"), ("minutes", "1")]).is_ok());
    }
    Err(report(&["sent without end"]))
}

fn outcome(to: &str, template: &str, code: &str) -> Answer {
    Err(match mail::send(to, template, &[("code", code), ("minutes", "1")]) {
        Ok(()) => report(&["sent"]),
        Err(MailError::Invalid(_)) => report(&["invalid"]),
        Err(MailError::Unavailable) => report(&["unavailable"]),
    })
}
