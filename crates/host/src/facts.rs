//! Facts about the machine that a reader of a recording needs, from Linux's `/proc` and `/sys`.

use std::env;
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
    /// The hypervisor or the virtual machine that runs this system; none if none is seen.
    pub hypervisor: Option<String>,
    /// What the kernel's clocks count, such as `tsc`.
    pub clock_source: Option<String>,
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
            hypervisor: hypervisor(),
            clock_source: first_word(
                "/sys/devices/system/clocksource/clocksource0/current_clocksource",
            ),
            clock_resolution: clock::resolution(),
            wake_lateness: wake_lateness(),
        }
    }
}

/// Linux with its release; elsewhere only the name of the system.
fn kernel() -> Option<String> {
    if !cfg!(target_os = "linux") {
        return Some(env::consts::OS.to_owned());
    }
    let system = first_word("/proc/sys/kernel/ostype")?;
    let release = first_word("/proc/sys/kernel/osrelease")?;
    Some(format!("{system} {release}"))
}

/// The virtual machine by the name that its firmware gives, if the processor reports a hypervisor (the flag
/// `hypervisor` of x86), or the kernel knows one.
fn hypervisor() -> Option<String> {
    let known = first_word("/sys/hypervisor/type");
    let flags = field("/proc/cpuinfo", "flags").unwrap_or_default();
    let is_reported = flags.split_whitespace().any(|flag| flag == "hypervisor");
    if known.is_none() && !is_reported {
        return None;
    }
    let names = ["sys_vendor", "product_name"]
        .map(|name| whole_line(&format!("/sys/class/dmi/id/{name}")))
        .into_iter()
        .flatten()
        .collect::<Vec<String>>()
        .join(" ");
    known.or(Some(names)).filter(|name| !name.is_empty()).or_else(|| Some("unnamed".to_owned()))
}

fn whole_line(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|line| !line.is_empty())
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
