//! A person's browser over plain HTTP: it keeps cookies, follows 303, and fills in the forms that are on a page.

use std::collections::BTreeMap;

use reqwest::{Method, header::HeaderMap, redirect};

use super::markup::{self, Form};
use crate::{
    actor::{Answer, PASSWORD},
    app::App,
};

/// A browser with a cookie jar of its own.
pub struct Browser<'a> {
    app: &'a App,
    http: reqwest::Client,
    /// The jar.
    pub cookies: BTreeMap<String, String>,
    /// Sent with every request.
    headers: BTreeMap<String, String>,
}

/// What was shown in the end.
#[derive(Debug)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// Headers of the last answer.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
    /// Path and query where the browser ended up.
    pub address: String,
    /// All `Set-Cookie` lines on the way there.
    pub set_cookies: Vec<String>,
}

impl App {
    /// A browser that has been nowhere.
    pub fn browser(&self) -> Browser<'_> {
        let http = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).build().expect("a client");
        Browser { app: self, http, cookies: BTreeMap::new(), headers: BTreeMap::new() }
    }
}

impl Browser<'_> {
    /// The browser of somebody who reads this language (`Accept-Language`).
    pub fn language(self, tags: &str) -> Self {
        self.header("accept-language", tags)
    }

    /// Sends a header with everything.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Opens a page and follows where it leads.
    pub async fn open(&mut self, path: &str) -> Page {
        let page = self.send(Method::GET, path, None).await;
        self.follow(page).await
    }

    /// Fills in the form of the page with this action that takes these fields, sends it, and follows where it leads. Several
    /// forms with one action are told apart by what they hold: a hidden field or a named button is given like any other.
    #[track_caller]
    pub fn submit(&mut self, page: &Page, action: &str, fields: &[(&str, &str)]) -> impl Future<Output = Page> {
        let form = page.form(action, fields);
        assert_eq!(form.method, "post", "forms that change something are posted");
        let filled = form.filled(fields);
        let action = action.to_owned();
        async move {
            let answer = self.send(Method::POST, &action, Some(&filled)).await;
            self.follow(answer).await
        }
    }

    /// Opens a page and submits a form of it.
    pub async fn fill(&mut self, path: &str, action: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.open(path).await;
        self.submit(&page, action, fields).await
    }

    /// Signs in by `simple` with [`PASSWORD`]; shows the account.
    pub async fn sign_in(&mut self, email: &str) -> Page {
        let fields = [("type", "simple"), ("email", email), ("password", PASSWORD)];
        let page = self.fill("/", "/sign-in", &fields).await.expect(200);
        assert!(page.has_form("/sign-out"), "signed in: {}", page.text);
        page
    }

    /// One request, with the jar and no following.
    pub async fn send(&mut self, method: Method, path: &str, form: Option<&[(String, String)]>) -> Page {
        let mut request = self.http.request(method, self.app.url(path));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("cookie", pairs.join("; "));
        }
        if let Some(form) = form {
            request = request.form(form);
        }
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let set_cookies: Vec<String> = headers.get_all("set-cookie").iter().map(|line| line.to_str().expect("text").to_owned()).collect();
        for line in &set_cookies {
            self.keep(line);
        }
        let page = Page { status, headers, text: response.text().await.expect("a body"), address: path.to_owned(), set_cookies };
        page.look();
        page
    }

    /// To pages of the gateway only; an address elsewhere stays in `location`.
    async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..5 {
            let Some(location) = page.location().filter(|_| page.status == 303) else { return page };
            let Some(path) = self.own(&location) else { return page };
            let mut next = self.send(Method::GET, &path, None).await;
            next.set_cookies.splice(0..0, page.set_cookies);
            page = next;
        }
        panic!("led round in a circle: {}", page.address)
    }

    fn own(&self, location: &str) -> Option<String> {
        let path = location.strip_prefix(&self.app.base).unwrap_or(location);
        (path.starts_with('/') && !path.starts_with("//")).then(|| path.to_owned())
    }

    fn keep(&mut self, line: &str) {
        let (name, value) = line.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
        if value.is_empty() || line.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

impl Page {
    /// Demands a status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.address, self.text);
        self
    }

    /// Demands that all of these are to be read on the page, as a person reads them.
    #[track_caller]
    pub fn shows(self, parts: &[&str]) -> Self {
        let text = markup::plain(&self.text);
        for part in parts {
            assert!(text.contains(part), "{part:?} is not on {}: {}", self.address, self.text);
        }
        self
    }

    /// Demands that none of these are on the page.
    #[track_caller]
    pub fn hides(self, parts: &[&str]) -> Self {
        let text = markup::plain(&self.text);
        for part in parts {
            assert!(!text.contains(part), "{part:?} is on {}: {}", self.address, self.text);
        }
        self
    }

    /// Whether there is a form with this action.
    pub fn has_form(&self, action: &str) -> bool {
        self.forms().iter().any(|form| form.action == action)
    }

    /// Whether there is a link to this address.
    pub fn has_link(&self, address: &str) -> bool {
        markup::tags(&self.text).iter().any(|tag| tag.name == "a" && tag.get("href") == Some(address))
    }

    /// All forms.
    pub fn forms(&self) -> Vec<Form> {
        markup::forms(&self.text)
    }

    /// The first form with this action that takes these fields.
    #[track_caller]
    pub fn form(&self, action: &str, fields: &[(&str, &str)]) -> Form {
        let found = self.forms().into_iter().find(|form| form.action == action && form.takes(fields));
        let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
        found.unwrap_or_else(|| panic!("no form to {action} takes {names:?} on {}: {}", self.address, self.text))
    }

    /// Where it redirects to.
    pub fn location(&self) -> Option<String> {
        self.headers.get("location").map(|location| location.to_str().expect("text").to_owned())
    }

    /// What every page keeps (security rules 19 and 20), and what people with a screen reader need.
    #[track_caller]
    fn look(&self) {
        let header = |name: &str| self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if header("content-type") != "text/html; charset=utf-8" || self.text.is_empty() {
            return;
        }
        assert_eq!((header("referrer-policy"), header("cache-control")), ("no-referrer", "no-store"), "{}", self.address);
        assert_eq!(header("x-content-type-options"), "nosniff", "{}", self.address);
        let policy = header("content-security-policy");
        for part in ["default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{}: {policy}", self.address);
        }
        assert!(!policy.contains("unsafe"), "{}: {policy}", self.address);
        for inline in ["<style", " style=", " onclick=", " onload=", " onsubmit=", "javascript:"] {
            assert!(!self.text.contains(inline), "{inline} on {}: {}", self.address, self.text);
        }
        self.read_aloud();
    }

    /// One heading, a language, and a label for every field that is to be filled in.
    #[track_caller]
    fn read_aloud(&self) {
        let tags = markup::tags(&self.text);
        let count = |name: &str| tags.iter().filter(|tag| tag.name == name).count();
        assert_eq!((count("h1"), count("main")), (1, 1), "{}: {}", self.address, self.text);
        assert!(tags.iter().any(|tag| tag.name == "html" && tag.get("lang").is_some()), "{}", self.text);
        for script in tags.iter().filter(|tag| tag.name == "script") {
            assert!(script.get("src").is_some(), "an inline script on {}: {}", self.address, self.text);
        }
        let wants = |tag: &&markup::Tag| match tag.name.as_str() {
            "input" => tag.get("hidden").is_none() && !matches!(tag.get("type"), Some("hidden" | "submit")),
            name => matches!(name, "select" | "textarea"),
        };
        for field in tags.iter().filter(wants) {
            let labelled = tags.iter().any(|tag| tag.name == "label" && tag.get("for").is_some() && tag.get("for") == field.get("id"));
            let around = self.text.contains("<label class=\"check\"") && matches!(field.get("type"), Some("checkbox" | "radio"));
            assert!(labelled || around || field.get("aria-label").is_some(), "{field:?} on {} has no label", self.address);
        }
        let ids: Vec<&str> = tags.iter().filter_map(|tag| tag.get("id")).collect();
        let once: std::collections::BTreeSet<&&str> = ids.iter().collect();
        assert_eq!(ids.len(), once.len(), "an id stands twice on {}: {ids:?}", self.address);
    }
}

impl From<Page> for Answer {
    fn from(page: Page) -> Self {
        let status = reqwest::StatusCode::from_u16(page.status).expect("a status");
        Self { status, headers: page.headers, json: serde_json::Value::Null, text: page.text }
    }
}
