//! Metrics of this process, under their conventional names.

use std::fs;

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage};
use nix::sys::time::TimeValLike as _;
use nix::unistd::{SysconfVar, sysconf};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

/// Returns the current resource usage of the process. Omits values that the operating system does not provide.
#[must_use]
pub fn process_metrics() -> Registry {
    let mut registry = Registry::with_prefix("process");
    if let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) {
        let time = usage.user_time() + usage.system_time();
        #[expect(clippy::cast_precision_loss, reason = "exact for centuries")]
        let seconds = time.num_microseconds() as f64 / 1e6;
        registry.register_with_unit(
            "cpu",
            "Processor time that was used",
            Unit::Seconds,
            ConstCounter::new(seconds),
        );
    }
    if let Some(seconds) = started_at() {
        registry.register_with_unit(
            "start_time",
            "When the process began, as seconds since 1970",
            Unit::Seconds,
            ConstGauge::new(seconds),
        );
    }
    let open = fs::read_dir("/proc/self/fd").ok();
    let most = getrlimit(Resource::RLIMIT_NOFILE).ok();
    for (name, help, value) in [
        ("resident_memory_bytes", "Memory that is in use", resident_bytes()),
        ("open_fds", "Files and connections that are open", open.map(|files| files.count() as u64)),
        ("max_fds", "Files and connections that may be open", most.map(|(limit, _)| limit)),
    ] {
        if let Some(value) = value {
            registry.register(name, help, ConstGauge::new(value));
        }
    }
    registry
}

/// Returns the start of the process in seconds since 1970. The 22nd value of `stat` is the start in ticks since boot;
/// the second value, in parentheses, may hold any characters.
fn started_at() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, values) = stat.rsplit_once(')')?;
    let ticks: u32 = values.split_whitespace().nth(19)?.parse().ok()?;
    let in_a_second = u32::try_from(sysconf(SysconfVar::CLK_TCK).ok()??).ok()?;
    let machine = fs::read_to_string("/proc/stat").ok()?;
    let began = machine.lines().find_map(|line| line.strip_prefix("btime "))?;
    let began: u32 = began.trim().parse().ok()?;
    Some(f64::from(began) + f64::from(ticks) / f64::from(in_a_second))
}

/// Returns the resident memory. The second number of `statm` counts pages.
fn resident_bytes() -> Option<u64> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    let page = sysconf(SysconfVar::PAGE_SIZE).ok()??;
    pages.checked_mul(u64::try_from(page).ok()?)
}
