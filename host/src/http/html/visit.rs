//! A browser that asks for a page: who it is, what it may send, and what it gets.

use std::{sync::Arc, time::Duration};

use maud::{Markup, html};
use poem::{
    Request, RequestBody, Response,
    http::{HeaderValue, Method, StatusCode, header},
};

use super::{
    super::{client, input, origin, problem::Problem},
    cookie,
    entry::RETURN_TO,
    language::Language,
    layout::{Sheet, Width},
    trouble::Stop,
};
use crate::{
    flow::{Client, Error, Flow, authenticate::Caller, session::SignedIn},
    model::{
        form::{Entries, Form, Raw, RawBody},
        user::ADMIN,
    },
    random,
};

/// The field that proves a form to be from one of our own pages.
pub(super) const FORM_TOKEN: &str = "form_token";

/// What came with a form.
pub(super) enum Sent {
    /// From a page of ours in this browser, as it would be drawn now.
    Own(RawBody),
    /// From before a sign-in or sign-out, or from nobody knows where.
    Old(RawBody),
}

/// What every page needs to know of its request.
pub(super) struct Visit {
    pub(super) flow: Arc<Flow>,
    pub(super) client: Client,
    pub(super) language: Language,
    /// What stands before every path, if `public_url` has a path.
    pub(super) base: String,
    /// Who is signed in here.
    pub(super) caller: Option<Caller>,
    /// Path and query of this page; the start page's if it cannot be shown again.
    here: String,
    /// Names this browser.
    visitor: String,
    is_new: bool,
}

impl Visit {
    /// Reads the cookies. A session that ended is as good as none.
    pub(super) async fn new(request: &Request) -> Result<Self, Problem> {
        let flow = request.data::<Arc<Flow>>().ok_or_else(|| Problem::from(Error::Internal("the routes have no flow".to_owned())))?;
        let flow = Arc::clone(flow);
        let https = flow.terms.public_url.starts_with("https://");
        let caller = match cookie::read(request, cookie::SESSION, https) {
            None => None,
            Some(cookie) => match flow.authenticate_cookie(&cookie).await {
                Ok(caller) => Some(caller),
                Err(Error::SessionEnded) => None,
                Err(other) => return Err(other.into()),
            },
        };
        if let Some(caller) = &caller {
            flow.keep_session(caller).await?;
        }
        let chosen = caller.as_ref().and_then(|caller| caller.user.locale.as_deref());
        let language = chosen.map_or_else(|| Language::of(request), Language::from_tag);
        let known = cookie::read(request, cookie::VISITOR, https).filter(|visitor| is_visitor(visitor));
        let is_new = known.is_none();
        let visitor = known.unwrap_or_else(|| random::token(&*flow.random));
        // What is sent while the page is seen comes in the page's language.
        let client = Client { locale: language.tag().to_owned(), ..client::of(request) };
        let base = base(&flow.terms.public_url);
        let here = format!("{base}{}", if request.method() == Method::GET { path_of(request) } else { "/" });
        Ok(Self { flow, client, language, base, caller, here, visitor, is_new })
    }

    pub(super) fn https(&self) -> bool {
        self.flow.terms.public_url.starts_with("https://")
    }

    /// Who is signed in, or the way to the sign-in page and back.
    pub(super) fn signed_in(&self, request: &Request) -> Result<&Caller, Stop> {
        self.caller.as_ref().ok_or_else(|| {
            let back: String = form_urlencoded::byte_serialize(format!("{}{}", self.base, path_of(request)).as_bytes()).collect();
            Stop::Instead(Box::new(self.see_other(&format!("/?return_to={back}"))))
        })
    }

    /// Who is signed in, if it is an administrator.
    pub(super) fn administrator(&self, request: &Request) -> Result<&Caller, Stop> {
        let caller = self.signed_in(request)?;
        caller.require(ADMIN).map_err(Problem::from)?;
        Ok(caller)
    }

    /// The hidden field that every form needs.
    pub(super) fn form_token(&self) -> Markup {
        let token = self.flow.form_token(&self.visitor, self.caller.as_ref().map(|caller| caller.session.id));
        html! { input type="hidden" name=(FORM_TOKEN) value=(token); }
    }

    /// Reads a form that was sent from one of our own pages in this browser (security rule 19).
    pub(super) async fn read(&self, request: Request) -> Result<RawBody, Problem> {
        match self.receive(request).await? {
            Sent::Own(fields) => Ok(fields),
            Sent::Old(_) => Err(form_expired()),
        }
    }

    /// The same, for pages that know what to say to whoever sends an old form. They must do nothing of what it asks for.
    pub(super) async fn receive(&self, mut request: Request) -> Result<Sent, Problem> {
        if !origin::is_same(request.headers(), &self.flow.terms.public_url, None) {
            return Err(Error::OtherSite.into());
        }
        let mut body = RequestBody::new(request.take_body());
        let mut fields = input::read(&request, &mut body).await?;
        let session = self.caller.as_ref().map(|caller| caller.session.id);
        let token = match fields.remove(FORM_TOKEN) {
            Some(Raw::Text(token)) => token,
            _ => String::new(),
        };
        let is_own = !self.is_new && self.flow.is_form_token(&token, &self.visitor, session);
        Ok(if is_own { Sent::Own(fields) } else { Sent::Old(fields) })
    }

    /// The same, checked.
    pub(super) async fn read_form(&self, request: Request, form: &Form) -> Result<Entries, Problem> {
        form.read(self.read(request).await?).map_err(|errors| Error::Fields(errors).into())
    }

    /// A page with one thing on it.
    pub(super) fn page(&self, status: StatusCode, title: &str, content: &Markup) -> Response {
        self.write(self.sheet(status, title, content))
    }

    /// A page with many things on it.
    pub(super) fn wide_page(&self, status: StatusCode, title: &str, content: &Markup) -> Response {
        self.write(Sheet { width: Width::Wide, ..self.sheet(status, title, content) })
    }

    /// A page that a file of ours helps along. It must work without.
    pub(super) fn page_with_script(&self, title: &str, content: &Markup, script: &'static str) -> Response {
        self.write(Sheet { script: Some(script), ..self.sheet(StatusCode::OK, title, content) })
    }

    /// A page that says something and asks for nothing.
    pub(super) fn say(&self, status: StatusCode, title: &str, text: &str) -> Response {
        self.page(status, title, &html! { p { (text) } p { a href={ (self.base) "/" } { (self.language.pick("Go on", "Продолжить")) } } })
    }

    pub(super) fn dead_link(&self) -> Response {
        let title = self.language.pick("This link does not work any more", "Эта ссылка больше не действует");
        let text = self.language.pick(
            "It was used already, is too old, or was not copied whole. Ask for a new mail where you asked for this one.",
            "Она уже использована, устарела или скопирована не полностью. Запросите новое письмо там же, где запрашивали это.",
        );
        self.say(StatusCode::BAD_REQUEST, title, text)
    }

    /// On to a page of ours after a form was taken (RFC 9110, 15.4.4): reloading it sends nothing again.
    pub(super) fn see_other(&self, path: &str) -> Response {
        self.go(&format!("{}{path}", self.base))
    }

    /// On to wherever `return_to` says, if that is allowed, or to the start page.
    pub(super) fn go_back_to(&self, return_to: Option<&str>) -> Response {
        match return_to.and_then(|given| self.flow.return_address(given)) {
            Some(address) => self.go(&address),
            None => self.see_other("/"),
        }
    }

    /// Back to a page of ours, by the path and query that its footer named; to the start page if they are none of ours.
    pub(super) fn go_again(&self, path: &str) -> Response {
        let is_own = path.starts_with('/') && !path.starts_with("//") && !path.contains(|c: char| c == '\\' || c.is_control());
        self.go_back_to(Some(path).filter(|_| is_own))
    }

    fn go(&self, address: &str) -> Response {
        let mut response = Response::builder().status(StatusCode::SEE_OTHER).body(());
        if let Ok(location) = HeaderValue::from_str(address) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        self.with_visitor(response)
    }

    /// Signs this browser in. The session it had ends: it must not live on unseen.
    pub(super) async fn let_in(&self, signed_in: &SignedIn, mut response: Response) -> Result<Response, Problem> {
        if let Some(before) = &self.caller {
            self.flow.logout(before).await?;
        }
        let cookie = self.flow.session_cookie(signed_in.session);
        add(&mut response, cookie::set(cookie::SESSION, cookie.expose(), Some(self.flow.terms.session_ttl), self.https()));
        Ok(response)
    }

    /// Forgets who was signed in here.
    pub(super) fn let_out(&self, mut response: Response) -> Response {
        add(&mut response, cookie::clear(cookie::SESSION, self.https()));
        response
    }

    /// Keeps something else in this browser for a while.
    pub(super) fn keep(&self, name: &str, value: &str, life: Duration, mut response: Response) -> Response {
        add(&mut response, cookie::set(name, value, Some(life), self.https()));
        response
    }

    /// Forgets it.
    pub(super) fn drop(&self, name: &str, mut response: Response) -> Response {
        add(&mut response, cookie::clear(name, self.https()));
        response
    }

    /// Keeps the choice of a language in this browser.
    pub(super) fn keep_language(&self, tag: &str, mut response: Response) -> Response {
        const YEAR: Duration = Duration::from_hours(365 * 24);
        add(&mut response, cookie::set(cookie::LANGUAGE, Language::from_tag(tag).tag(), Some(YEAR), self.https()));
        response
    }

    fn sheet<'a>(&'a self, status: StatusCode, title: &'a str, content: &'a Markup) -> Sheet<'a> {
        let (header, footer) = (Some(self.header()), Some(self.footer()));
        let trusted = &self.flow.terms.return_origins;
        Sheet {
            status,
            language: self.language,
            base: &self.base,
            title,
            width: Width::Narrow,
            header,
            content,
            footer,
            script: None,
            trusted,
        }
    }

    fn write(&self, sheet: Sheet<'_>) -> Response {
        self.with_visitor(sheet.write())
    }

    fn with_visitor(&self, mut response: Response) -> Response {
        if self.is_new {
            add(&mut response, cookie::set(cookie::VISITOR, &self.visitor, None, self.https()));
        }
        response
    }

    fn header(&self) -> Markup {
        let (base, language) = (&self.base, self.language);
        html! {
            a class="brand" href={ (base) "/" } { "Vestibule" }
            @if let Some(caller) = &self.caller {
                nav aria-label=(language.pick("Main", "Главное")) {
                    a href={ (base) "/" } { (language.pick("My account", "Мой профиль")) }
                    @if caller.user.has_role(ADMIN) {
                        a href={ (base) "/admin" } { (language.pick("Administration", "Администрирование")) }
                    }
                    form method="post" action={ (base) "/sign-out" } {
                        (self.form_token())
                        button type="submit" class="link" { (language.pick("Sign out", "Выйти")) }
                    }
                }
            }
        }
    }

    fn footer(&self) -> Markup {
        html! {
            form method="post" action={ (self.base) "/language" } class="languages" {
                (self.form_token())
                input type="hidden" name=(RETURN_TO) value=(self.here);
                @for (tag, name) in [("en", "English"), ("ru", "Русский")] {
                    button type="submit" class="link" name="language" value=(tag) lang=(tag) disabled[tag == self.language.tag()] { (name) }
                }
            }
        }
    }
}

/// What is said to an old form.
pub(super) fn form_expired() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "form_expired", "the form is too old, or the browser takes no cookies")
}

fn path_of(request: &Request) -> &str {
    request.uri().path_and_query().map_or("/", |path| path.as_str())
}

/// Whether a cookie may have been made by us: it goes into forms' tokens, at any length it likes.
fn is_visitor(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn add(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// The path of the public URL, without a slash at the end.
pub(in super::super) fn base(public_url: &str) -> String {
    public_url.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_path_stands_before_every_path() {
        assert_eq!(base("https://gate.example"), "");
        assert_eq!(base("https://gate.example/auth/v1"), "/auth/v1");
    }
}
