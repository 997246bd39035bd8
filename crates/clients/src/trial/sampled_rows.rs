//! The rows of a sampled trial: those of its stretch, and those in flight. The others are counted when they end,
//! and their places are used again.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::failure::Failure;
use model::sampling::{Stretch, Totals, TotalsCounter};
use model::trace::Milestone;

use super::row::{Cell, Row};

/// The places for requests that are in flight. A request whose place is taken gets one of its own.
const PLACES: usize = 1 << 14;
/// The owner of a place that is free.
const FREE: usize = usize::MAX;

/// The rows of a sampled trial.
pub(super) struct SampledRows {
    pub(super) requests: usize,
    stretch: Stretch,
    /// The rows of the stretch.
    pub(super) kept: Box<[Row]>,
    places: Box<[Place]>,
    /// The rows of requests whose place was taken, and how many there are.
    others: Mutex<HashMap<usize, Row>>,
    other_rows: AtomicUsize,
    /// A bit for each request that has an outcome.
    settled: Box<[AtomicU64]>,
    /// When all requests were submitted, if that was at once.
    submitted: Cell,
    counter: Mutex<TotalsCounter>,
}

/// A place for the row of a request that is in flight.
struct Place {
    owner: AtomicUsize,
    row: Row,
}

impl SampledRows {
    pub(super) fn new(requests: usize, stretch: Stretch) -> Self {
        let place = |_| Place { owner: AtomicUsize::new(FREE), row: Row::new() };
        Self {
            requests,
            stretch,
            kept: (0..stretch.requests).map(|_| Row::new()).collect(),
            places: (0..PLACES).map(place).collect(),
            others: Mutex::default(),
            other_rows: AtomicUsize::new(0),
            settled: (0..requests.div_ceil(64)).map(|_| AtomicU64::new(0)).collect(),
            submitted: Cell::new(),
            counter: Mutex::default(),
        }
    }

    /// Marks all requests as submitted.
    pub(super) fn submit_all(&self, nanos: u64) {
        self.submitted.set(nanos);
        self.kept.iter().for_each(|row| row.milestone(Milestone::Submitted).set(nanos));
    }

    /// Visits the row of a request. What is written after its outcome is lost.
    pub(super) fn with<R>(&self, request: usize, visit: impl FnOnce(&Row) -> R) -> R {
        if let Some(place) = self.stretch.place_of(request) {
            return visit(&self.kept[place]);
        }
        let place = &self.places[request % PLACES];
        if place.owner.load(Ordering::Acquire) == request || self.takes(place, request) {
            return visit(&place.row);
        }
        if self.is_settled(request) {
            return visit(&Row::new());
        }
        let mut others = lock(&self.others);
        let row = others.entry(request).or_insert_with(|| {
            self.other_rows.fetch_add(1, Ordering::AcqRel);
            Row::new()
        });
        visit(row)
    }

    /// Takes a free place for a request that has none yet.
    fn takes(&self, place: &Place, request: usize) -> bool {
        let has_row = || {
            let is_other = self.other_rows.load(Ordering::Acquire) > 0
                && lock(&self.others).contains_key(&request);
            is_other || self.is_settled(request)
        };
        place.owner.load(Ordering::Acquire) == FREE
            && !has_row()
            && place
                .owner
                .compare_exchange(FREE, request, Ordering::AcqRel, Ordering::Acquire)
                .is_ok()
    }

    pub(super) fn is_settled(&self, request: usize) -> bool {
        self.settled[request / 64].load(Ordering::Acquire) & (1 << (request % 64)) != 0
    }

    /// Counts a request with its outcome, and frees its place.
    pub(super) fn settle(&self, request: usize, outcome: Result<(), Failure>) {
        let failure = outcome.as_ref().err().cloned();
        self.with(request, |row| {
            if let Some(nanos) = self.submitted.get() {
                row.milestone(Milestone::Submitted).set(nanos);
            }
            lock(&self.counter).add(row, failure);
            if self.stretch.place_of(request).is_some() {
                // Cannot fail: a request is settled once.
                let _ = row.outcome.set(outcome);
            }
        });
        self.settled[request / 64].fetch_or(1 << (request % 64), Ordering::AcqRel);
        if self.stretch.place_of(request).is_none() {
            self.free(request);
        }
    }

    fn free(&self, request: usize) {
        let place = &self.places[request % PLACES];
        if place.owner.load(Ordering::Acquire) == request {
            place.row.clear();
            place.owner.store(FREE, Ordering::Release);
        } else if lock(&self.others).remove(&request).is_some() {
            self.other_rows.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// The first request without an outcome.
    pub(super) fn first_unsettled(&self) -> Option<usize> {
        (0..self.requests).find(|&request| !self.is_settled(request))
    }

    /// The totals. Requests without an outcome failed like this.
    pub(super) fn totals(&self, unsettled: &Failure) -> Totals {
        let mut counter = std::mem::take(&mut *lock(&self.counter));
        let settled: u64 = self
            .settled
            .iter()
            .map(|bits| u64::from(bits.load(Ordering::Acquire).count_ones()))
            .sum();
        let left = self.requests as u64 - settled;
        if left > 0 {
            counter.add_failed(unsettled.clone(), left);
        }
        counter.finish()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::failure::FailureKind;

    fn rows(requests: usize) -> SampledRows {
        SampledRows::new(requests, Stretch { first: 100, requests: 10 })
    }

    fn late() -> Failure {
        Failure { kind: FailureKind::Timeout, message: "too late".to_owned() }
    }

    #[test]
    fn requests_in_flight_share_no_row() {
        let rows = rows(3 * PLACES);
        let in_flight = [0, PLACES, 2 * PLACES, 105];
        for request in in_flight {
            rows.with(request, |row| row.bytes.set(request as u64));
        }
        // A request keeps its row when a place becomes free.
        rows.settle(0, Ok(()));
        for request in &in_flight[1..] {
            let bytes = rows.with(*request, |row| row.bytes.get());
            assert_eq!(bytes, Some(*request as u64));
            rows.settle(*request, Ok(()));
        }
        assert_eq!(lock(&rows.others).len(), 0);
        assert!(rows.places.iter().all(|place| place.owner.load(Ordering::Acquire) == FREE));
        let totals = rows.totals(&late());
        assert_eq!(totals.requests, 3 * PLACES as u64);
        assert_eq!(totals.failed(), 3 * PLACES as u64 - 4);
    }

    #[test]
    fn what_comes_after_the_outcome_is_lost() {
        let rows = rows(200);
        rows.settle(3, Ok(()));
        rows.with(3, |row| row.bytes.set(7));
        assert_eq!(rows.with(3, |row| row.bytes.get()), None);
        assert!(rows.places.iter().all(|place| place.owner.load(Ordering::Acquire) == FREE));
    }

    #[test]
    fn the_rows_of_the_stretch_are_kept() {
        let rows = rows(200);
        rows.submit_all(5);
        for request in 0..200 {
            rows.with(request, |row| row.worker.set(request as u64));
            rows.settle(request, Ok(()));
        }
        let kept: Vec<Option<u64>> = rows.kept.iter().map(|row| row.worker.get()).collect();
        assert_eq!(kept, (100..110).map(Some).collect::<Vec<_>>());
        assert_eq!(rows.kept[0].milestone(Milestone::Submitted).get(), Some(5));
        assert_eq!(rows.first_unsettled(), None);
    }
}
