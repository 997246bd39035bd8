//! The verdict on each point of the protocol, and why a driver does not meet it.

use std::fmt;

use runner::driver::DriverFailure;
use runner::endpoint::EndpointFailure;
use runner::line_process::LineError;

/// One point of the protocol that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedPoint {
    /// What a correct driver does.
    pub what: String,
    /// Why this driver does not, if it does not.
    pub outcome: Result<(), Unmet>,
}

impl CheckedPoint {
    /// Whether a correct driver may behave like this.
    pub const fn is_right(&self) -> bool {
        !matches!(self.outcome, Err(Unmet::Wrong(_)))
    }
}

/// Why a driver does not meet a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// It breaks the protocol.
    Wrong(Wrong),
    /// It states in advance, with this sentence, that a strategy does not support it.
    Refused(String),
}

impl From<Wrong> for Unmet {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

/// What a driver does wrong, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong(pub String);

impl fmt::Display for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl From<DriverFailure> for Wrong {
    fn from(failure: DriverFailure) -> Self {
        Self(failure.to_string())
    }
}

impl From<LineError> for Wrong {
    fn from(error: LineError) -> Self {
        Self(error.to_string())
    }
}

impl From<EndpointFailure> for Wrong {
    fn from(failure: EndpointFailure) -> Self {
        Self(failure.to_string())
    }
}

/// The points that were checked, in order.
#[derive(Debug, Default)]
pub(crate) struct Points {
    taken: Vec<CheckedPoint>,
}

impl Points {
    /// Checks a point. Returns what the check returned, if the driver meets it.
    pub(crate) fn check<T, E: Into<Unmet>>(
        &mut self,
        what: &str,
        check: impl FnOnce() -> Result<T, E>,
    ) -> Option<T> {
        let (outcome, value) = match check() {
            Ok(value) => (Ok(()), Some(value)),
            Err(unmet) => (Err(unmet.into()), None),
        };
        self.taken.push(CheckedPoint { what: what.to_owned(), outcome });
        value
    }

    /// How many points were checked.
    pub(crate) const fn count(&self) -> usize {
        self.taken.len()
    }

    /// Whether nothing was wrong after the first `count` points.
    pub(crate) fn all_right_after(&self, count: usize) -> bool {
        self.taken.iter().skip(count).all(CheckedPoint::is_right)
    }

    /// All points.
    pub(crate) fn into_vec(self) -> Vec<CheckedPoint> {
        self.taken
    }
}
