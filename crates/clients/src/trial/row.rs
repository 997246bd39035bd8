//! What has been observed of one request.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use model::failure::{Failure, FailureKind};
use model::sampling::RequestTimes;
use model::target::Checks;
use model::time::{Moment, Span};
use model::trace::Milestone;

/// What a cell holds where nothing was observed. No clock, ordinal or length reaches this value.
const UNOBSERVED: u64 = u64::MAX;
const NO_STATUS: u32 = u32::MAX;

/// What has been observed of one request.
pub(super) struct Row {
    milestones: [Cell; Milestone::COUNT],
    pub(super) connection: Cell,
    pub(super) worker: Cell,
    pub(super) bytes: Cell,
    status: AtomicU32,
    pub(super) outcome: OnceLock<Result<(), Failure>>,
}

/// A number that may be unobserved.
pub(super) struct Cell(AtomicU64);

impl Cell {
    pub(super) const fn new() -> Self {
        Self(AtomicU64::new(UNOBSERVED))
    }

    pub(super) fn get(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Acquire)).filter(|&value| value != UNOBSERVED)
    }

    pub(super) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Release);
    }
}

impl Row {
    pub(super) const fn new() -> Self {
        Self {
            milestones: [const { Cell::new() }; Milestone::COUNT],
            connection: Cell::new(),
            worker: Cell::new(),
            bytes: Cell::new(),
            status: AtomicU32::new(NO_STATUS),
            outcome: OnceLock::new(),
        }
    }

    /// Forgets all but the outcome.
    pub(super) fn clear(&self) {
        let others = [&self.connection, &self.worker, &self.bytes];
        self.milestones.iter().chain(others).for_each(|cell| cell.set(UNOBSERVED));
        self.status.store(NO_STATUS, Ordering::Release);
    }

    pub(super) fn milestone(&self, milestone: Milestone) -> &Cell {
        &self.milestones[milestone.index()]
    }

    pub(super) fn status(&self) -> Option<u16> {
        u16::try_from(self.status.load(Ordering::Acquire)).ok()
    }

    pub(super) fn keep_status(&self, status: u16) {
        self.status.store(u32::from(status), Ordering::Release);
    }

    /// When the request passed a milestone, counted from the start of the batch.
    pub(super) fn since(&self, started: Moment, milestone: Milestone) -> Option<Span> {
        Some(Moment::from_nanos(self.milestone(milestone).get()?).since(started))
    }

    /// Checks the answer. A request that sleeps has no answer, and passes.
    pub(super) fn check(&self, checks: &Checks) -> Result<(), Failure> {
        let Some(status) = self.status() else { return Ok(()) };
        if !checks.statuses.contains(&status) {
            let expected: Vec<String> = checks.statuses.iter().map(u16::to_string).collect();
            let message = format!("status {status}, expected {}", expected.join(" or "));
            return Err(Failure { kind: FailureKind::Status, message });
        }
        let bytes = self.bytes.get().unwrap_or(0);
        if bytes < checks.min_bytes {
            let message = format!("body of {bytes} bytes, expected at least {}", checks.min_bytes);
            return Err(Failure { kind: FailureKind::Check, message });
        }
        Ok(())
    }
}

/// The times of a request, counted from the clock's own start.
impl RequestTimes for Row {
    fn at(&self, milestone: Milestone) -> Option<Span> {
        self.milestone(milestone).get().map(Span::from_nanos)
    }

    fn status(&self) -> Option<u16> {
        Row::status(self)
    }

    fn bytes(&self) -> Option<u64> {
        self.bytes.get()
    }
}
