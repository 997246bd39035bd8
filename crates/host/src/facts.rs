//! MachineFacts about the machine that a reader of a recording needs, from Linux's `/proc` and `/sys`.

use std::fs;
use std::thread;
use std::time::Duration;

use crate::clock;

/// The known facts about the machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MachineFacts {
    /// The operating system and the release of the kernel.
    pub kernel: Option<String>,
    /// The model of the CPU.
    pub cpu: Option<String>,
    /// How many logical CPUs this process may use.
    pub cores: Option<usize>,
    /// Main memory, in bytes.
    pub memory: Option<u64>,
    /// The load average over the last minute.
    pub load: Option<f64>,
    /// The frequency governor of the first CPU.
    pub governor: Option<String>,
    /// The smallest step of the monotonic clock.
    pub clock_resolution: Duration,
    /// The median delay of a thread's wake-up from sleep.
    pub wake_lateness: Duration,
}

impl MachineFacts {
    /// Gathers the facts. Takes about 20 ms, because the timers are measured.
    pub fn gather() -> Self {
        Self {
            kernel: kernel(),
            cpu: field("/proc/cpuinfo", "model name"),
            cores: thread::available_parallelism().ok().map(Into::into),
            memory: field("/proc/meminfo", "MemTotal").as_deref().and_then(kibibytes),
            load: first_word("/proc/loadavg").and_then(|word| word.parse().ok()),
            governor: first_word("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            clock_resolution: clock::resolution(),
            wake_lateness: wake_lateness(),
        }
    }
}

fn kernel() -> Option<String> {
    let system = first_word("/proc/sys/kernel/ostype")?;
    let release = first_word("/proc/sys/kernel/osrelease")?;
    Some(format!("{system} {release}"))
}

fn first_word(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()?.split_whitespace().next().map(str::to_owned)
}

/// The value of the first line `name : value` of a file.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}

fn kibibytes(text: &str) -> Option<u64> {
    let number: u64 = text.split_whitespace().next()?.parse().ok()?;
    number.checked_mul(1024)
}

fn wake_lateness() -> Duration {
    const SLEEPS: usize = 15;
    const SLEEP: Duration = Duration::from_millis(1);
    let mut lateness: Vec<Duration> = (0..SLEEPS)
        .map(|_| {
            let start = clock::monotonic();
            thread::sleep(SLEEP);
            clock::monotonic().saturating_sub(start + SLEEP)
        })
        .collect();
    lateness.sort_unstable();
    lateness[SLEEPS / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gathers_the_facts_of_linux() {
        let facts = MachineFacts::gather();
        assert!(facts.kernel.is_some_and(|kernel| kernel.starts_with("Linux ")));
        assert!(facts.cores.is_some_and(|cores| cores > 0));
        assert!(facts.memory.is_some_and(|bytes| bytes > 1 << 20));
        assert!(facts.load.is_some());
    }

    #[test]
    fn converts_memory_to_bytes() {
        assert_eq!(kibibytes("16 kB"), Some(16384));
        assert_eq!(kibibytes("kB"), None);
    }
}
