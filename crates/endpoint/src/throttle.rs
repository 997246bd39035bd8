//! The throttle: at most so many requests in a window of time.

use std::sync::{Mutex, PoisonError};

use model::link::Throttle;
use model::time::{Moment, Span};

/// What a throttle has let through.
#[derive(Debug)]
pub(crate) struct Throttling {
    rule: Throttle,
    window: Mutex<Window>,
}

#[derive(Debug)]
struct Window {
    end: Moment,
    answered: u32,
}

/// Whether a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is.
    Answered,
    /// Not before the window's end, which is so far away.
    Refused(Span),
}

impl Throttling {
    /// A throttle to which nothing has come.
    pub(crate) fn new(rule: Throttle) -> Self {
        Self { rule, window: Mutex::new(Window { end: Moment::from_nanos(0), answered: 0 }) }
    }

    /// What becomes of a request that came at that moment.
    pub(crate) fn judge(&self, at: Moment) -> Verdict {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if at >= window.end {
            *window = Window { end: at + self.rule.window, answered: 0 };
        }
        if window.answered < self.rule.requests.get() {
            window.answered += 1;
            Verdict::Answered
        } else {
            Verdict::Refused(window.end.since(at))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::link::Faults;

    #[test]
    fn a_window_begins_with_a_request_and_answers_so_many() {
        let faults: Faults = "throttle:2:10ns".parse().expect("reads");
        let throttling = Throttling::new(faults.throttle.expect("a throttle"));
        let judge = |nanos| throttling.judge(Moment::from_nanos(nanos));
        let refused = |nanos| Verdict::Refused(Span::from_nanos(nanos));
        assert_eq!([judge(103), judge(104)], [Verdict::Answered; 2]);
        assert_eq!([judge(104), judge(112)], [refused(9), refused(1)]);
        assert_eq!([judge(120), judge(129)], [Verdict::Answered; 2]);
        assert_eq!(judge(129), refused(1));
        assert_eq!(judge(130), Verdict::Answered);
    }
}
