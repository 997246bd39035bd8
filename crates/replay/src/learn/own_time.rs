//! What a thread did in a stretch of its own time: how long it computed, and what it waited for.

use evidence::account::Charge;
use evidence::thread_states::{ThreadHistory, ThreadState};
use model::socket::ThreadWait;
use model::time::Span;

use super::work_shares::WorkShares;
use crate::batch::{Resource, Step};

/// Shorter waits for a lock are those of any two threads.
const LOCKED: Span = Span::from_millis(1);

/// Which time of a thread is its work.
#[derive(Clone, Copy, Debug)]
pub(super) enum Counted<'s> {
    /// Its share of the time in which any thread of its interpreter does not wait. The core for which it then may wait
    /// is not modelled.
    Shared(&'s WorkShares),
    /// Only what it ran on a core.
    Running,
}

/// The steps of a thread from one moment to another: its work as one step on `resource`, then its waits.
/// Waits for the interpreter lock are left out: the replay makes them again.
pub(super) fn own_time(
    history: &ThreadHistory<'_>,
    from: Span,
    to: Span,
    work: Resource,
    counted: Counted<'_>,
) -> Vec<Step> {
    let times = history.times(from, to);
    let busy = times[ThreadState::Running] + times[ThreadState::WaitingForCore];
    let computed = match counted {
        Counted::Shared(shares) => busy.min(shares.of_thread(history, from, to)),
        Counted::Running => times[ThreadState::Running],
    };
    let absent = Step::new(Resource::Delay, times[ThreadState::Unknown]);
    let unseen = times[ThreadState::Unseen];
    let waits = history.waits_in(from, to).filter_map(|wait| {
        let length = wait.to.saturating_sub(wait.from);
        let cause = match wait.kind {
            ThreadWait::InterpreterLock => return None,
            ThreadWait::Sleep | ThreadWait::Timer => Some(Charge::Sleep),
            ThreadWait::Lookup => Some(Charge::Lookup),
            ThreadWait::Lock if length >= LOCKED => Some(Charge::Lock),
            ThreadWait::Network | ThreadWait::Lock | ThreadWait::Child | ThreadWait::File => None,
        };
        Some(Step { cause, ..Step::new(Resource::Delay, length) })
    });
    let work = Step::new(work, computed);
    let unseen = Step::caused(Resource::Delay, unseen, Charge::BlockingCall);
    [work, unseen, absent].into_iter().chain(waits).filter(|step| !step.length.is_zero()).collect()
}
