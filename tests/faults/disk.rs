//! A full disk below SQLite: what must be kept is refused, what is known is told, and all is well when there is room again.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use reqwest::StatusCode;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use serde_json::{Value, json};

use super::{heals, soundness::nothing_is_half_there};
use crate::{
    actor::{Answer, PASSWORD, User},
    app::{App, Plan},
};

fn plan() -> Plan {
    Plan::new().on_file().simple().set("password_memory_kib", "8").set("password_iterations", "1")
}

fn simple(email: &str) -> Value {
    json!({ "type": "simple", "email": email, "password": PASSWORD })
}

/// What can be told without writing.
async fn reads_go_on(app: &App, ann: &User<'_>) {
    for path in ["/me", "/auth/check", "/me/sessions", "/me/signins"] {
        ann.get(path).await.expect(200);
    }
    app.get("/.well-known/jwks.json").await.expect(200);
    app.get("/health/live").await.expect(200);
}

/// Signs people up until there is no room; gives the addresses of those who were told that they are in.
async fn until_full(app: &App) -> Vec<String> {
    let mut taken = Vec::new();
    for n in 0..2000 {
        let email = format!("u{n}@example.org");
        let answer = app.post("/auth/signup/", &simple(&email)).await;
        if answer.status != StatusCode::OK {
            refused(answer);
            return taken;
        }
        taken.push(email);
    }
    panic!("there was room for {}", taken.len());
}

fn refused(answer: Answer) {
    let answer = answer.problem(503, "store_unavailable");
    assert!(answer.headers.contains_key("retry-after"));
    assert!(!answer.text.contains("disk") && !answer.text.contains("SQL"), "the inside of the house is for the log: {}", answer.text);
}

/// Full, then with room again.
async fn through(app: &App, fill: impl FnOnce(), make_room: impl FnOnce()) {
    let mut ann = app.user("ann@example.org").await;
    fill();
    let taken = until_full(app).await;
    for n in 0..5 {
        let late = app.post("/auth/signup/", &simple(&format!("late{n}@example.org"))).await;
        if late.status != StatusCode::OK {
            refused(late);
        }
        reads_go_on(app, &ann).await;
    }
    make_room();
    heals(app, "full").await;
    ann.renew().await.expect(200);
    for email in taken.iter().step_by(taken.len().div_ceil(20).max(1)) {
        app.signin(email).await;
    }
    app.user("after@example.org").await;
    nothing_is_half_there(app).await;
}

/// A file may not grow beyond what the process is allowed (`RLIMIT_FSIZE`, `LimitFSIZE` of systemd): that is an error of one write, and
/// not the end of the process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rule26_files_that_may_not_grow_refuse_writes_alone() {
    let app = plan().start();
    through(&app, || limit(&app, Some(1024 * 1024)), || limit(&app, None)).await;
}

/// How large a file of the gateway's may become; none: as large as one of ours.
fn limit(app: &App, bytes: Option<u64>) {
    let (pid, ours) = (Pid::from_raw(i32::try_from(app.pid()).unwrap()), getrlimit(Resource::Fsize));
    let limit = Rlimit { current: bytes.or(ours.current), maximum: ours.maximum };
    prlimit(pid, Resource::Fsize, limit).unwrap();
}

/// A small file system of its own, gone with the value.
struct Small(PathBuf);

impl Small {
    /// `None` where this user may not mount.
    fn at(path: &Path) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=6m,mode=700", "tmpfs"]).arg(path).output();
        mount.is_ok_and(|mounted| mounted.status.success()).then(|| Self(path.to_owned()))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Lazily: the gateway may not have let go yet.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Takes all that is left.
fn fill(ballast: &Path) {
    let mut file = fs::File::create(ballast).unwrap();
    while file.write_all(&[7; 4096]).is_ok() {}
}

/// Who may not mount has the limit of files, as above, for a disk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rule26_a_full_disk_refuses_writes_alone() {
    let plan = plan();
    let disk = Small::at(&plan.path().join("data"));
    let app = plan.start();
    let ballast = app.data().join("ballast");
    match &disk {
        Some(_) => through(&app, || fill(&ballast), || fs::remove_file(&ballast).unwrap()).await,
        None => through(&app, || limit(&app, Some(1024 * 1024)), || limit(&app, None)).await,
    }
    drop(app);
    drop(disk);
}
