//! The proxies of docs/forward-auth.md, run from the very text that people copy.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_yaml::Value;
use tempfile::TempDir;

use super::service::Service;
use crate::{
    app::{App, Plan},
    patience::eventually,
    port,
};

/// The block of the document in this language.
pub fn block(language: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/forward-auth.md");
    let text = fs::read_to_string(path).expect("docs/forward-auth.md");
    let begin = format!("```{language}\n");
    let (_, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("there is no {language} in docs/forward-auth.md"));
    rest.split_once("```").expect("the end of the block").0.to_owned()
}

/// A proxy with a gateway and a service behind it.
pub struct Site {
    /// The gateway.
    pub app: App,
    /// The service at `/app/`.
    pub service: Service,
    /// The proxy's address.
    pub url: String,
    proxy: Child,
    dir: TempDir,
}

/// Addresses of the document, and what is there in the test.
const GATEWAY: &str = "127.0.0.1:5000";
const SERVICE: &str = "127.0.0.1:3000";

impl Site {
    /// Starts all three. `start` gets the block with the test's addresses, the proxy's address and a directory.
    pub async fn start(language: &str, plan: Plan, start: impl FnOnce(String, SocketAddr, &Path) -> Command) -> Self {
        let address: SocketAddr = ([127, 0, 0, 1], port::free()).into();
        let url = format!("http://{address}");
        let service = Service::start().await;
        let app = plan.set("public_url", &url).set("trusted_proxies", "127.0.0.1").start();
        let text = block(language);
        assert!(text.contains(GATEWAY) && text.contains(SERVICE), "{text}");
        let text = text.replace(GATEWAY, app.base.strip_prefix("http://").unwrap()).replace(SERVICE, &service.address.to_string());
        let dir = tempfile::tempdir().expect("a directory");
        let log = fs::File::create(dir.path().join("log")).expect("the log");
        let mut command = start(text, address, dir.path());
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("the log")).stderr(log);
        let mut proxy = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        eventually("the proxy", || {
            let ended = proxy.try_wait().expect("a child");
            assert!(ended.is_none(), "{}", fs::read_to_string(dir.path().join("log")).unwrap_or_default());
            std::net::TcpStream::connect(address).ok()
        })
        .await;
        Self { app, service, url, proxy, dir }
    }

    /// An address of the site.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // SIGTERM, so that nginx takes its workers along.
        let pid = rustix::process::Pid::from_child(&self.proxy);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.proxy.wait();
        if std::thread::panicking() {
            eprintln!("--- the proxy's log ---\n{}", fs::read_to_string(self.dir.path().join("log")).unwrap_or_default());
        }
    }
}

/// A program that `cargo xtask test` found.
pub fn program(variable: &str) -> PathBuf {
    let told = std::env::vars_os().find(|(name, _)| name == variable);
    told.map_or_else(|| panic!("{variable} names the program; `cargo xtask test` sets it"), |(_, path)| PathBuf::from(path))
}

/// Traefik is not run here: its recipe is at least whole, and means the forms of the headers that the page speaks of.
#[test]
fn f_forward_auth_traefik_recipe_is_whole() {
    let recipe: Value = serde_yaml::from_str(&block("yaml")).expect("YAML");
    let (routers, middlewares) = (&recipe["http"]["routers"], &recipe["http"]["middlewares"]);
    let named = |value: &Value| value.as_mapping().expect("a mapping").keys().cloned().collect::<Vec<_>>();
    let used: Vec<&Value> = named(routers).iter().filter_map(|name| routers[name]["middlewares"].as_sequence()).flatten().collect();
    for name in named(middlewares) {
        assert!(used.contains(&&name), "{name:?} is used by no router");
        let auth = &middlewares[&name]["forwardAuth"];
        // Traefik deletes by this expression; to Go, and so to it, a forged X_AUTH_EMAIL is X_auth_email.
        assert_eq!(auth["authResponseHeadersRegex"], "(?i)^X[-_]Auth[-_]", "{name:?}");
        assert!(auth["address"].as_str().is_some_and(|address| address.contains(GATEWAY)), "{name:?}");
    }
    assert!(used.iter().all(|name| middlewares.get(name).is_some()), "{used:?}");
    let priority = |name: &str| routers[name]["priority"].as_u64().expect("a priority");
    assert!(priority("admin") > priority("app") && priority("app") > priority("gateway"));
    for (name, path) in [("admin", "/app/admin"), ("app", "/app")] {
        let rule = routers[name]["rule"].as_str().expect("a rule");
        assert!(rule.contains(&format!("Path(`{path}`)")) && rule.contains(&format!("PathPrefix(`{path}/`)")), "{rule}");
    }
}
