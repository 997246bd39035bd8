//! What the thread of an event loop did for each request.
//!
//! It does one thing after another, so its time is cut at what it did with a socket: what came before
//! a write was for that request, what came after a read was for that response.

use evidence::thread_states::ThreadHistory;
use model::socket::{ThreadPlace, ThreadWait};
use model::time::Span;

use super::view::TrialView;

/// From this long on, work without a break blocks the loop, as in the account.
const LONG: Span = Span::from_millis(20);

/// The work for one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct OwnWork {
    /// Before its first call.
    pub(super) before: Span,
    /// Before its TLS handshake.
    pub(super) preparation: Span,
    /// In its TLS handshake.
    pub(super) handshake: Span,
    /// From its open connection to its last byte.
    pub(super) sending: Span,
    /// With its response.
    pub(super) receiving: Span,
    /// Before its first call, for which it blocks the loop: it sleeps or waits for anything but the
    /// network.
    pub(super) blocked_before: Span,
    /// The same with its response, or work so long that it blocks the loop.
    pub(super) blocked_after: Span,
    /// When the stretch of work began in which its first call was made.
    pub(super) woke: Span,
    /// When its work ended.
    pub(super) ended: Span,
    /// What the thread had waited for before that, and since when.
    pub(super) slept: Option<(ThreadWait, Span)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Before,
    Preparation,
    Handshake,
    Sending,
    Receiving,
}

/// A call on a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Call {
    at: Span,
    item: usize,
    /// What the time before it belongs to, where nothing else was done since the thread woke up.
    before: Part,
    /// What the time after it belongs to.
    after: Part,
    is_write: bool,
    is_first: bool,
}

/// The work for each request by its place in the columns.
pub(super) fn own_work(view: &TrialView<'_, '_>) -> Vec<OwnWork> {
    let mut work = vec![OwnWork::default(); view.pieces.len()];
    let threads = &view.examined.threads;
    for (thread, history) in threads.histories() {
        let calls = calls(view, thread);
        if !calls.is_empty() {
            cut(history, &calls, view.examined.batch_time(), &mut work);
        }
    }
    work
}

fn calls(view: &TrialView<'_, '_>, thread: ThreadPlace) -> Vec<Call> {
    let mut calls = Vec::new();
    for request in view.requests.iter().filter(|request| request.thread == Some(thread)) {
        let joined = &view.examined.joined[request.item];
        let Some(row) = joined.socket else { continue };
        let item = request.item;
        let call =
            |at, before, after| Call { at, item, before, after, is_write: false, is_first: false };
        if let Some(opening) = joined.opening {
            let connection = opening.connection;
            let write = |at| Call {
                is_write: true,
                is_first: true,
                ..call(at, Part::Before, Part::Preparation)
            };
            calls.extend(opening.connecting().map(write));
            calls.extend(
                connection.connected.map(|at| call(at, Part::Preparation, Part::Preparation)),
            );
            let write =
                |at| Call { is_write: true, ..call(at, Part::Preparation, Part::Handshake) };
            calls.extend(connection.securing.map(write));
            calls.extend(connection.secured.map(|at| call(at, Part::Handshake, Part::Sending)));
        }
        let is_first = joined.opening.is_none();
        let before = if is_first { Part::Before } else { Part::Sending };
        calls.push(Call { is_write: true, is_first, ..call(row.writing, before, Part::Sending) });
        if row.sent > row.writing {
            calls.push(Call { is_write: true, ..call(row.sent, Part::Sending, Part::Sending) });
        }
        calls.extend(row.first_byte.map(|at| call(at, Part::Receiving, Part::Receiving)));
        calls.extend(row.last_byte.map(|at| call(at, Part::Receiving, Part::Receiving)));
    }
    calls.sort_by_key(|call| call.at);
    calls
}

fn cut(history: &ThreadHistory<'_>, calls: &[Call], batch: Span, work: &mut [OwnWork]) {
    let mut next = 0;
    let mut slept = None;
    let mut woke = Span::ZERO;
    // The part that the thread is working for, since it last woke up from a wait for the network; and
    // the one before that, to which work without any call belongs.
    let mut current: Option<(usize, Part)> = None;
    let mut last: Option<(usize, Part)> = None;
    for stretch in history.stretches(Span::ZERO, batch) {
        if matches!(stretch.wait, Some(ThreadWait::Network | ThreadWait::Timer)) {
            slept = stretch.wait.map(|wait| (wait, stretch.from));
            woke = stretch.to;
            last = current.or(last);
            current = None;
            // A call that waits itself ends with the wait.
            continue;
        }
        if stretch.wait.is_some() {
            block(work, calls.get(next), current.or(last), stretch.length());
            continue;
        }
        let mut cursor = stretch.from;
        while let Some(call) = calls.get(next).filter(|call| call.at <= stretch.to) {
            let at = call.at.max(cursor);
            let (item, part) = match current {
                Some(current) if !call.is_write => current,
                _ => (call.item, call.before),
            };
            add(work, item, part, at.saturating_sub(cursor));
            if call.is_first {
                work[call.item].woke = woke;
                work[call.item].slept = slept;
            }
            current = Some((call.item, call.after));
            work[call.item].ended = at;
            cursor = at;
            next += 1;
        }
        if let Some((item, part)) = current.or(last) {
            add(work, item, part, stretch.to.saturating_sub(cursor));
            work[item].ended = stretch.to;
        }
    }
}

/// What the thread waits for is the fault of the request that it works for; before any, of the next.
fn block(work: &mut [OwnWork], next: Option<&Call>, current: Option<(usize, Part)>, length: Span) {
    match (current, next) {
        (Some((item, Part::Receiving)), _) => {
            let own = &mut work[item];
            own.blocked_after = own.blocked_after + length;
        }
        (_, Some(call)) => {
            let own = &mut work[call.item];
            own.blocked_before = own.blocked_before + length;
        }
        (Some((item, part)), None) => add(work, item, part, length),
        (None, None) => {}
    }
}

fn add(work: &mut [OwnWork], item: usize, part: Part, length: Span) {
    let own = &mut work[item];
    let sum = match part {
        Part::Receiving if length >= LONG => &mut own.blocked_after,
        Part::Before => &mut own.before,
        Part::Preparation => &mut own.preparation,
        Part::Handshake => &mut own.handshake,
        Part::Sending => &mut own.sending,
        Part::Receiving => &mut own.receiving,
    };
    *sum = *sum + length;
}
