//! How long threads of other processes have run, and waited for a core. Uses Linux's `/proc`.

use std::fs;
use std::time::Duration;

/// What the scheduler has counted for a thread since it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheduled {
    /// How long it ran on a core.
    pub running: Duration,
    /// How long it was ready to run and waited for a core.
    pub ready: Duration,
}

/// What the scheduler has counted for a thread; nothing if it has ended, or the system does not say. The
/// format is that of `proc_pid_schedstat` in Linux, which writes three zeros where it does not count.
pub fn scheduled(process: u32, thread: u32) -> Option<Scheduled> {
    let text = fs::read_to_string(format!("/proc/{process}/task/{thread}/schedstat")).ok()?;
    of_text(&text)
}

fn of_text(text: &str) -> Option<Scheduled> {
    let mut numbers = text.split_ascii_whitespace().map(|number| number.parse::<u64>().ok());
    let mut next = || numbers.next()?;
    let (running, ready, turns) = (next()?, next()?, next()?);
    let [running, ready] = [running, ready].map(Duration::from_nanos);
    (turns > 0).then_some(Scheduled { running, ready })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Scheduled, of_text, scheduled};

    #[test]
    fn a_thread_that_lives_has_a_running_time() {
        let own = std::process::id();
        assert!(scheduled(own, own).is_some_and(|scheduled| !scheduled.running.is_zero()));
        assert_eq!(scheduled(own, 0), None);
    }

    #[test]
    fn a_system_that_does_not_count_is_told_from_a_thread_that_never_waited() {
        let [running, ready] = [7, 0].map(Duration::from_nanos);
        assert_eq!(of_text("7 0 1\n"), Some(Scheduled { running, ready }));
        assert_eq!(of_text("0 0 0\n"), None);
    }
}
