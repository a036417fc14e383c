//! What Linux knows of a process.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result};

/// The unit of times in `/proc`: 1/100 s on every architecture (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// CPU time that it has used.
pub(crate) fn cpu_time(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let text = fs::read_to_string(&path).with_context(|| path.clone())?;
    // The name in parentheses may hold anything; user and system time are the 12th and 13th word behind it.
    let words: Vec<&str> = text.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
    let ticks = |index: usize| words.get(index).and_then(|word| word.parse::<u32>().ok()).with_context(|| path.clone());
    Ok(TICK * (ticks(11)? + ticks(12)?))
}

/// Resident memory, in MiB.
pub(crate) fn resident(pid: u32) -> Result<f64> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).with_context(|| path.clone())?;
    let kib = text.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<u32>().ok());
    kib.map(|kib| f64::from(kib) / 1024.0).with_context(|| format!("{path} says nothing of resident memory"))
}
