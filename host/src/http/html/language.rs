//! The languages of pages.

use poem::Request;

use super::{super::client, cookie};

/// What pages are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// For everybody else.
    English,
    /// For whoever likes it better.
    Russian,
}

impl Language {
    /// By the choice kept in a cookie, else by what `Accept-Language` likes best.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        let chosen = [false, true].into_iter().find_map(|https| cookie::read(request, cookie::LANGUAGE, https));
        Self::from_tag(&chosen.unwrap_or_else(|| client::of(request).locale))
    }

    /// By a language tag (BCP 47).
    pub(super) fn from_tag(tag: &str) -> Self {
        let primary = tag.split('-').next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("ru") { Self::Russian } else { Self::English }
    }

    pub(super) const fn tag(self) -> &'static str {
        self.pick("en", "ru")
    }

    /// One of two texts.
    pub(super) const fn pick(self, english: &'static str, russian: &'static str) -> &'static str {
        match self {
            Self::English => english,
            Self::Russian => russian,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        assert_eq!([Language::from_tag("ru-RU"), Language::from_tag("RU")], [Language::Russian; 2]);
        assert_eq!([Language::from_tag("en"), Language::from_tag("rue"), Language::from_tag("")], [Language::English; 3]);
    }

    #[test]
    fn a_choice_goes_before_the_browser() {
        let request = Request::builder().header("accept-language", "ru").header("cookie", "vestibule_language=en").finish();
        assert_eq!(Language::of(&request), Language::English);
    }
}
