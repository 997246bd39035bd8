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
/// format is that of `proc_pid_schedstat` in Linux.
pub fn scheduled(process: u32, thread: u32) -> Option<Scheduled> {
    let text = fs::read_to_string(format!("/proc/{process}/task/{thread}/schedstat")).ok()?;
    let mut nanos = text.split_ascii_whitespace().map(str::parse);
    let mut next = || Some(Duration::from_nanos(nanos.next()?.ok()?));
    Some(Scheduled { running: next()?, ready: next()? })
}

#[cfg(test)]
mod tests {
    use super::scheduled;

    #[test]
    fn a_thread_that_lives_has_a_running_time() {
        let own = std::process::id();
        assert!(scheduled(own, own).is_some_and(|scheduled| !scheduled.running.is_zero()));
        assert_eq!(scheduled(own, 0), None);
    }
}
