//! The browser itself: that it does what the other tests take for granted, and that what is wrong is found.

use std::{fs, path::Path};

use fantoccini::key::Key;
use serde_json::json;

use super::{
    driver::screenshots,
    visitor::{Screen, Visitor},
};
use crate::app::{App, Plan};

const START: &str =
    "<!DOCTYPE html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>A page</title>";

/// The content as a page, without a server.
fn page(content: &str) -> String {
    let whole = format!("{START}<main><h1>A page</h1>{content}</main>");
    format!("data:text/html;charset=utf-8,{}", whole.replace('%', "%25").replace('#', "%23"))
}

/// Processes that hold a folder in their command line.
fn processes(folder: &Path) -> usize {
    let needle = folder.display().to_string();
    let all = fs::read_dir("/proc").unwrap().flatten();
    all.filter(|entry| fs::read(entry.path().join("cmdline")).is_ok_and(|line| String::from_utf8_lossy(&line).contains(&needle))).count()
}

fn app() -> App {
    Plan::new().start()
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn pages_are_used_by_the_names_that_people_see() {
    let app = app();
    let ann = Visitor::new(&app).await;
    ann.open(&page(
        "<form><label for=a>Your \"name\"</label><input id=a value=Eve><label>Language <select><option>English<option>Русский</select></label>\
         <input id=b type=checkbox><label for=b>Keep me</label><label for=c>Your secret</label><input id=c hidden></form>\
         <ul><li>Bread <button onclick=\"said.textContent='no bread'\">Remove</button><li>Salt <button onclick=\"said.textContent='no \
         salt'\">Remove</button></ul><a href='#' onclick=\"said.textContent='gone on'\">Go on</a><p id=said>nothing",
    ))
    .await;
    assert_eq!((ann.title().await.as_str(), ann.language().await.as_str()), ("A page", "en"));
    ann.fill("Your \"name\"", "Ann").await;
    assert_eq!(ann.value("Your \"name\"").await, "Ann");
    ann.choose("Language", "Русский").await;
    assert_eq!(ann.value("Language").await, "Русский");
    assert!(!ann.is_ticked("Keep me").await);
    ann.tick("Keep me").await;
    assert!(ann.is_ticked("Keep me").await);
    ann.press_beside("Salt", "Remove").await;
    ann.sees("no salt").await;
    ann.press("Go on").await;
    ann.sees("gone on").await;
    ann.open(&page("<button>First</button><button aria-label='The second'>x</button>")).await;
    ann.keys(&String::from(char::from(Key::Tab))).await;
    ann.keys(&String::from(char::from(Key::Tab))).await;
    assert_eq!(ann.focus().await, "The second");
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
#[should_panic(expected = "there is no field “Your secret”, but [\"Your name\"]")]
async fn what_is_not_shown_is_not_there() {
    let app = app();
    let ann = Visitor::new(&app).await;
    let fields = "<label for=a>Your name</label><input id=a><label for=c hidden>Your secret</label><input id=c hidden>";
    ann.open(&page(&format!("{fields}<button>Go on</button>"))).await;
    ann.fill("Your secret", "Ann").await;
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
#[should_panic(expected = "2 things are called “Remove”")]
async fn a_name_that_two_things_have_is_not_enough() {
    let app = app();
    let ann = Visitor::new(&app).await;
    ann.open(&page("<button>Remove</button><button>Remove</button>")).await;
    ann.press("Remove").await;
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn javascript_is_on_or_off() {
    let app = app();
    let scripted = page("<p id=said>still<script>said.textContent = 'moved'</script><noscript> <button>without</button></noscript>");
    let with = Visitor::new(&app).await;
    with.open(&scripted).await;
    assert_eq!(with.text().await, "A page moved");
    let without = Visitor::new(&app).await.without_javascript().await;
    for _ in 0..2 {
        without.open(&scripted).await;
        assert_eq!(without.text().await, "A page still without");
        without.press("without").await;
        // Which itself needs it; what comes after must not.
        without.accessible().await;
    }
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn screens_are_as_wide_as_they_say() {
    let app = app();
    let wide = page("<style>p { display: none } @media (max-width: 400px) { p { display: block } }</style><p>narrow");
    let ann = Visitor::new(&app).await;
    ann.open(&wide).await;
    assert_eq!(ann.text().await, "A page");
    ann.screenshot("harness").await;
    assert_eq!(ann.text().await, "A page");
    for screen in [Screen::Phone, Screen::Desktop] {
        let picture = fs::read(screenshots().join(format!("harness-{}.png", screen.name()))).unwrap();
        // The width in the header of a PNG.
        assert_eq!((&picture[1..4], &picture[16..20]), (&b"PNG"[..], &screen.size().0.to_be_bytes()[..]), "{screen:?}");
    }
    let ann = ann.phone().await;
    ann.sees("narrow").await;
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
#[should_panic(expected = "too-wide is 700 pixels wide on a phone")]
async fn what_sticks_out_is_found() {
    let app = app();
    let ann = Visitor::new(&app).await;
    ann.open(&page("<style>body { margin: 0 } p { width: 700px }</style><p>wide")).await;
    ann.screenshot("too-wide").await;
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
#[should_panic(expected = "- label (critical): Form elements must have labels")]
async fn what_keeps_people_out_is_found() {
    let app = app();
    let ann = Visitor::new(&app).await;
    ann.open(&page("<input>")).await;
    ann.accessible().await;
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
#[should_panic(expected = "in dark colours:\n- color-contrast")]
async fn dark_colours_are_looked_at_too() {
    let app = app();
    let ann = Visitor::new(&app).await.without_javascript().await;
    ann.open(&page("<style>@media (prefers-color-scheme: dark) { p { color: silver } }</style><p>pale on white")).await;
    ann.accessible().await;
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn no_other_host_is_reached_and_nothing_is_left() {
    let app = app();
    let ann = Visitor::new(&app).await;
    ann.open(&page("<img alt='' src=http://elsewhere.example/x.png><script>throw Error('lost')</script>")).await;
    let asked = ann.requests().await;
    assert!(asked.len() == 2 && asked[1] == "http://elsewhere.example/x.png", "{asked:?}");
    let complaints = ann.complaints().await;
    assert!(complaints.len() == 1 && complaints[0].contains("lost"), "{complaints:?}");
    ann.open("/health/live").await;
    assert_eq!(ann.path().await, "/health/live");
    let hidden = json!({ "name": "crumb", "value": "1", "url": app.public_url(), "httpOnly": true });
    ann.driver.devtools("Network.setCookie", hidden).await;
    let cookies = ann.cookies().await;
    assert!(cookies.len() == 1 && cookies[0].name() == "crumb" && cookies[0].http_only() == Some(true), "{cookies:?}");
    let home = ann.driver.home().to_owned();
    assert!(processes(&home) > 0);
    drop(ann);
    assert_eq!((processes(&home), home.exists()), (0, false));
}
