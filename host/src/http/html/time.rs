//! Points in time, as people read them.

use maud::{Markup, html};
use time::{OffsetDateTime, macros::format_description};

use super::language::Language;
use crate::model::Timestamp;

/// Short, to the minute, and in UTC: nobody knows the reader's zone.
pub(super) fn draw(language: Language, at: Timestamp) -> Markup {
    html! { time datetime=(at.rfc3339()) { (short(language, at)) } }
}

fn short(language: Language, at: Timestamp) -> String {
    let time = OffsetDateTime::from_unix_timestamp(at.seconds()).ok();
    let text = time.and_then(|time| match language {
        Language::English => time.format(format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute] UTC")).ok(),
        Language::Russian => time.format(format_description!("[day].[month].[year] [hour]:[minute] UTC")).ok(),
    });
    text.unwrap_or_else(|| at.rfc3339())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        let at = Timestamp::from_seconds(1_700_000_000);
        assert_eq!(short(Language::English, at), "14 Nov 2023, 22:13 UTC");
        assert_eq!(short(Language::Russian, at), "14.11.2023 22:13 UTC");
        assert_eq!(draw(Language::English, at).into_string(), "<time datetime=\"2023-11-14T22:13:20Z\">14 Nov 2023, 22:13 UTC</time>");
    }
}
