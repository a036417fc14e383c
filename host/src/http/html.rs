//! Pages for people, written on the server: their frame, language, headers, and what stands in for an error. They need no
//! script, and a `GET` changes nothing: mail scanners follow links.

mod reset;
mod verify_email;

use std::sync::Arc;

use maud::{DOCTYPE, Markup, html};
use poem::{
    Request, RequestBody, Response, Route,
    endpoint::{make, make_sync},
    get,
    http::{HeaderMap, StatusCode, header},
};

use super::{client, input, problem::Problem};
use crate::{
    flow::{Error, Flow},
    model::form::{Entries, Form},
};

/// The paths of pages.
pub const PATHS: [&str; 2] = [verify_email::PATH, reset::PATH];

const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Adds the pages to the routes.
#[must_use]
pub fn add(routes: Route) -> Route {
    routes
        .at(verify_email::PATH, get(make(verify_email::show)).post(make(verify_email::answer)))
        .at(reset::PATH, get(make(reset::show)).post(make(reset::answer)))
        .at("/assets/style.css", get(make_sync(|_| style())))
}

fn style() -> Response {
    Response::builder()
        .content_type("text/css; charset=utf-8")
        .header("Cache-Control", "public, max-age=3600")
        .body(include_str!("../../assets/style.css"))
}

/// What pages are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// For everybody else.
    English,
    /// For whoever asks for it first.
    Russian,
}

impl Language {
    /// By the first language of `Accept-Language`.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        Self::from_tag(&client::of(request).locale)
    }

    fn from_tag(tag: &str) -> Self {
        let primary = tag.split('-').next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("ru") { Self::Russian } else { Self::English }
    }

    const fn tag(self) -> &'static str {
        self.pick("en", "ru")
    }

    /// One of two texts.
    const fn pick(self, english: &'static str, russian: &'static str) -> &'static str {
        match self {
            Self::English => english,
            Self::Russian => russian,
        }
    }
}

/// What every page needs to know of its request.
struct Visit {
    flow: Arc<Flow>,
    language: Language,
    /// What stands before every path, if `public_url` has a path.
    base: String,
}

impl Visit {
    fn new(request: &Request) -> Result<Self, Problem> {
        let flow = request.data::<Arc<Flow>>().ok_or_else(|| Problem::from(Error::Internal("the routes have no flow".to_owned())))?;
        Ok(Self { flow: Arc::clone(flow), language: Language::of(request), base: base(&flow.terms.public_url) })
    }

    /// A page with a title and its content.
    fn page(&self, status: StatusCode, title: &str, content: &Markup) -> Response {
        page(status, self.language, &self.base, title, content)
    }

    /// A page that says something and asks for nothing.
    fn say(&self, status: StatusCode, title: &str, text: &str) -> Response {
        self.page(status, title, &html! { p { (text) } })
    }

    fn dead_link(&self) -> Response {
        let title = self.language.pick("This link does not work any more", "Эта ссылка больше не действует");
        let text = self.language.pick(
            "It was used already, is too old, or was not copied whole. Ask for a new mail where you asked for this one.",
            "Она уже использована, устарела или скопирована не полностью. Запросите новое письмо там же, где запрашивали это.",
        );
        self.say(StatusCode::BAD_REQUEST, title, text)
    }
}

/// The path of the public URL, without a slash at the end.
fn base(public_url: &str) -> String {
    public_url.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default()
}

fn page(status: StatusCode, language: Language, base: &str, title: &str, content: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
                link rel="stylesheet" href={ (base) "/assets/style.css" };
            }
            body {
                main {
                    h1 { (title) }
                    (content)
                }
            }
        }
    };
    Response::builder()
        .status(status)
        .content_type("text/html; charset=utf-8")
        .header("Content-Security-Policy", POLICY)
        .body(page.into_string())
}

/// The page in place of a problem document, for whoever reads it in a browser.
#[must_use]
pub fn in_place_of(problem: &Response, language: Language) -> Response {
    let status = problem.status();
    let (title, text) = match status {
        StatusCode::TOO_MANY_REQUESTS => (
            language.pick("Too many tries", "Слишком много попыток"),
            language.pick("Wait a little, then try again.", "Подождите немного и попробуйте ещё раз."),
        ),
        StatusCode::FORBIDDEN => (
            language.pick("This came from another site", "Запрос пришёл с другого сайта"),
            language.pick(
                "Open the link in the mail again and use the button there.",
                "Откройте ссылку из письма ещё раз и нажмите кнопку там.",
            ),
        ),
        status if status.is_server_error() => (
            language.pick("Out of order for a moment", "Временная неполадка"),
            language.pick("Try again in a minute. The link goes on working.", "Попробуйте через минуту. Ссылка продолжает действовать."),
        ),
        _ => (
            language.pick("This did not work", "Не получилось"),
            language.pick("Open the link in the mail again.", "Откройте ссылку из письма ещё раз."),
        ),
    };
    let mut response = page(status, language, "", title, &html! { p { (text) } });
    for name in [header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = problem.headers().get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

/// The parameter `token` of a link.
fn token(request: &Request) -> String {
    let query = request.uri().query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "token").map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// Reads a form that was sent from one of our own pages.
async fn read_form(mut request: Request, form: &Form, public_url: &str) -> Result<Entries, Problem> {
    if !is_same_origin(request.headers(), public_url) {
        return Err(Problem::new(StatusCode::FORBIDDEN, "cross_origin", "forms are taken from our own pages alone"));
    }
    let mut body = RequestBody::new(request.take_body());
    let fields = input::read(&request, &mut body).await?;
    form.read(fields).map_err(|errors| Error::Fields(errors).into())
}

/// What the browser says of where a form was sent from. `Sec-Fetch-Site` has the last word: under `no-referrer` browsers send
/// `Origin: null`, which says nothing. Where neither says anything the form's token alone protects: it is in no other site's hands.
fn is_same_origin(headers: &HeaderMap, public_url: &str) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = header("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = header("origin").filter(|origin| *origin != "null") else { return true };
    let own = public_url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    origin == own || (authority.is_some() && authority == header("host"))
}

#[cfg(test)]
mod tests {
    use poem::http::{HeaderName, HeaderValue};

    use super::*;

    fn same(headers: &[(&'static str, &'static str)]) -> bool {
        let pairs = headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_same_origin(&pairs.collect(), "https://gate.example/auth")
    }

    #[test]
    fn forms_come_from_our_own_pages() {
        for good in [
            &[][..],
            &[("sec-fetch-site", "same-origin"), ("origin", "null")],
            &[("sec-fetch-site", "none")],
            &[("origin", "null")],
            &[("origin", "https://gate.example")],
            &[("origin", "http://127.0.0.1:5000"), ("host", "127.0.0.1:5000")],
        ] {
            assert!(same(good), "{good:?}");
        }
        for bad in [
            &[("sec-fetch-site", "cross-site"), ("origin", "https://gate.example")][..],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "https://evil.example"), ("host", "gate.example")],
            &[("origin", "https://gate.example.evil.example")],
            &[("origin", "http://gate.example")],
            &[("origin", "evil")],
        ] {
            assert!(!same(bad), "{bad:?}");
        }
    }

    #[test]
    fn the_public_path_stands_before_every_path() {
        assert_eq!(base("https://gate.example"), "");
        assert_eq!(base("https://gate.example/auth/v1"), "/auth/v1");
    }

    #[test]
    fn languages() {
        assert_eq!([Language::from_tag("ru-RU"), Language::from_tag("RU")], [Language::Russian; 2]);
        assert_eq!([Language::from_tag("en"), Language::from_tag("rue"), Language::from_tag("")], [Language::English; 3]);
    }
}
