//! How busy the processors of the machine are, from Linux's `/proc/stat` (proc_stat(5)).

use std::fs;

/// The processor time since the machine started, in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessorTime {
    busy: u64,
    all: u64,
}

impl ProcessorTime {
    /// Reads it; none if the system does not report it.
    pub fn now() -> Option<Self> {
        Self::read(&fs::read_to_string("/proc/stat").ok()?)
    }

    /// The share of time that the processors were busy since `earlier`, from 0 to 1; none if no tick has
    /// passed.
    pub fn busy_since(self, earlier: Self) -> Option<f64> {
        let (busy, all) =
            (self.busy.saturating_sub(earlier.busy), self.all.saturating_sub(earlier.all));
        (all > 0).then(|| (busy as f64 / all as f64).min(1.0))
    }

    fn read(text: &str) -> Option<Self> {
        /// user, nice, system, idle, iowait, irq, softirq, steal; guests are part of user.
        const FIELDS: usize = 8;
        const IDLE: [usize; 2] = [3, 4];
        let line = text.lines().next()?.strip_prefix("cpu ")?;
        let ticks: Vec<u64> = line
            .split_whitespace()
            .take(FIELDS)
            .map(|word| word.parse().ok())
            .collect::<Option<_>>()?;
        let all = ticks.iter().sum();
        let idle: u64 = IDLE.iter().filter_map(|&field| ticks.get(field)).sum();
        Some(Self { busy: all - idle, all })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_neither_idle_nor_disk_wait_as_busy() {
        let before = ProcessorTime::read("cpu  10 0 10 70 10 0 0 0 0 0\ncpu0 1\n").expect("reads");
        let after = ProcessorTime::read("cpu  40 1 20 120 20 2 3 4 9 9\ncpu0 1\n").expect("reads");
        assert_eq!(after.busy_since(before), Some(50.0 / 110.0));
        assert_eq!(after.busy_since(after), None);
        assert_eq!(ProcessorTime::read("intr 1"), None);
    }

    #[test]
    fn reads_the_processor_time_of_linux() {
        assert!(ProcessorTime::now().is_some_and(|time| time.all > 0));
    }
}
