//! What the threads of an arm's client did, by the socket witness: means over the counted trials that
//! succeeded and for which it is known.

use model::socket::{PerThreadWait, ThreadPlace, ThreadWait};
use model::time::Span;
use schemars::JsonSchema;
use serde::Serialize;

use crate::counters::mean;
use evidence::Examined;
use evidence::thread_states::{PerThreadState, ThreadHistory, ThreadRole, ThreadStates};

/// A shorter wait in all is that of a thread that hardly waits.
const LEAST: Span = Span::from_millis(1);

/// Threads of one role, and what one of them did on average.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ThreadGroup {
    /// What the threads are there for.
    pub role: ThreadRole,
    /// How many there were.
    pub threads: f64,
    /// How many seconds one of them spent in each state; they sum to the time for which it existed.
    pub seconds: PerThreadState<f64>,
}

/// Threads that waited for one thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WaitingThreads {
    /// How many.
    pub threads: f64,
    /// How many seconds they waited together.
    pub seconds: f64,
}

/// What is found in the waits of an arm's threads.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ThreadFigures {
    /// The threads that waited. Of those that waited for a lock, only with a request to make: others
    /// have nothing to do.
    pub(crate) waiting: PerThreadWait<Option<WaitingThreads>>,
    /// The median time between two starts of requests, in seconds.
    pub(crate) spacing: Option<f64>,
}

/// The groups of an arm's threads, without those of which there are none.
pub(crate) fn groups(successes: &[Examined<'_>]) -> Vec<ThreadGroup> {
    let known = || known(successes);
    let group = |role: ThreadRole| {
        let counts = known().map(|threads| of_role(threads, role).count() as f64);
        let threads = mean(counts).filter(|&count| count > 0.0)?;
        let lived: Vec<PerThreadState<Span>> =
            known().flat_map(|threads| of_role(threads, role)).map(whole_life).collect();
        let seconds = |state| mean(lived.iter().map(|times| times[state].as_secs()));
        let seconds = PerThreadState::from_fn(|state| seconds(state).unwrap_or_default());
        Some(ThreadGroup { role, threads, seconds })
    };
    ThreadRole::ALL.into_iter().filter_map(group).collect()
}

impl ThreadFigures {
    pub(crate) fn new(successes: &[Examined<'_>]) -> Self {
        Self {
            waiting: PerThreadWait::from_fn(|wait| waiting(successes, wait)),
            spacing: mean(known(successes).filter_map(spacing)),
        }
    }
}

fn known<'s>(successes: &'s [Examined<'_>]) -> impl Iterator<Item = &'s ThreadStates<'s>> {
    successes.iter().map(|success| &success.threads).filter(|threads| threads.are_known())
}

fn of_role<'s>(
    threads: &'s ThreadStates<'_>,
    role: ThreadRole,
) -> impl Iterator<Item = &'s ThreadHistory<'s>> {
    let same = move |(place, _): &(ThreadPlace, _)| threads.role(*place) == role;
    threads.histories().filter(same).map(|(_, history)| history)
}

fn whole_life(history: &ThreadHistory<'_>) -> PerThreadState<Span> {
    history.times(history.thread().began, history.thread().ended)
}

fn waiting(successes: &[Examined<'_>], wait: ThreadWait) -> Option<WaitingThreads> {
    let of_trial = |threads: &ThreadStates<'_>| -> Vec<Span> {
        let waited = threads.histories().map(|(place, history)| match wait {
            ThreadWait::Lock => waited_with_request(threads, place),
            _ => history.thread().waited.of(wait),
        });
        waited.filter(|&waited| waited >= LEAST).collect()
    };
    let trials: Vec<Vec<Span>> = known(successes).map(of_trial).collect();
    let threads = mean(trials.iter().map(|waited| waited.len() as f64))?;
    let sum = |waited: &Vec<Span>| waited.iter().copied().sum::<Span>().as_secs();
    let seconds = mean(trials.iter().map(sum))?;
    (threads > 0.0).then_some(WaitingThreads { threads, seconds })
}

/// How long a thread waited for a lock before its requests.
fn waited_with_request(threads: &ThreadStates<'_>, place: ThreadPlace) -> Span {
    let own = threads.rows().of_thread(place).iter();
    let waits = own.flat_map(|&row| threads.lock_waits_before(row));
    waits.map(|wait| wait.to.saturating_sub(wait.from)).sum()
}

/// The median time between two starts; nothing below three requests.
fn spacing(threads: &ThreadStates<'_>) -> Option<f64> {
    let rows = threads.rows().all();
    let mut spaces: Vec<Span> =
        rows.windows(2).map(|pair| pair[1].start.saturating_sub(pair[0].start)).collect();
    spaces.sort_unstable();
    let median = spaces.get(spaces.len() / 2)?;
    (spaces.len() >= 2).then(|| median.as_secs())
}
