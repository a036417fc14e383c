//! Rules for text that a guest says: what it may hold, and how it is cut for a log.

/// What is wrong with a text. Never shows the text itself, since a guest can repeat what a person typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    #[error("is empty")]
    Empty,
    #[error("is longer than {0} characters")]
    TooLong(usize),
    #[error("holds control characters")]
    Control,
    #[error("holds characters that turn the direction of writing")]
    Bidi,
    #[error("is not a name ([a-z][a-z0-9_]*)")]
    NoName,
}

const MAX_LOG: usize = 500;

/// A value for machines: bounded, and without control characters.
pub(super) fn plain(text: &str, max: usize) -> Result<(), Flaw> {
    if text.len() > max && text.chars().count() > max {
        return Err(Flaw::TooLong(max));
    }
    if text.chars().any(char::is_control) { Err(Flaw::Control) } else { Ok(()) }
}

/// One line that people see, in pages and documents; may be empty.
pub(super) fn line(text: &str, max: usize) -> Result<(), Flaw> {
    plain(text, max)?;
    if text.chars().any(turns_direction) { Err(Flaw::Bidi) } else { Ok(()) }
}

/// One line that people see, and that says something.
pub(super) fn title(text: &str, max: usize) -> Result<(), Flaw> {
    if text.trim().is_empty() { Err(Flaw::Empty) } else { line(text, max) }
}

/// `[a-z][a-z0-9_]*`, at most 40 characters.
pub(super) fn name(text: &str) -> Result<(), Flaw> {
    if text.len() > 40 {
        return Err(Flaw::TooLong(40));
    }
    let mut bytes = text.bytes();
    let begins = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase());
    let goes_on = bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if begins && goes_on { Ok(()) } else { Err(Flaw::NoName) }
}

/// Cut, and on one line.
pub(super) fn for_log(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || turns_direction(c) { ' ' } else { c }).take(MAX_LOG).collect()
}

/// Marks, embeddings, overrides and isolates of the Unicode bidirectional algorithm (UAX 9), and line separators.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["a", "facebook_token", "a1_"] {
            assert_eq!(name(good), Ok(()), "{good}");
        }
        for bad in ["", "1a", "_a", "A", "a-b", "a b", "ä", "a\n"] {
            assert_eq!(name(bad), Err(Flaw::NoName), "{bad:?}");
        }
        assert_eq!(name(&"a".repeat(41)), Err(Flaw::TooLong(40)));
    }

    #[test]
    fn lines_for_people_hold_nothing_invisible() {
        assert_eq!(title("Грüße, 世界", 10), Ok(()), "characters are counted, not bytes");
        assert_eq!(title("Грüße, 世界", 8), Err(Flaw::TooLong(8)));
        assert_eq!(title("  ", 10), Err(Flaw::Empty));
        assert_eq!(line("", 10), Ok(()));
        assert_eq!(line("a\nb", 10), Err(Flaw::Control));
        assert_eq!(line("abc\u{202e}gpj.exe", 20), Err(Flaw::Bidi));
        assert_eq!(line("a\u{2066}b", 10), Err(Flaw::Bidi));
    }

    #[test]
    fn the_log_gets_one_short_line() {
        assert_eq!(for_log("a\r\nb\u{202e}"), "a  b ");
        assert_eq!(for_log(&"x".repeat(9000)).len(), MAX_LOG);
    }
}
