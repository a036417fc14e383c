//! What stands around the content of every page.

use maud::{DOCTYPE, Markup, html};
use poem::{Response, http::StatusCode};

use super::language::Language;

/// No script at all.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// Our own script files, none in the page.
const POLICY_WITH_SCRIPT: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

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
            .header("Content-Security-Policy", if self.script.is_some() { POLICY_WITH_SCRIPT } else { POLICY })
            .body(page.into_string())
    }
}
