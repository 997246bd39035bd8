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

/// The steps of a thread from one moment to another: the certificates that it loads and its other work as one step
/// each, then its waits.
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
    let loads = || history.loads_in(from, to);
    let computed = match counted {
        Counted::Shared(shares) => {
            let done = |from, to| shares.of_thread(history, from, to);
            let loading: Span = loads().map(|load| done(load.from, load.to)).sum();
            busy.min(done(from, to)).saturating_sub(loading)
        }
        Counted::Running => {
            times[ThreadState::Running].saturating_sub(ran_loading(history, from, to))
        }
    };
    // OpenSSL reads certificates without an interpreter lock.
    let preparation =
        Step::caused(Resource::Core, ran_loading(history, from, to), Charge::Preparation);
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
    [preparation, work, unseen, absent]
        .into_iter()
        .chain(waits)
        .filter(|step| !step.length.is_zero())
        .collect()
}

/// How long a thread of a client that loads certificates several times in a batch ran while it did so.
pub(super) fn ran_loading(history: &ThreadHistory<'_>, from: Span, to: Span) -> Span {
    let loads = history.loads_in(from, to);
    loads.map(|load| history.times(load.from, load.to)[ThreadState::Running]).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence::thread_states::ThreadStates;
    use test_support::sample::client_threads::{client_thread, client_threads, loading};

    #[test]
    fn certificates_that_are_loaded_again_are_a_step_of_their_own() {
        let millis = Span::from_millis;
        let thread = client_thread(0, 100, &[(ThreadWait::Sleep, 40, 50)]);
        let steps = |loads: &[(u64, u64)]| {
            let sockets = client_threads(vec![loading(thread.clone(), loads)], Vec::new());
            let threads = ThreadStates::new(Some(&sockets), &[], &[]);
            let history = threads.history(0).expect("is there");
            own_time(history, millis(10), millis(60), Resource::Client, Counted::Running)
        };
        let sleep = Step::caused(Resource::Delay, millis(10), Charge::Sleep);
        let preparation = Step::caused(Resource::Core, millis(15 + 5), Charge::Preparation);
        let work = Step::new(Resource::Client, millis(20));
        assert_eq!(steps(&[(0, 25), (55, 80)]), [preparation, work, sleep]);
        assert_eq!(steps(&[(0, 25)]), [Step::new(Resource::Client, millis(40)), sleep]);
    }
}
