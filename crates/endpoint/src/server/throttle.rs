//! The rate limiter: a maximum number of requests in each window of time.

use std::sync::{Mutex, PoisonError};

use model::link::Throttle;
use model::time::{Moment, Span};

/// The rate limiter of one listener.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    rule: Throttle,
    window: Mutex<Window>,
}

#[derive(Debug)]
struct Window {
    end: Moment,
    answered: u32,
}

/// Whether a request is within the rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RateLimit {
    /// It is.
    Within,
    /// It is not. The window ends after this time.
    Exceeded(Span),
}

impl RateLimiter {
    /// A limiter that has seen no request.
    pub(crate) fn new(rule: Throttle) -> Self {
        Self { rule, window: Mutex::new(Window { end: Moment::from_nanos(0), answered: 0 }) }
    }

    /// Counts a request that came at `at`. The first request outside a window opens the next one.
    pub(crate) fn check(&self, at: Moment) -> RateLimit {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if at >= window.end {
            *window = Window { end: at + self.rule.window, answered: 0 };
        }
        if window.answered < self.rule.requests.get() {
            window.answered += 1;
            RateLimit::Within
        } else {
            RateLimit::Exceeded(window.end.since(at))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::link::Faults;

    #[test]
    fn a_window_opens_with_a_request_and_admits_a_fixed_number() {
        let faults: Faults = "throttle:2:10ns".parse().expect("reads");
        let limiter = RateLimiter::new(faults.throttle.expect("a throttle"));
        let check = |nanos| limiter.check(Moment::from_nanos(nanos));
        let exceeded = |nanos| RateLimit::Exceeded(Span::from_nanos(nanos));
        assert_eq!([check(103), check(104)], [RateLimit::Within; 2]);
        assert_eq!([check(104), check(112)], [exceeded(9), exceeded(1)]);
        assert_eq!([check(120), check(129)], [RateLimit::Within; 2]);
        assert_eq!(check(129), exceeded(1));
        assert_eq!(check(130), RateLimit::Within);
    }
}
