//! How long threads of other processes have run. Uses Linux's `/proc`.

use std::fs;
use std::time::Duration;

/// How long a thread has run on a core since it began; nothing if it has ended, or the system does not
/// say.
pub fn running_time(process: u32, thread: u32) -> Option<Duration> {
    let text = fs::read_to_string(format!("/proc/{process}/task/{thread}/schedstat")).ok()?;
    let nanos = text.split_ascii_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::running_time;

    #[test]
    fn a_thread_that_lives_has_a_running_time() {
        let own = std::process::id();
        assert!(running_time(own, own).is_some_and(|running| !running.is_zero()));
        assert_eq!(running_time(own, 0), None);
    }
}
