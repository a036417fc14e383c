//! What every page is held to: nobody is kept out, nothing sticks out. And pictures of it.

use std::fs;

use serde_json::{Value, json};

use super::{
    driver::{png, screenshots},
    visitor::{Screen, Visitor},
};
use crate::app::made;

/// WCAG 2.1, levels A and AA, and what axe-core advises beyond.
const RULES: [&str; 5] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];

const RUN: &str = "const [rules, done] = arguments;
    axe.run(document, { runOnly: rules, resultTypes: ['violations'] })
        .then(found => done({ violations: found.violations, passes: found.passes.length }), error => done({ error: String(error) }));";

const BROKEN: &str = "const range = document.createRange();
    const tops = element => (range.selectNodeContents(element), Array.from(range.getClientRects(), box => box.top));
    const lines = element => Math.max(...tops(element)) - Math.min(...tops(element));
    return Array.from(document.querySelectorAll(arguments[0])).filter(element => lines(element) > 12).map(element => element.innerText);";

/// A taller page is cut off in its picture.
const TALLEST: u32 = 6000;

impl Visitor {
    /// Demands that axe-core finds nothing wrong with the page as it is now, neither in light nor in dark colours.
    pub async fn accessible(&self) {
        let axe = fs::read_to_string(made("VESTIBULE_AXE", "target/node/node_modules/axe-core/axe.min.js")).expect("axe-core");
        self.switch_scripts(true).await;
        for colours in ["light", "dark"] {
            self.colours(colours).await;
            self.driver.client.execute(&axe, Vec::new()).await.expect("axe-core loads");
            let found = self.driver.client.execute_async(RUN, vec![json!(RULES)]).await.expect("axe-core runs");
            let violations = found["violations"].as_array().unwrap_or_else(|| panic!("axe-core failed: {found}"));
            let passes = found["passes"].as_u64().unwrap_or_default();
            assert!(violations.is_empty(), "{} in {colours} colours:\n{}", self.path().await, told(violations));
            assert!(passes > 5, "axe-core looked at almost nothing: {found}");
        }
        self.colours("").await;
        self.switch_scripts(self.scripts).await;
    }

    /// Puts pictures of the whole page into `target/screenshots`, `NAME-phone.png` and `NAME-desktop.png`, and demands that nothing
    /// sticks out at the side.
    pub async fn screenshot(&self, name: &str) {
        for screen in [Screen::Phone, Screen::Desktop] {
            self.resize(screen).await;
            let layout = self.driver.devtools("Page.getLayoutMetrics", json!({})).await;
            let length = |pointer: &str| layout.pointer(pointer).and_then(Value::as_f64).expect("a length");
            let (width, height) = (length("/cssContentSize/width"), length("/cssContentSize/height"));
            assert!(width <= f64::from(screen.size().0), "{name} is {width} pixels wide on a {}", screen.name());
            let clip = json!({ "x": 0, "y": 0, "width": width, "height": height.min(TALLEST.into()), "scale": 1 });
            let how = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
            let picture = png(&self.driver.devtools("Page.captureScreenshot", how).await);
            fs::write(screenshots().join(format!("{name}-{}.png", screen.name())), picture).expect("the picture is written");
        }
        self.resize(self.screen).await;
    }

    /// What of these is broken into several lines.
    pub async fn broken(&self, selector: &str) -> Vec<String> {
        let found = self.driver.client.execute(BROKEN, vec![json!(selector)]).await.expect("a page");
        found.as_array().into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
    }

    async fn colours(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.driver.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }
}

/// The violations, for people.
fn told(violations: &[Value]) -> String {
    let word = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let place = |node: &Value| format!("    {}\n    {}\n", word(node, "html"), word(node, "failureSummary"));
    let one = |found: &Value| {
        let places: String = found["nodes"].as_array().into_iter().flatten().map(place).collect();
        format!("- {} ({}): {} {}\n{places}", word(found, "id"), word(found, "impact"), word(found, "help"), word(found, "helpUrl"))
    };
    violations.iter().map(one).collect()
}
