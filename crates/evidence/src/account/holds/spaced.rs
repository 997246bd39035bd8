//! Starts that the client spaces: a rate limiter, a pause between two starts.
//!
//! A request that its thread started right after a sleep or a timer was started by the clock. Other
//! clients pause after each response, and those wait for the response too. The clock alone decides
//! where more requests were started by it than responses had come, or where the starts have a fixed
//! spacing although fewer requests are in flight than were before.

use std::collections::BTreeMap;

use model::socket::{ThreadPlace, ThreadWait, Wait};
use model::time::Span;

use super::{AccountInput, Charge, Hold, on_path};
use crate::thread_states::{ThreadHistory, WrittenRequest};

/// Fewer starts have no spacing.
const FEWEST: usize = 3;
/// How far a space may lie from the median of all, as a share of it.
const REGULAR: u64 = 4;
/// A shorter wait for the clock holds nothing back.
const SHORTEST: Span = Span::from_nanos(200_000);
/// A timer may be this late.
const LATE: Span = Span::from_millis(1);

/// A request, and whether the clock started it.
#[derive(Clone, Copy, Debug)]
struct Start {
    row: WrittenRequest,
    by_clock: bool,
}

pub(super) fn find(input: &AccountInput<'_, '_>) -> Option<Hold> {
    let all = input.threads.rows().all();
    let clocks = Clocks::new(input);
    let starts: Vec<Start> =
        all.iter().map(|&row| Start { row, by_clock: clocks.before(row).is_some() }).collect();
    let first = starts.iter().position(|start| start.by_clock)?;
    if !(outpaces_responses(input, &starts) || has_fixed_spacing(input, &starts)) {
        return None;
    }
    let path = on_path(input);
    let on_path = path.iter().filter_map(|&request| input.threads.written(request));
    // Where the clock starts most requests, or all come at its pace, a response that came at the same
    // moment started none.
    let by_clock = starts.iter().filter(|start| start.by_clock).count();
    let all_held = 2 * by_clock > starts.len() || are_regular(&starts);
    let is_held = |row: &WrittenRequest| all_held || clocks.before(*row).is_some();
    let last = on_path.filter(is_held).max_by_key(|row| row.start)?;
    // The first could have started with the one before it. Where there is none, one space of its own
    // wait belongs to the spacing, and the rest is a sleep before all requests.
    let from = match first.checked_sub(1) {
        Some(before) => starts[before].row.start,
        None => {
            let row = starts[first].row;
            clocks.before(row)?.from.max(row.start.saturating_sub(median_space(&starts)?))
        }
    };
    let hold = Hold { from, to: last.start, charge: Charge::HeldBack, opens: last.opened };
    (from < last.start).then_some(hold)
}

/// The waits of each thread that may have been for a clock.
struct Clocks {
    /// The long waits, in order.
    waits: BTreeMap<ThreadPlace, Vec<Wait>>,
}

impl Clocks {
    fn new(input: &AccountInput<'_, '_>) -> Self {
        let long = |history: &ThreadHistory<'_>| {
            history.waits().iter().copied().filter(is_long).collect::<Vec<_>>()
        };
        let histories = input.threads.histories();
        Self { waits: histories.map(|(thread, history)| (thread, long(history))).collect() }
    }

    /// The wait for a clock after which a thread started its request, if there was one.
    fn before(&self, row: WrittenRequest) -> Option<Wait> {
        let waits = self.waits.get(&row.thread)?;
        let began = waits.partition_point(|wait| wait.from < row.start);
        let until = |wait: &Wait| Wait { to: wait.to.min(row.start), ..*wait };
        let last = waits[..began].iter().rev().map(until).find(is_long);
        last.filter(|wait| matches!(wait.kind, ThreadWait::Timer | ThreadWait::Sleep))
    }
}

fn is_long(wait: &Wait) -> bool {
    wait.to.saturating_sub(wait.from) >= SHORTEST
}

/// Whether at any time the clock had started more requests than responses had come. The first request
/// of all waits for no response, whatever started it.
fn outpaces_responses(input: &AccountInput<'_, '_>, starts: &[Start]) -> bool {
    let by_clock = starts.iter().skip(1).filter(|start| start.by_clock);
    (1..).zip(by_clock).any(|(started, start): (usize, &Start)| {
        started > input.threads.rows().ended_by(start.row.start)
    })
}

/// Whether the clock's starts have a fixed spacing, and requests were in flight that could have been
/// more.
fn has_fixed_spacing(input: &AccountInput<'_, '_>, starts: &[Start]) -> bool {
    let mut most = 0;
    let mut spaces = Vec::new();
    for pair in starts.windows(2) {
        let (before, start) = (pair[0].row, pair[1].row);
        let in_flight = input.threads.rows().in_flight_at(before.start);
        most = most.max(in_flight);
        let before_start = start.start.saturating_sub(Span::from_nanos(1));
        let has_room = input.threads.rows().in_flight_at(before_start) < most && most > 1;
        if pair[1].by_clock && has_room {
            spaces.push(start.start.saturating_sub(before.start));
        }
    }
    let by_clock = starts.iter().filter(|start| start.by_clock).count();
    spaces.sort_unstable();
    let Some(&median) = spaces.get(spaces.len() / 2) else { return false };
    let margin = Span::from_nanos(median.as_nanos() / REGULAR).max(LATE);
    let regular = spaces.iter().filter(|&&space| distance(space, median) <= margin).count();
    by_clock >= FEWEST && median > LATE && 3 * regular >= 2 * by_clock
}

/// Whether most starts, whatever came just before them, are as far apart as the clock's are.
fn are_regular(starts: &[Start]) -> bool {
    let Some(median) = median_space(starts) else { return false };
    let margin = Span::from_nanos(median.as_nanos() / REGULAR).max(LATE);
    let space = |pair: &[Start]| pair[1].row.start.saturating_sub(pair[0].row.start);
    let regular = starts.windows(2).filter(|pair| distance(space(pair), median) <= margin).count();
    starts.iter().filter(|start| start.by_clock).count() >= FEWEST
        && median > LATE
        && 3 * regular >= 2 * (starts.len() - 1)
}

/// The median time between a start by the clock and the start before it, where there is such a pair.
fn median_space(starts: &[Start]) -> Option<Span> {
    let pairs = starts.windows(2).filter(|pair| pair[1].by_clock);
    let mut spaces: Vec<Span> =
        pairs.map(|pair| pair[1].row.start.saturating_sub(pair[0].row.start)).collect();
    spaces.sort_unstable();
    spaces.get(spaces.len() / 2).copied()
}

fn distance(one: Span, other: Span) -> Span {
    one.saturating_sub(other).max(other.saturating_sub(one))
}
