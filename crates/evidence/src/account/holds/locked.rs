//! Threads that wait for a lock with a request to make, while the others make theirs one at a time.
//!
//! A worker that waits has often nothing to do: the normal queue of a pool. A thread that never made a
//! request since it began was started for one. That such a thread waits while one request is in flight
//! shows the lock, unless the main thread handed the request over at the end. Then the waits between two requests of a thread are waits for it too. Where several
//! are in flight, a wait that ends with one of them is that for a permit, and any other is for a lock.

use model::socket::Wait;
use model::time::Span;

use super::{AccountInput, Charge, Hold, on_path};
use crate::thread_states::WrittenRequest;

/// A wait that ends so soon after a response ended with it.
const SOON: Span = Span::from_millis(2);
/// Shorter waits are those of a thread that starts.
const LEAST: Span = Span::from_millis(1);

pub(super) fn find(input: &AccountInput<'_, '_>) -> Vec<Hold> {
    let path = on_path(input);
    let rows = path.into_iter().filter_map(|request| input.threads.written(request));
    let waits: Vec<LockWait> = rows.flat_map(|row| lock_waits(input, row)).collect();
    if !waits.iter().any(|wait| wait.shows_lock) {
        return Vec::new();
    }
    waits.iter().map(|wait| wait.hold).collect()
}

/// A wait for a lock before a request.
#[derive(Clone, Copy, Debug)]
struct LockWait {
    hold: Hold,
    /// Whether the request is the first of a thread that was started for it, and no thread handed it
    /// over at the end of the wait.
    shows_lock: bool,
}

/// The waits for a lock before a request, without those for one of several permits.
fn lock_waits(input: &AccountInput<'_, '_>, row: WrittenRequest) -> Vec<LockWait> {
    let threads = input.threads;
    let Some(history) = threads.history(row.thread) else { return Vec::new() };
    if history.thread().main || threads.is_event_loop(row.thread) {
        return Vec::new();
    }
    let is_first = threads.rows().end_before(row).is_none() && !history.began().is_zero();
    let long = |wait: &Wait| wait.to.saturating_sub(wait.from) >= LEAST;
    let ended_with_a_response = |wait: &Wait| {
        let soon = wait.to.saturating_sub(SOON);
        threads.rows().ended_by(wait.to) > threads.rows().ended_by(soon)
    };
    let is_lock = |wait: &Wait| {
        threads.rows().most_in_flight(wait.from, wait.to) <= 1 || !ended_with_a_response(wait)
    };
    threads
        .lock_waits_before(row)
        .filter(long)
        .filter(is_lock)
        .map(|Wait { from, to, .. }| Hold { from, to, charge: Charge::Lock, opens: row.opened })
        .map(|hold| LockWait {
            hold,
            shows_lock: is_first && !threads.is_handed_over(row.thread, hold.to),
        })
        .collect()
}
