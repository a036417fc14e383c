//! What the gateway's process uses, as the system counts it.

use std::{fs, time::Duration};

use crate::app::App;

/// Clock ticks a second in `/proc`: fixed on Linux.
const TICKS: u64 = 100;

/// A line of `/proc/PID/status`, in MiB.
fn status(app: &App, name: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{}/status", app.pid())).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_matches(|c: char| !c.is_ascii_digit()).parse::<u64>().unwrap() / 1024
}

/// Resident memory, MiB.
pub(super) fn resident(app: &App) -> u64 {
    status(app, "VmRSS:")
}

/// The most that it ever was, MiB.
pub(super) fn peak(app: &App) -> u64 {
    status(app, "VmHWM:")
}

/// CPU time spent so far.
fn spent(app: &App) -> Duration {
    let text = fs::read_to_string(format!("/proc/{}/stat", app.pid())).unwrap();
    let (_, fields) = text.rsplit_once(')').unwrap();
    // Fields 14 and 15, counted from the process id; two stand before what is left here.
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 1000 / TICKS)
}

/// Whether a call that has ended still burns: an idle gateway needs next to nothing.
pub(super) async fn assert_idle(app: &App) {
    let before = spent(app);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let burnt = spent(app).checked_sub(before).unwrap();
    assert!(burnt < Duration::from_millis(500), "idle, it spent {burnt:?} of CPU time in two seconds");
}
