//! Files that cannot be loaded, or must not be: each is refused with its reason, wherever an operator looks, and what
//! was live before stays so.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    time::Duration,
};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::json;

use super::{cheap, crowd::Crowd, live, process::peak, signin, states, until_live, until_logged, wasm};
use crate::{
    actor::{PASSWORD, User},
    app::{Plan, guest, plugin, write},
};

const MIB: usize = 1 << 20;

/// A file of the directory, and a part of the reason why it is refused.
struct Case {
    kind: &'static str,
    put: fn(&Path),
    reason: &'static str,
}

const fn case(kind: &'static str, put: fn(&Path), reason: &'static str) -> Case {
    Case { kind, put, reason }
}

fn copy(component: &Path, path: &Path) {
    write(path, &fs::read(component).unwrap());
}

/// Half of a real plugin, as a copy leaves it that was broken off.
fn half(path: &Path) {
    let whole = fs::read(plugin("simple")).unwrap();
    write(path, &whole[..whole.len() / 2]);
}

fn noise(path: &Path) {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    write(path, &(0..100_000).map(|_| byte()).collect::<Vec<_>>());
}

fn with_header(path: &Path, rest: &[u8]) {
    write(path, &[b"\0asm\x0d\x00\x01\x00", rest].concat());
}

/// A link to a real plugin outside.
fn link_out(path: &Path) {
    symlink(plugin("simple"), path).unwrap();
}

/// What cannot replace a file by being renamed over it.
const STRANGE: [Case; 4] = [
    case("fifo", |path| mknodat(CWD, path, FileType::Fifo, Mode::RUSR, 0).unwrap(), "fifo.wasm is a FIFO, not a regular file"),
    case("folder", |path| fs::create_dir(path).unwrap(), "folder.wasm is a directory, not a regular file"),
    case("link-out", link_out, "link-out.wasm is a link that leads out of the plugins directory"),
    case("device", |path| symlink("/dev/zero", path).unwrap(), "device.wasm is a link that leads out of the plugins directory"),
];

const BROKEN: [Case; 21] = [
    case("module", |path| write(path, b"\0asm\x01\0\0\0"), "is a core module; build with --target wasm32-wasip2"),
    case("text", |path| write(path, b"(component)\n"), "is text; only binary components are loaded"),
    case("elf", |path| write(path, b"\x7fELF\x02\x01\x01\0"), "is compiled machine code (ELF)"),
    case("empty", |path| write(path, b""), "is not a WebAssembly component"),
    case("noise", noise, "is not a WebAssembly component"),
    case("noise-inside", |path| with_header(path, &[0xaa; 5000]), "not a valid component"),
    case("half", half, "not a valid component"),
    case("huge", |path| with_header(path, &vec![0; MIB]), "huge.wasm has 1048584 bytes; at most 1048576 are allowed"),
    case("nothing", |path| write(path, &wasm::component("")), "does not export vestibule:provider/provider"),
    case("version-two", |path| write(path, &wasm::provider("2.0.0", "")), "is built for vestibule:provider 2.x, this gateway speaks 1.x"),
    case("files", |path| copy(&guest("wasi-files"), path), "files.wasm needs wasi:filesystem/"),
    case("describe-loop", |path| copy(&guest("describe-loop"), path), "cannot describe itself: it went beyond its limit: cpu"),
    case("describe-bomb", |path| copy(&guest("describe-bomb"), path), "cannot describe itself: it went beyond its limit: answer"),
    case("start-loop", |path| write(path, &wasm::start_loop()), "went beyond its limit: cpu"),
    case("recursion", |path| write(path, &wasm::recursion()), "went beyond its limit: stack"),
    case("grows", |path| write(path, &wasm::grows()), "went beyond its limit: memory"),
    case("memories", |path| write(path, &wasm::many_memories()), "went beyond its limit: memory"),
    case("instances", |path| write(path, &wasm::many_instances()), "instances"),
    case("http", |path| copy(&guest("hostile"), path), "needs http, not granted in http.toml: add hosts = [...]"),
    case("mail", |path| copy(&plugin("email-code"), path), "needs mail, not granted in mail.toml: add mail = true"),
    case(
        "setting",
        |path| copy(&guest("hostile-plain"), path),
        "needs the setting attack, missing in setting.toml: add attack = \"...\" under [settings]",
    ),
];

fn plan() -> Plan {
    cheap().simple().set("plugin_max_mib", "1")
}

#[tokio::test]
async fn g5_what_cannot_be_loaded_is_refused_with_its_reason() {
    let app = plan().start();
    let crowd = Crowd::gather(&app, 2).await;
    for case in STRANGE.iter().chain(&BROKEN) {
        (case.put)(&app.plugins().join(format!("{}.wasm", case.kind)));
    }
    for case in STRANGE.iter().chain(&BROKEN) {
        // In the log, by the watcher alone.
        let reason = case.reason.replace('"', "\\\"");
        until_logged(&app, &["WARN provider refused", &format!("provider=\"{}\"", case.kind), &reason]).await;
    }
    crowd.disperse().await;
    let listed = app.command(&["plugin", "list"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let states = states(&app.admin().await).await;
    for Case { kind, reason, .. } in STRANGE.iter().chain(&BROKEN) {
        let state = &states[*kind];
        assert_eq!(state["status"], "refused", "{state}");
        assert!(state["reason"].as_str().is_some_and(|told| told.contains(reason)), "{kind}: {state}");
        assert!(listed.contains(reason), "{kind}: no {reason:?} in\n{listed}");
    }
    let providers = app.get("/auth/providers").await.expect(200);
    assert_eq!(providers.json.as_array().map(Vec::len), Some(1), "{}", providers.text);
    assert!(peak(&app) < 700, "{} MiB at its peak", peak(&app));
    signin(&app, "half", "ann@example.org").await.problem(400, "unknown_type");
}

#[tokio::test]
async fn rule30_whatever_replaces_a_plugin_and_is_broken_leaves_it_live() {
    let app = plan().plugin("hello", &guest("hello"), None).start();
    let path = app.plugins().join("hello.wasm");
    let body = json!({ "type": "hello", "email": "ann@example.org", "password": PASSWORD, "city": "Graz" });
    app.post("/auth/signup/", &body).await.expect(200);
    let admin = app.admin().await;
    for case in &BROKEN {
        (case.put)(&path);
        until_reason(&admin, &case.reason.replace(&format!("{}.", case.kind), "hello.")).await;
        signin(&app, "hello", "ann@example.org").await.expect(200);
        copy(&guest("hello"), &path);
        until_reason(&admin, "").await;
    }
    write(&path, &fs::read(guest("hello-v2")).unwrap());
    until_live(&app, "hello", Some("2.0.0")).await;
    until_reason(&admin, "").await;
    signin(&app, "hello", "ann@example.org").await.expect(200);
}

/// Waits until `hello` is refused for this reason, or (empty) for none; it is live all the time.
async fn until_reason(admin: &User<'_>, reason: &str) {
    for _ in 0..500 {
        let state = states(admin).await.remove("hello").unwrap();
        assert_eq!(state["status"], "live", "{state}");
        if state["reason"].as_str().map_or(reason.is_empty(), |told| !reason.is_empty() && told.contains(reason)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not refused with {reason:?}: {:?}", states(admin).await["hello"]);
}

#[tokio::test]
async fn rule29_a_link_inside_the_directory_is_followed_and_compiled_code_is_not_looked_at() {
    let plan = plan().plugin("hello", &guest("hello"), None);
    let plugins = plan.path().join("plugins");
    symlink("hello.wasm", plugins.join("inside.wasm")).unwrap();
    fs::write(plugins.join("planted.cwasm"), b"\x7fELF").unwrap();
    copy(&guest("hello"), &plugins.join("other.cwasm"));
    copy(&guest("hello"), &plugins.join(".hidden.wasm"));
    copy(&guest("hello"), &plugins.join("Shout.wasm"));
    let app = plan.start();
    assert_eq!(live(&app, "inside").await.as_deref(), Some("1.0.0"));
    let states = states(&app.admin().await).await;
    assert_eq!(states.keys().collect::<Vec<_>>(), ["Shout", "hello", "inside", "simple"]);
    assert!(states["Shout"]["reason"].as_str().unwrap().contains("not named like a provider"), "{states:?}");
}

#[tokio::test]
async fn g5_an_unreadable_file_is_refused() {
    if rustix::process::geteuid().is_root() {
        println!("root reads everything: nothing to try");
        return;
    }
    let app = plan().start();
    let path = app.plugins().join("locked.wasm");
    write(&path, &fs::read(guest("hello")).unwrap());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    until_logged(&app, &["provider refused", "locked.wasm cannot be read"]).await;
}
