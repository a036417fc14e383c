//! Points in time, as people read them.

use ::time::OffsetDateTime;
use maud::{Markup, html};

use super::language::Language;
use crate::model::Timestamp;

/// To the minute, in UTC; to the microsecond for programs.
pub(super) fn draw(language: Language, at: Timestamp) -> Markup {
    html! { time datetime=(at.rfc3339()) { (short(language, at)) } }
}

/// The same, or a dash.
pub(super) fn draw_or_dash(language: Language, at: Option<Timestamp>) -> Markup {
    html! {
        @match at {
            Some(at) => (draw(language, at)),
            None => "–",
        }
    }
}

pub(super) fn short(language: Language, at: Timestamp) -> String {
    let Ok(at) = OffsetDateTime::from_unix_timestamp(at.seconds()) else { return at.rfc3339() };
    let (year, month, day, hour, minute) = (at.year(), at.month(), at.day(), at.hour(), at.minute());
    match language {
        Language::English => format!("{day} {} {year}, {hour:02}:{minute:02} UTC", &month.to_string()[..3]),
        Language::Russian => format!("{day:02}.{:02}.{year} {hour:02}:{minute:02} UTC", u8::from(month)),
    }
}

/// The day alone, without its year.
pub(super) fn day(language: Language, at: Timestamp) -> String {
    let Ok(at) = OffsetDateTime::from_unix_timestamp(at.seconds()) else { return at.rfc3339() };
    match language {
        Language::English => format!("{} {}", at.day(), &at.month().to_string()[..3]),
        Language::Russian => format!("{:02}.{:02}", at.day(), u8::from(at.month())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_whole() {
        let at = Timestamp::from_seconds(1_700_000_000);
        assert_eq!(short(Language::English, at), "14 Nov 2023, 22:13 UTC");
        assert_eq!(short(Language::Russian, at), "14.11.2023 22:13 UTC");
        assert_eq!(draw(Language::English, at).into_string(), "<time datetime=\"2023-11-14T22:13:20Z\">14 Nov 2023, 22:13 UTC</time>");
        assert_eq!(draw_or_dash(Language::English, None).into_string(), "–");
    }
}
