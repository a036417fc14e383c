//! Which passwords are good enough (security rule 4).

use zxcvbn::{Score, feedback::Feedback, zxcvbn};

use super::{MAX_CHARACTERS, normalise};
use crate::model::{Email, Secret};

/// In characters, after normalisation.
pub const MIN_CHARACTERS: usize = 8;

/// The operator's demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// zxcvbn's score, 0 (anything) to 4; see [`Policy::default`].
    pub min_score: u8,
}

impl Default for Policy {
    /// Score 2: above a million guesses, which throttled online guessing does not reach.
    fn default() -> Self {
        Self { min_score: 2 }
    }
}

/// Why a password is not taken; the text is for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// Below [`MIN_CHARACTERS`].
    #[error("The password must have at least 8 characters.")]
    TooShort,
    /// Above [`MAX_CHARACTERS`].
    #[error("The password must have at most 128 characters.")]
    TooLong,
    /// Easy to guess; why, and what would help.
    #[error("{0}")]
    TooWeak(String),
    /// NUL, line breaks and the like: nobody can type them again.
    #[error("The password must not contain control characters such as line breaks.")]
    ControlCharacters,
}

impl Weakness {
    /// The stable code of the API.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::TooWeak(_) => "too_weak",
            Self::ControlCharacters => "control_characters",
        }
    }
}

impl Policy {
    /// Checks a new password. `email` and `words` (a name, the name of the service) are no secrets and count for little
    /// in it. Takes milliseconds, tens of them for long passwords: async code calls [`HashPool::check`](super::HashPool::check).
    ///
    /// # Errors
    /// See [`Weakness`].
    pub fn check(&self, password: &Secret<String>, email: Option<&Email>, words: &[&str]) -> Result<(), Weakness> {
        let password = normalise(password.expose()).ok_or(Weakness::TooLong)?;
        let password = password.expose();
        if password.chars().any(char::is_control) {
            return Err(Weakness::ControlCharacters);
        }
        if password.chars().count() < MIN_CHARACTERS {
            return Err(Weakness::TooShort);
        }
        let entropy = zxcvbn(password, &context(email, words));
        if u8::from(entropy.score()) < self.min_score.min(u8::from(Score::Four)) {
            return Err(Weakness::TooWeak(reason(entropy.feedback())));
        }
        Ok(())
    }
}

/// The address, its local part and domain, and their pieces ("ann.miller" is no better than "miller").
fn context<'a>(email: Option<&'a Email>, words: &[&'a str]) -> Vec<&'a str> {
    let mut context = words.to_vec();
    if let Some(email) = email.map(Email::as_str) {
        context.push(email);
        for part in email.split('@') {
            context.push(part);
            context.extend(part.split(|c: char| !c.is_alphanumeric()).filter(|piece| piece.chars().count() > 2));
        }
    }
    context
}

fn reason(feedback: Option<&Feedback>) -> String {
    let mut sentences = vec!["The password is too easy to guess.".to_owned()];
    if let Some(feedback) = feedback {
        sentences.extend(feedback.warning().map(|warning| warning.to_string()));
        sentences.extend(feedback.suggestions().iter().map(ToString::to_string));
    }
    sentences.join(" ")
}

const _: () = assert!(MIN_CHARACTERS < MAX_CHARACTERS);

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), Weakness> {
        let email = Email::parse("ann.zyxwarth@kellbrook.example").expect("an address");
        Policy::default().check(&Secret::new(password.to_owned()), Some(&email), &["Vestibule"])
    }

    fn code(password: &str) -> Option<&'static str> {
        check(password).err().map(|weakness| weakness.code())
    }

    #[test]
    fn length_counts_characters_after_normalisation() {
        assert_eq!(code(""), Some("too_short"));
        assert_eq!(code("kR7$vq2"), Some("too_short"));
        assert_eq!(code("kR7$vq2!"), None);
        assert_eq!(code("ключ-7ыъ"), None, "characters, not bytes");
        assert_eq!(code("a\u{308}o\u{308}u\u{308}7$"), Some("too_short"), "eight code points, five characters");

        let long: String = "kR7$vq2!Zp-wT9#".chars().cycle().take(128).collect();
        assert_eq!(code(&long), None);
        assert_eq!(code(&format!("{long}x")), Some("too_long"));
        assert_eq!(code(&"x".repeat(10 << 20)), Some("too_long"));
        // One character that becomes eighteen.
        assert_eq!(code(&"\u{fdfa}".repeat(8)), Some("too_long"));
    }

    #[test]
    fn control_characters_are_refused() {
        for password in ["kR7$vq2!\0Zp", "kR7$vq2!\nZp", "kR7$vq2!\u{7f}", "kR7$vq2!\u{85}", "\t"] {
            assert_eq!(code(password), Some("control_characters"), "{password:?}");
        }
    }

    #[test]
    fn weak_passwords_are_refused_with_a_reason() {
        for password in ["password", "12345678", "qwertyuiop", "aaaaaaaaaaaa", "P@ssw0rd", "ｐａｓｓｗｏｒｄ"] {
            assert_eq!(code(password), Some("too_weak"), "{password}");
        }
        let text = check("password").expect_err("refused").to_string();
        assert!(text.contains("easy to guess") && text.contains("common password") && text.contains("Add another word"), "{text}");
    }

    #[test]
    fn what_everybody_knows_about_the_person_does_not_count() {
        for password in ["zyxwarth1", "ann.zyxwarth@kellbrook.example", "kellbrook", "Vestibule1"] {
            assert_eq!(code(password), Some("too_weak"), "{password}");
        }
        let stranger = Policy::default().check(&Secret::new("zyxwarth1".to_owned()), None, &[]);
        assert_eq!(stranger, Ok(()), "the same password is fine for somebody else");
    }

    #[test]
    fn the_operator_sets_the_bar() {
        let password = Secret::new("zyxwarth1".to_owned());
        assert_eq!(Policy { min_score: 4 }.check(&password, None, &[]).err().map(|weakness| weakness.code()), Some("too_weak"));
        let trivial = Secret::new("password".to_owned());
        assert_eq!(Policy { min_score: 0 }.check(&trivial, None, &[]), Ok(()));
    }
}
