//! Waiting in tests: for a condition, and never for ever.

use std::thread;
use std::time::Duration;

use host::clock::monotonic;

/// How long a test waits. Nothing that a test waits for takes this long on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);
/// How long a test sleeps between two looks at its condition.
const INTERVAL: Duration = Duration::from_millis(1);

/// Waits until a condition holds.
///
/// # Panics
/// If it does not hold within 30 seconds. `what` completes the message.
#[track_caller]
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    wait_for(what, || condition().then_some(()));
}

/// Waits until there is a value, and returns it.
///
/// # Panics
/// If there is none within 30 seconds. `what` completes the message.
#[track_caller]
pub fn wait_for<T>(what: &str, mut value: impl FnMut() -> Option<T>) -> T {
    let deadline = monotonic() + DEADLINE;
    loop {
        if let Some(value) = value() {
            return value;
        }
        assert!(monotonic() < deadline, "waited {DEADLINE:?} in vain until {what}");
        thread::sleep(INTERVAL);
    }
}
