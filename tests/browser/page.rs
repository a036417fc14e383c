//! Finding and using what is on a page, by the names that people see. Everything waits until it is there and shown.

use std::time::{Duration, Instant};

use fantoccini::{
    Locator,
    elements::{Element, ElementRef},
    error::{CmdError, ErrorStatus},
};
use serde_json::{Value, json};

use super::visitor::Visitor;
use crate::patience::PATIENCE;

/// The key of an element's id, as `WebDriver` writes it.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

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
        self.click(name, None).await;
    }

    /// The same, in the innermost row, list item, section, fieldset or dialog, if that holds `text`.
    pub async fn press_beside(&self, text: &str, name: &str) {
        self.click(name, Some(text)).await;
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
        // Not WebDriver's own idea of a text, to which `<noscript>` is never shown.
        let text = self.driver.client.execute("return document.body.innerText", Vec::new()).await.expect("a page");
        text.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
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
        let found = soon(async || {
            let mut found = self.find("field", label, None).await?.0;
            assert!(found.len() < 2, "{} fields are called “{label}”", found.len());
            Ok(found.pop())
        });
        match found.await {
            Some(field) => field,
            None => panic!("there is no field “{label}”, but {}", self.offers("field").await),
        }
    }

    async fn click(&self, name: &str, beside: Option<&str>) {
        let clicked = soon(async || match self.find("press", name, beside).await?.0.as_slice() {
            [] => Ok(None),
            [one] => one.click().await.map(Some),
            several => panic!("{} things are called “{name}”: say which with press_beside", several.len()),
        });
        if clicked.await.is_none() {
            let beside = beside.map(|text| format!(" beside “{text}”")).unwrap_or_default();
            panic!("there is nothing to press called “{name}”{beside}, but {}", self.offers("press").await);
        }
    }

    /// What a person sees under a name, and all names of its kind.
    async fn find(&self, kind: &str, name: &str, beside: Option<&str>) -> Result<(Vec<Element>, Vec<String>), CmdError> {
        let answer = self.driver.client.execute(include_str!("find.js"), vec![json!(kind), json!(name), json!(beside)]).await?;
        let list = |key: &str| answer[key].as_array().cloned().unwrap_or_default();
        let id = |found: &Value| ElementRef::from(found[ELEMENT].as_str().expect("an element").to_owned());
        let found = list("found").iter().map(|found| Element::from_element_id(self.driver.client.clone(), id(found))).collect();
        Ok((found, list("offers").iter().filter_map(|name| name.as_str().map(ToOwned::to_owned)).collect()))
    }

    /// For messages: what could be used instead.
    async fn offers(&self, kind: &str) -> String {
        let names = self.find(kind, "", None).await.map(|(_, names)| names).unwrap_or_default();
        format!("{names:?}; the page says:\n{}", self.text().await)
    }
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
