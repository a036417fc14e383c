//! Somebody with a browser.

use fantoccini::cookies::Cookie;
use serde_json::{Value, json};

use super::driver::Driver;
use crate::app::App;

/// How large the window is, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// 390 by 844.
    Phone,
    /// 1280 by 900.
    Desktop,
}

impl Screen {
    /// Part of the names of pictures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Desktop => "desktop",
        }
    }

    /// Width and height.
    pub fn size(self) -> (u32, u32) {
        match self {
            Self::Phone => (390, 844),
            Self::Desktop => (1280, 900),
        }
    }
}

/// Somebody with a browser of their own, which ends with the value.
pub struct Visitor {
    pub(super) driver: Driver,
    /// The gateway's public address.
    base: String,
    pub(super) screen: Screen,
    pub(super) scripts: bool,
}

impl Visitor {
    /// In English, at a desk, with JavaScript.
    pub async fn new(app: &App) -> Self {
        Self::speaking(app, "en-GB,en").await
    }

    /// With languages as a person lists them, best first.
    pub async fn speaking(app: &App, languages: &str) -> Self {
        let base = app.public_url();
        let (_, public) = base.split_once("://").expect("a scheme");
        let (_, real) = app.base.split_once("://").expect("a scheme");
        let driver = Driver::start(&format!("MAP {public} {real},MAP * ~NOTFOUND"), languages).await;
        let visitor = Self { driver, base, screen: Screen::Desktop, scripts: true };
        visitor.resize(Screen::Desktop).await;
        // Whatever Chromium opened by itself is none of a test's business.
        visitor.open("about:blank").await;
        visitor.requests().await;
        visitor
    }

    /// With a phone in the hand.
    pub async fn phone(mut self) -> Self {
        self.screen = Screen::Phone;
        self.resize(self.screen).await;
        self
    }

    /// With JavaScript switched off: `<noscript>` counts, and nothing on a page runs. What the tests run themselves does.
    pub async fn without_javascript(mut self) -> Self {
        self.scripts = false;
        self.switch_scripts(false).await;
        self
    }

    pub(super) async fn resize(&self, screen: Screen) {
        let (width, height) = screen.size();
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": screen == Screen::Phone });
        self.driver.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    pub(super) async fn switch_scripts(&self, on: bool) {
        self.driver.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": !on })).await;
    }

    /// Opens a path of the gateway, or a whole address, and waits until the page is loaded.
    pub async fn open(&self, address: &str) {
        let address = if address.starts_with('/') { format!("{}{address}", self.base) } else { address.to_owned() };
        self.driver.client.goto(&address).await.unwrap_or_else(|error| panic!("{address} does not open: {error}"));
    }

    /// Where the browser is: the path with its query, or the whole address where that is not the gateway's.
    pub async fn path(&self) -> String {
        let url = self.driver.client.current_url().await.expect("an address").to_string();
        url.strip_prefix(&self.base).map_or_else(|| url.clone(), ToOwned::to_owned)
    }

    /// All cookies, those that scripts cannot see too.
    pub async fn cookies(&self) -> Vec<Cookie<'static>> {
        self.driver.client.get_all_cookies().await.expect("cookies")
    }

    /// The addresses that pages asked for since the last look.
    pub async fn requests(&self) -> Vec<String> {
        let lines = self.driver.log("performance").await;
        let events = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line["message"].as_str()?).ok());
        let asked = events.filter(|event| event["message"]["method"] == "Network.requestWillBeSent");
        asked.filter_map(|event| event["message"]["params"]["request"]["url"].as_str().map(ToOwned::to_owned)).collect()
    }

    /// What the browser's console holds since the last look: mistakes of scripts, and what a page's policy refused. Not the
    /// answers with an error status, which tests ask for.
    pub async fn complaints(&self) -> Vec<String> {
        let lines = self.driver.log("browser").await;
        let bad = lines.iter().filter(|line| line["level"] == "SEVERE" && line["source"] != "network");
        bad.map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect()
    }
}
