//! One chromedriver with one Chromium, a throw-away profile, and what they leave behind when a test fails. Both end with the value;
//! if this process is killed they end by themselves, since each hangs on a pipe of the other.

use std::{
    fs,
    future::Future,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use fantoccini::{Client, ClientBuilder, wd::TimeoutConfiguration, wd::WebDriverCompatibleCommand};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::{ParseError, Url};

use crate::{
    patience::{PATIENCE, eventually},
    port,
};

pub(super) struct Driver {
    pub(super) client: Client,
    session: String,
    address: String,
    child: Child,
    /// Chromium's profile, and the home of both programs.
    home: TempDir,
}

impl Driver {
    /// Starts both. `rules` say which hosts lead where; `languages` are what the browser asks for, best first.
    pub(super) async fn start(rules: &str, languages: &str) -> Self {
        let home = tempfile::tempdir().expect("a temporary directory");
        let log = home.path().join("driver.log");
        let file = fs::File::create(&log).expect("the driver's log");
        let mut command = Command::new(program("VESTIBULE_CHROMEDRIVER", "chromedriver"));
        command.arg(format!("--port={}", port::free())).env("HOME", home.path()).stdin(Stdio::null());
        command.stdout(file.try_clone().expect("the driver's log")).stderr(file);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("chromedriver: {error}; run the suite with `cargo xtask test`"));
        let address = eventually("chromedriver", || address(&mut child, &log)).await;
        let capabilities = capabilities(home.path(), rules, languages);
        let Value::Object(capabilities) = capabilities else { unreachable!("an object is written above") };
        let begun = ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(&address).await;
        let client = begun.unwrap_or_else(|error| {
            // There is no value yet that would do it.
            let _ = child.kill();
            let _ = child.wait();
            panic!("Chromium did not start: {error}\n{}", fs::read_to_string(&log).unwrap_or_default())
        });
        let session = client.session_id().await.expect("a session").expect("a session");
        let driver = Self { client, session, address, child, home };
        let patience = TimeoutConfiguration::new(Some(PATIENCE), Some(PATIENCE), None);
        driver.client.update_timeouts(patience).await.expect("the timeouts are set");
        driver
    }

    /// A command of the `DevTools` protocol.
    pub(super) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.client.issue_cmd(Vendor::post("goog/cdp/execute", body)).await.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// The lines of one of chromedriver's logs since the last look.
    pub(super) async fn log(&self, kind: &str) -> Vec<Value> {
        let lines = self.client.issue_cmd(Vendor::post("se/log", json!({ "type": kind }))).await.expect("a log");
        lines.as_array().expect("lines").clone()
    }

    /// What an endpoint of the session says.
    pub(super) async fn get(&self, path: String) -> Value {
        self.client.issue_cmd(Vendor { path, body: None }).await.expect("an answer")
    }

    /// Where Chromium keeps its profile; every process of it has that on its command line.
    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }

    /// From `drop`, where the test's own runtime stands still: in a thread with a runtime and a connection of its own.
    fn aside<T: Send>(&self, work: impl AsyncFnOnce(Client) -> T + Send) -> Option<T> {
        let run = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            let work =
                async { Some(work(Client::with_existing_session(&self.address, &self.session, HttpConnector::new()).await.ok()?).await) };
            runtime.block_on(bounded(work)).flatten()
        };
        std::thread::scope(|scope| scope.spawn(run).join().ok().flatten())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let failed = std::thread::panicking();
        let place = screenshots().join(format!("failed-{}", test()));
        let (picture, source) = (place.with_extension("png"), place.with_extension("html"));
        // It may be of an earlier run.
        let _ = fs::remove_file(&picture);
        let _ = fs::remove_file(&source);
        self.aside(async |client: Client| {
            if failed {
                let at = client.current_url().await.map_or_else(|error| error.to_string(), |url| url.to_string());
                let shot = client.screenshot().await.map_err(|error| error.to_string());
                let shot = shot.and_then(|png| fs::write(&picture, png).map_err(|error| error.to_string()));
                let text = client.source().await.map_err(|error| error.to_string());
                let text = text.and_then(|text| fs::write(&source, text).map_err(|error| error.to_string()));
                eprintln!(
                    "--- the browser was at {at} ---\npicture: {} {shot:?}\nsource: {} {text:?}",
                    picture.display(),
                    source.display()
                );
            }
            client.close().await
        });
        // The process is ours and may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn bounded<T>(work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(Duration::from_secs(10), work).await.ok()
}

fn capabilities(home: &Path, rules: &str, languages: &str) -> Value {
    let mut arguments = vec![
        "--headless=new".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--disable-crash-reporter".to_owned(),
        // It ends with the driver, whatever becomes of that.
        "--remote-debugging-pipe".to_owned(),
        format!("--user-data-dir={}", home.join("profile").display()),
        format!("--host-resolver-rules={rules}"),
    ];
    if rustix::process::geteuid().is_root() {
        arguments.push("--no-sandbox".to_owned());
    }
    json!({
        "goog:chromeOptions": {
            "binary": program("VESTIBULE_CHROMIUM", "/usr/bin/chromium"),
            "args": arguments,
            // Not the page for new tabs, which is a heavy one.
            "prefs": {
                "intl.accept_languages": languages,
                "session": { "restore_on_startup": 4, "startup_urls": ["about:blank"] },
            },
        },
        "goog:loggingPrefs": { "performance": "ALL", "browser": "ALL" },
    })
}

/// Once it listens; a driver that ended is no reason to wait.
fn address(child: &mut Child, log: &Path) -> Option<String> {
    let said = fs::read_to_string(log).unwrap_or_default();
    let ended = child.try_wait().expect("a child");
    assert!(ended.is_none(), "chromedriver ended:\n{said}");
    let port = said.split("started successfully on port ").nth(1)?.split('.').next()?;
    Some(format!("http://127.0.0.1:{port}"))
}

fn told(variable: &str) -> Option<PathBuf> {
    std::env::vars_os().find(|(name, _)| name == variable).map(|(_, value)| PathBuf::from(value))
}

fn program(variable: &str, default: &str) -> PathBuf {
    told(variable).unwrap_or_else(|| PathBuf::from(default))
}

/// Where pictures go.
pub(super) fn screenshots() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = told("VESTIBULE_SCREENSHOTS").unwrap_or_else(|| root.join("target/screenshots"));
    fs::create_dir_all(&folder).expect("the folder for screenshots");
    folder.canonicalize().expect("the folder for screenshots")
}

/// The test that runs, as part of a file name.
fn test() -> String {
    let named = told("NEXTEST_TEST_NAME").map(|name| name.display().to_string());
    named.or_else(|| std::thread::current().name().map(ToOwned::to_owned)).unwrap_or_default().replace("::", "-")
}

/// Reads what `Page.captureScreenshot` answers.
pub(super) fn png(answer: &Value) -> Vec<u8> {
    BASE64_STANDARD.decode(answer["data"].as_str().expect("a picture")).expect("base64")
}

/// What fantoccini has no words for.
#[derive(Debug)]
struct Vendor {
    path: String,
    /// Without one it is a `GET`.
    body: Option<Value>,
}

impl Vendor {
    fn post(path: &str, body: Value) -> Self {
        Self { path: path.to_owned(), body: Some(body) }
    }
}

impl WebDriverCompatibleCommand for Vendor {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        match &self.body {
            Some(body) => (Method::POST, Some(body.to_string())),
            None => (Method::GET, None),
        }
    }
}
