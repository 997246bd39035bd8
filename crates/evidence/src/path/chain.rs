//! Which requests lie on the critical path: found backwards, from each to the one that let it
//! start.

use std::collections::BTreeSet;

use model::time::Span;

use super::course::Course;

/// The requests on the critical path, and what put them one behind another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chain {
    /// The requests, in order.
    pub(super) requests: Vec<usize>,
    pub(super) order: Order,
}

/// What put the requests of a path one behind another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Every request was handed over after the end of the one before it.
    #[default]
    InTurn,
    /// A request let another one start, which had been waiting for a place.
    Gated,
}

/// The requests on the critical path, in order.
///
/// Every request in turn where each was handed over at or after the end of the one before it. Else
/// backwards from the last end: a request's `started` was gated by the greatest end not after it,
/// on the same worker, else on the same connection, else anywhere where a limit was full; or else
/// what it waited for after its start was the end of the request before it on its connection. The
/// chain ends at a request that nothing gated.
pub(super) fn chain(courses: &[Course], limit: Option<usize>) -> Chain {
    let stays: Vec<Stay> = courses.iter().enumerate().filter_map(Stay::of).collect();
    if let Some(turns) = in_turn(&stays, courses) {
        return Chain { requests: turns, order: Order::InTurn };
    }
    let full = limit.unwrap_or_else(|| most_in_flight(&stays)).max(1);
    let Some(mut stay) = stays.iter().max_by_key(|stay| stay.end) else { return Chain::default() };
    let mut requests = vec![stay.request];
    let mut seen = BTreeSet::from([stay.request]);
    while let Some(freer) = freer(*stay, &stays, courses, full) {
        // Requests of no length at all can each have let the other start.
        if !seen.insert(freer.request) {
            break;
        }
        requests.push(freer.request);
        stay = freer;
    }
    requests.reverse();
    Chain { requests, order: Order::Gated }
}

/// From when to when a request was in flight.
#[derive(Clone, Copy, Debug)]
struct Stay {
    request: usize,
    start: Span,
    end: Span,
}

impl Stay {
    fn of((request, course): (usize, &Course)) -> Option<Self> {
        let (start, end) = (course.start()?, course.end()?);
        Some(Self { request, start, end })
    }
}

fn in_turn(stays: &[Stay], courses: &[Course]) -> Option<Vec<usize>> {
    let handed_over = |stay: &Stay| courses[stay.request].handed_over();
    let mut turns: Vec<&Stay> = stays.iter().collect();
    turns.sort_by_key(|stay| (handed_over(stay), stay.end));
    let sequential =
        turns.windows(2).all(|pair| handed_over(pair[1]).is_some_and(|next| next >= pair[0].end));
    sequential.then(|| turns.into_iter().map(|stay| stay.request).collect())
}

/// The request whose end let another one start.
fn freer<'a>(stay: Stay, stays: &'a [Stay], courses: &[Course], full: usize) -> Option<&'a Stay> {
    let last = |may_free: &dyn Fn(&Course) -> bool| {
        stays
            .iter()
            .filter(|other| other.request != stay.request && other.end <= stay.start)
            .filter(|other| may_free(&courses[other.request]))
            .max_by_key(|other| other.end)
    };
    let own = &courses[stay.request];
    let same_worker = |other: &Course| own.worker.is_some() && own.worker == other.worker;
    let same_connection =
        |other: &Course| own.connection.is_some() && own.connection == other.connection;
    last(&same_worker)
        .or_else(|| last(&same_connection))
        .or_else(|| connection_freer(stay, stays, courses))
        .or_else(|| last(&|_| true).filter(|other| in_flight_before(other.end, stays) >= full))
}

/// The request before this one on its connection, where this one had been started already and was
/// handed to the connection only after that one was over: it waited for the connection.
fn connection_freer<'a>(stay: Stay, stays: &'a [Stay], courses: &[Course]) -> Option<&'a Stay> {
    let own = &courses[stay.request];
    let connection = own.connection.filter(|_| !own.opened_its_connection())?;
    let handed_over = own.handed_to_connection()?;
    stays
        .iter()
        .filter(|other| other.request != stay.request && other.end <= handed_over)
        .filter(|other| courses[other.request].connection == Some(connection))
        .max_by_key(|other| other.end)
}

/// How many requests were in flight just before `moment`.
fn in_flight_before(moment: Span, stays: &[Stay]) -> usize {
    stays.iter().filter(|stay| stay.start < moment && moment <= stay.end).count()
}

/// The most requests that were in flight at once: as many as just before some end.
fn most_in_flight(stays: &[Stay]) -> usize {
    let mut starts: Vec<Span> = stays.iter().map(|stay| stay.start).collect();
    let mut ends: Vec<Span> = stays.iter().map(|stay| stay.end).collect();
    starts.sort_unstable();
    ends.sort_unstable();
    let begun = |moment: Span| starts.partition_point(|&start| start < moment);
    let over = |moment: Span| ends.partition_point(|&end| end < moment);
    ends.iter().map(|&end| begun(end).saturating_sub(over(end))).max().unwrap_or(0)
}
