//! Changes under load: not one request is lost.

use std::{fs, path::Path, time::Duration};

use super::{cheap, crowd::Crowd, until_live, until_logged};
use crate::app::{App, guest, install, plugin, write};

const ROUNDS: u32 = 10;

/// The same component with another digest: a custom section at its end.
fn renamed(component: &Path, mark: u32) -> Vec<u8> {
    let mark = mark.to_string();
    let name = [&[4], &b"mark"[..], mark.as_bytes()].concat();
    let length = u8::try_from(name.len()).unwrap();
    [&fs::read(component).unwrap()[..], &[0, length], &name].concat()
}

async fn change_everything(app: &App, round: u32) {
    let plugins = app.plugins();
    install(&plugins, "hello", &guest("hello"), None);
    until_live(app, "hello", Some("1.0.0")).await;
    install(&plugins, "hello", &guest("hello-v2"), Some("signup = false"));
    until_live(app, "hello", Some("2.0.0")).await;
    // The very provider that everybody uses: a new version, broken ones, other limits.
    let bytes = renamed(&plugin("simple"), round);
    let sha256 = digest(&bytes);
    write(&plugins.join("simple.wasm"), &bytes);
    until_logged(app, &["provider replaced", &sha256]).await;
    write(&plugins.join("simple.wasm"), &bytes[..bytes.len() / 3]);
    write(&plugins.join("simple.toml"), b"[limits]\ncpu_ms = tru");
    tokio::time::sleep(Duration::from_millis(300)).await;
    write(&plugins.join("simple.toml"), format!("[limits]\ncpu_ms = {}", 1000 + round).as_bytes());
    write(&plugins.join("simple.wasm"), &bytes);
    write(&plugins.join("hello.toml"), b"enabled = false");
    until_live(app, "hello", None).await;
    fs::remove_file(plugins.join("hello.toml")).unwrap();
    fs::remove_file(plugins.join("hello.wasm")).unwrap();
}

fn digest(bytes: &[u8]) -> String {
    use sha2::Digest;
    format!("{:x}", sha2::Sha256::digest(bytes))
}

#[tokio::test]
async fn load_g1_changes_of_plugins_lose_not_one_request() {
    let app = cheap().simple().start();
    let crowd = Crowd::gather(&app, 8).await;
    for round in 0..ROUNDS {
        change_everything(&app, round).await;
    }
    let requests = crowd.disperse().await;
    assert!(requests > 100, "{requests} requests are no load");
}
