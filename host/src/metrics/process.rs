//! The process, under the names that Prometheus' own libraries use.

use std::{sync::atomic::AtomicU64, time::Instant};

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::Registry,
};
use rustix::{
    process::{Resource, getrlimit},
    time::{ClockId, clock_gettime},
};

pub(super) struct ProcessMetrics {
    resident: Gauge,
    open_files: Gauge,
    most_files: Gauge,
    cpu: Counter<f64, AtomicU64>,
    uptime: Gauge<f64, AtomicU64>,
    begun: Instant,
}

impl ProcessMetrics {
    pub(super) fn register(registry: &mut Registry, started: f64) -> Self {
        let this = Self {
            resident: Gauge::default(),
            open_files: Gauge::default(),
            most_files: Gauge::default(),
            cpu: Counter::default(),
            uptime: Gauge::default(),
            begun: Instant::now(),
        };
        let start = Gauge::<f64, AtomicU64>::default();
        start.set(started);
        registry.register("process_start_time_seconds", "When the process began, in seconds since 1970.", start);
        registry.register("process_resident_memory_bytes", "Memory that the process holds.", this.resident.clone());
        registry.register("process_open_fds", "Open files and connections.", this.open_files.clone());
        registry.register("process_max_fds", "Most files and connections that it may open.", this.most_files.clone());
        registry.register("process_cpu_seconds", "CPU time, user and system.", this.cpu.clone());
        registry.register("vestibule_uptime_seconds", "Since the process began.", this.uptime.clone());
        this
    }

    /// Where the system does not say, the last value stays.
    pub(super) fn look(&self) {
        if let Some(bytes) = resident() {
            self.resident.set(bytes);
        }
        if let Ok(entries) = std::fs::read_dir("/proc/self/fd") {
            self.open_files.set(i64::try_from(entries.count()).unwrap_or(i64::MAX));
        }
        if let Some(most) = getrlimit(Resource::Nofile).current {
            self.most_files.set(i64::try_from(most).unwrap_or(i64::MAX));
        }
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        let seconds = std::time::Duration::new(cpu.tv_sec.unsigned_abs(), u32::try_from(cpu.tv_nsec).unwrap_or_default()).as_secs_f64();
        self.cpu.inner().store(seconds.to_bits(), std::sync::atomic::Ordering::Relaxed);
        self.uptime.set(self.begun.elapsed().as_secs_f64());
    }
}

/// In bytes; the system says it in KiB.
fn resident() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<i64>().ok()?.checked_mul(1024)
}
