//! Resource usage of processes: CPU, context switches and memory.

use std::fs;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// In what unit getrusage(2) counts the peak memory, in bytes.
const PEAK_UNIT: u64 = if cfg!(target_os = "macos") { 1 } else { 1024 };

/// The usage of a process since its start, or of several processes together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResourceUsage {
    /// CPU time in user mode.
    pub user: Duration,
    /// CPU time in kernel mode.
    pub system: Duration,
    /// How often it gave up the CPU to wait.
    pub voluntary_switches: u64,
    /// How often it was preempted.
    pub involuntary_switches: u64,
    /// Peak memory in bytes. It never decreases. On Linux it is never less than what the parent held when it
    /// started the process: `peak_memory` is exact.
    pub peak_memory: u64,
}

impl ResourceUsage {
    /// The usage of this process without its children; none if the system does not report it.
    pub fn of_this_process() -> Option<Self> {
        Self::read(UsageWho::RUSAGE_SELF)
    }

    /// The usage of all children that have ended and were waited for, and of theirs; none if the system
    /// does not report it. The peak memory is that of the largest child. On Linux it is never less than
    /// what this process held when it started a child.
    pub fn of_children() -> Option<Self> {
        Self::read(UsageWho::RUSAGE_CHILDREN)
    }

    fn read(whom: UsageWho) -> Option<Self> {
        let usage = getrusage(whom).ok()?;
        Some(Self {
            user: duration(usage.user_time()),
            system: duration(usage.system_time()),
            voluntary_switches: count(usage.voluntary_context_switches()),
            involuntary_switches: count(usage.involuntary_context_switches()),
            peak_memory: count(usage.max_rss()) * PEAK_UNIT,
        })
    }

    /// The usage since `earlier`. Peak memory stays the same.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            user: self.user.saturating_sub(earlier.user),
            system: self.system.saturating_sub(earlier.system),
            voluntary_switches: self.voluntary_switches.saturating_sub(earlier.voluntary_switches),
            involuntary_switches: self
                .involuntary_switches
                .saturating_sub(earlier.involuntary_switches),
            peak_memory: self.peak_memory,
        }
    }
}

/// The most memory that this process has held since its program was started, in bytes, by Linux's
/// `/proc`; none elsewhere.
pub fn peak_memory() -> Option<u64> {
    read_peak(&fs::read_to_string("/proc/self/status").ok()?)
}

/// The same of another process that is alive.
pub fn peak_memory_of(process: u32) -> Option<u64> {
    read_peak(&fs::read_to_string(format!("/proc/{process}/status")).ok()?)
}

/// Reads `VmHWM` (proc_pid_status(5)).
fn read_peak(status: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = value.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    kibibytes.checked_mul(1024)
}

fn duration(value: TimeVal) -> Duration {
    Duration::from_secs(count(value.tv_sec())) + Duration::from_micros(count(value.tv_usec()))
}

/// Microseconds have 32 bits on some systems.
fn count(value: impl Into<i64>) -> u64 {
    u64::try_from(value.into()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_work_in_the_usage() {
        let before = ResourceUsage::of_this_process().expect("Linux says");
        let mut sum = 0u64;
        while ResourceUsage::of_this_process().expect("Linux says").since(before).user.is_zero() {
            sum = std::hint::black_box(sum + 1);
        }
        assert!(before.peak_memory > 100_000);
    }

    #[test]
    fn peak_memory_of_a_child_is_not_that_of_its_parent() {
        let held = std::hint::black_box(vec![1u8; 64 << 20]);
        let read = std::process::Command::new("cat").arg("/proc/self/status").output();
        let status = String::from_utf8(read.expect("cat starts").stdout).expect("is text");
        assert!(read_peak(&status).is_some_and(|child| child < held.len() as u64), "{status}");
        assert!(peak_memory().is_some_and(|own| own > held.len() as u64));
        assert_eq!(read_peak("VmPeak: 4 kB\nVmHWM:\t    16 kB\n"), Some(16384));
        assert_eq!(read_peak("VmHWM: many"), None);
    }

    #[test]
    fn counts_the_work_of_a_child_after_waiting_for_it() {
        let before = ResourceUsage::of_children().expect("Linux says");
        let script = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done";
        let status = std::process::Command::new("sh").args(["-c", script]).status();
        assert!(status.expect("sh starts").success());
        let used = ResourceUsage::of_children().expect("Linux says").since(before);
        assert!(!(used.user + used.system).is_zero());
        assert!(used.peak_memory > 100_000);
    }
}
