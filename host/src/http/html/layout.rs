//! What stands around the content of every page.

use maud::{DOCTYPE, Markup, html};
use poem::{Response, http::StatusCode};

use super::language::Language;

/// How wide the content is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// One form.
    Narrow,
    /// Several cards, tables.
    Wide,
}

/// A page before it is written.
pub(super) struct Sheet<'a> {
    pub(super) status: StatusCode,
    pub(super) language: Language,
    /// What stands before every path, if `public_url` has a path.
    pub(super) base: &'a str,
    pub(super) title: &'a str,
    pub(super) width: Width,
    /// Above the content: where else to go.
    pub(super) header: Option<Markup>,
    pub(super) content: &'a Markup,
    /// Below it.
    pub(super) footer: Option<Markup>,
    /// A file of ours, if the page needs a script.
    pub(super) script: Option<&'static str>,
    /// Origins that a form of ours may lead to in the end: browsers hold `form-action` against redirects too.
    pub(super) trusted: &'a [String],
}

impl Sheet<'_> {
    pub(super) fn write(self) -> Response {
        let (language, base) = (self.language, self.base);
        let page = html! {
            (DOCTYPE)
            html lang=(language.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    title { (self.title) }
                    link rel="stylesheet" href={ (base) "/assets/style.css" };
                    link rel="icon" href="data:,";
                    @if let Some(script) = self.script {
                        script src={ (base) (script) } defer {}
                    }
                }
                body {
                    a class="skip" href="#content" { (language.pick("To the content", "К содержанию")) }
                    @if let Some(header) = &self.header { header { (header) } }
                    main #content class=(if self.width == Width::Wide { "wide" } else { "narrow" }) {
                        h1 { (self.title) }
                        (self.content)
                    }
                    @if let Some(footer) = &self.footer { footer { (footer) } }
                }
            }
        };
        Response::builder()
            .status(self.status)
            .content_type("text/html; charset=utf-8")
            .header("Content-Security-Policy", policy(self.script.is_some(), self.trusted))
            .body(page.into_string())
    }
}

/// No script but a file of ours, and none at all where none is needed.
fn policy(script: bool, trusted: &[String]) -> String {
    let script = if script { "script-src 'self'; " } else { "" };
    let trusted: String = trusted.iter().flat_map(|origin| [" ", origin]).collect();
    format!(
        "default-src 'none'; {script}style-src 'self'; img-src 'self' data:; form-action 'self'{trusted}; frame-ancestors 'none'; base-uri 'none'"
    )
}
