//! The clocks. Every measured time comes from [`monotonic`].

use std::time::{Duration, SystemTime};

use model::time::Moment;
use nix::time::{ClockId, clock_gettime};

/// The clock that Python's `time.monotonic_ns` and Node's `process.hrtime` read too.
#[cfg(not(target_os = "macos"))]
const MONOTONIC: ClockId = ClockId::CLOCK_MONOTONIC;
/// The clock that Python's `time.monotonic_ns` reads too (`mach_absolute_time`).
#[cfg(target_os = "macos")]
const MONOTONIC: ClockId = ClockId::from_raw(nix::libc::CLOCK_UPTIME_RAW);

/// Time since the start of the monotonic clock of this system, which the runner, the endpoint and the drivers
/// share.
pub fn monotonic() -> Duration {
    clock_gettime(MONOTONIC)
        // POSIX lets this call fail only for a clock that does not exist.
        .map_or(Duration::ZERO, Duration::from)
}

/// The present moment, on the clock that the runner, the drivers and the endpoint share.
pub fn now() -> Moment {
    Moment::from(monotonic())
}

/// Seconds and nanoseconds since 1970, for naming and dating only; it can jump.
pub fn wall() -> SystemTime {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    SystemTime::now()
}

/// The smallest step that [`monotonic`] makes between two readings in a row.
pub fn resolution() -> Duration {
    const READINGS: usize = 2000;
    let mut smallest = Duration::MAX;
    let mut last = monotonic();
    for _ in 0..READINGS {
        let now = monotonic();
        if now > last {
            smallest = smallest.min(now - last);
        }
        last = now;
    }
    smallest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advances_and_never_goes_back() {
        let first = monotonic();
        let readings: Vec<Duration> = (0..1000).map(|_| monotonic()).collect();
        assert!(readings.is_sorted());
        assert!(first <= readings[0]);
        assert!(resolution() > Duration::ZERO);
        assert!(resolution() < Duration::from_secs(1));
    }
}
