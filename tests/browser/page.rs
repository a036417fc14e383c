//! Finding and using what is on a page, by the names that people see. Everything waits until it is there and shown.

use std::time::{Duration, Instant};

use fantoccini::{Locator, elements::Element, error::{CmdError, ErrorStatus}};

use super::visitor::Visitor;

const PATIENCE: Duration = Duration::from_secs(10);

const FIELDS: &str = "[self::input or self::select or self::textarea]";
/// What stands together, for `press_beside`.
const TOGETHER: &str = "[self::tr or self::li or self::article or self::section or self::fieldset or self::dialog]";

impl Visitor {
    /// Writes into a field, in place of what was in it.
    pub async fn fill(&self, label: &str, text: &str) {
        let field = self.field(label).await;
        field.clear().await.unwrap_or_else(|error| panic!("“{label}” cannot be emptied: {error}"));
        field.send_keys(text).await.unwrap_or_else(|error| panic!("“{label}” cannot be filled: {error}"));
    }

    /// What is in a field.
    pub async fn value(&self, label: &str) -> String {
        self.field(label).await.prop("value").await.expect("a property").unwrap_or_default()
    }

    /// Turns a checkbox over, or takes a radio button.
    pub async fn tick(&self, label: &str) {
        self.field(label).await.click().await.unwrap_or_else(|error| panic!("“{label}” cannot be ticked: {error}"));
    }

    /// Whether a checkbox or radio button is ticked.
    pub async fn is_ticked(&self, label: &str) -> bool {
        self.field(label).await.is_selected().await.expect("a state")
    }

    /// Takes an option of a list by its text.
    pub async fn choose(&self, label: &str, option: &str) {
        let chosen = self.field(label).await.select_by_label(option).await;
        chosen.unwrap_or_else(|error| panic!("“{option}” of “{label}” cannot be chosen: {error}"));
    }

    /// Presses the button or follows the link with this name.
    pub async fn press(&self, name: &str) {
        self.click(name, &pressable(name)).await;
    }

    /// The same in the innermost row, list item, section, ... that has one of its own, if it holds `text`.
    pub async fn press_beside(&self, text: &str, name: &str) {
        let beside = format!("[ancestor::*{TOGETHER}[1][contains(normalize-space(.), {})]]", literal(text));
        self.click(&format!("{name} beside {text}"), &format!("({}){beside}", pressable(name))).await;
    }

    /// Sends keys to whatever has the focus; `Key::Tab + ""` and such.
    pub async fn keys(&self, keys: &str) {
        let focus = self.driver.client.active_element().await.expect("a focus");
        focus.send_keys(keys).await.expect("keys are taken");
    }

    /// The name of what has the focus, as a screen reader says it.
    pub async fn focus(&self) -> String {
        let focus = self.driver.client.active_element().await.expect("a focus");
        let id = focus.element_id().to_string();
        let name = self.driver.get(format!("element/{id}/computedlabel")).await;
        name.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the page shows a text. Blanks count as one.
    pub async fn sees(&self, text: &str) {
        let seen = soon(async || Ok(self.text().await.contains(text).then_some(()))).await;
        assert!(seen.is_some(), "“{text}” is not on the page, but:\n{}", self.text().await);
    }

    /// Waits until the browser is at a path, query included.
    pub async fn arrives(&self, path: &str) {
        let there = soon(async || Ok((self.path().await == path).then_some(()))).await;
        assert!(there.is_some(), "the browser is not at {path} but at {}", self.path().await);
    }

    /// What the page shows now, blanks as one.
    pub async fn text(&self) -> String {
        let body = soon(async || self.driver.client.find(Locator::Css("body")).await?.text().await.map(Some)).await;
        body.expect("a page").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The page's title.
    pub async fn title(&self) -> String {
        self.driver.client.title().await.expect("a title")
    }

    /// The language that the page says it is in.
    pub async fn language(&self) -> String {
        let page = self.driver.client.find(Locator::Css("html")).await.expect("a page");
        page.attr("lang").await.expect("an attribute").unwrap_or_default()
    }

    async fn field(&self, label: &str) -> Element {
        let name = literal(label);
        let path = format!(
            "//*{FIELDS}[@id = //label[normalize-space(.) = {name}]/@for or ancestor::label[normalize-space(.) = {name}] or @aria-label = {name}]"
        );
        self.only(&format!("field “{label}”"), &path).await
    }

    async fn click(&self, name: &str, path: &str) {
        let clicked = soon(async || match self.shown(path).await?.as_slice() {
            [] => Ok(None),
            [one] => one.click().await.map(Some),
            several => panic!("{} things are called “{name}”: say which with press_beside", several.len()),
        });
        if clicked.await.is_none() {
            panic!("there is nothing to press that is called “{name}”, but {}", self.offers().await);
        }
    }

    async fn only(&self, what: &str, path: &str) -> Element {
        let found = soon(async || {
            let mut shown = self.shown(path).await?;
            assert!(shown.len() < 2, "there is more than one {what}");
            Ok(shown.pop())
        });
        match found.await {
            Some(element) => element,
            None => panic!("there is no {what}, but {}", self.offers().await),
        }
    }

    /// What a path leads to and a person sees.
    async fn shown(&self, path: &str) -> Result<Vec<Element>, CmdError> {
        let mut shown = Vec::new();
        for element in self.driver.client.find_all(Locator::XPath(path)).await? {
            if element.is_displayed().await? {
                shown.push(element);
            }
        }
        Ok(shown)
    }

    /// For messages: the names of what could be used instead.
    async fn offers(&self) -> String {
        let mut names = Vec::new();
        for path in ["//label", "//button | //a | //summary | //input[@type = 'submit']"] {
            for element in self.shown(path).await.unwrap_or_default() {
                names.push(format!("“{}”", element.text().await.unwrap_or_default()));
            }
        }
        format!("{}; the page says:\n{}", names.join(", "), self.text().await)
    }
}

/// Buttons and links with a name: what assistive programs say if the page tells them, the text otherwise.
fn pressable(name: &str) -> String {
    let name = literal(name);
    let called = format!("[@aria-label = {name} or (not(@aria-label) and normalize-space(.) = {name})]");
    format!(
        "//*[self::button or self::a[@href] or self::summary or @role = 'button' or @role = 'link' or @role = 'tab']{called} \
         | //input[@type = 'submit' or @type = 'button'][@value = {name}]"
    )
}

/// A string of XPath, which knows no escapes.
fn literal(text: &str) -> String {
    if !text.contains('"') {
        return format!("\"{text}\"");
    }
    let parts: Vec<String> = text.split('"').map(|part| format!("\"{part}\"")).collect();
    format!("concat({})", parts.join(", '\"', "))
}

/// Tries until there is a value. A page that changes under one's hands is a reason to look again.
async fn soon<T>(mut probe: impl AsyncFnMut() -> Result<Option<T>, CmdError>) -> Option<T> {
    let begun = Instant::now();
    loop {
        match probe().await {
            Ok(Some(value)) => return Some(value),
            Ok(None) => {}
            Err(error) if is_passing(&error) => {}
            Err(error) => panic!("the browser: {error}"),
        }
        if begun.elapsed() > PATIENCE {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

fn is_passing(error: &CmdError) -> bool {
    error.is_stale_element_reference()
        || error.is_no_such_element()
        || error.is_element_not_interactable()
        || matches!(error, CmdError::Standard(refused) if refused.error == ErrorStatus::ElementClickIntercepted)
}
