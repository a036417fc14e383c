//! Pages, in a real browser: headless Chromium over `WebDriver`. `cargo xtask test` brings both, and axe-core; where they cannot be
//! had these tests are reported as ignored, except for CI, where they fail.
//!
//! A [`Visitor`](visitor::Visitor) is somebody with a browser of their own. Chromium connects what goes to the gateway's public
//! address to the gateway under test, and nothing to any other host: links are followed as they stand in mails.
//!
//! ```ignore
//! #[tokio::test]
//! #[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
//! async fn b1_somebody_signs_in_in_the_page() {
//!     let app = App::simple();
//!     app.user("ann@example.org").await;
//!     let ann = Visitor::new(&app).await.phone().await; // or `speaking(&app, "ru-RU,ru")`, `.without_javascript().await`
//!     ann.open("/signin").await;
//!     ann.accessible().await;
//!     ann.screenshot("signin").await;
//!     ann.fill("E-mail", "ann@example.org").await;      // by the text of the label
//!     ann.fill("Password", PASSWORD).await;
//!     ann.press("Sign in").await;                       // a button or link by its text
//!     ann.sees("Your account").await;                   // waits for it
//!     assert_eq!(ann.path().await, "/me");
//! }
//! ```
//!
//! Everything waits for what it needs, ten seconds at most, then says what there was instead. A test that fails leaves a picture
//! and the source of the page beside the screenshots (`target/screenshots`) and names them. Where several things have one name,
//! `press_beside` takes the one in the row, list item or section with a text. Pages are held to [`look`]; what else a page did is
//! told by `requests` and `complaints`.

mod account;
mod admin;
mod docs;
mod driver;
mod entry;
mod harness;
mod invitation;
mod look;
mod page;
mod reset;
mod verify_email;
mod visitor;
