//! What the thread of an event loop did for each request.
//!
//! It does one thing after another, so its time is cut at what it did with a socket: what came before
//! a write was for that request, what came after a read was for that response.

use std::collections::BTreeSet;

use evidence::thread_states::{ThreadHistory, ThreadStretch};
use model::socket::{ThreadPlace, ThreadWait};
use model::time::Span;
use model::witness::TlsAgreement;

use super::own_time::ran_loading;
use super::view::TrialView;

/// From this long on, work without a break blocks the loop, as in the account.
const LONG: Span = Span::from_millis(20);

/// The work for one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct OwnWork {
    /// Before its first call.
    pub(super) before: Span,
    /// How much of that certificates were loaded, of a client that does so several times in a batch.
    pub(super) loading: Span,
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
    /// The same with its response.
    pub(super) blocked_after: Span,
    /// Work with its response that is so long that it blocks the loop.
    pub(super) blocking: Span,
    /// How late the thread woke up for its response.
    pub(super) late: Span,
    /// When the stretch of work began in which its first call was made.
    pub(super) woke: Span,
    /// When its work ended.
    pub(super) ended: Span,
    /// What the thread had waited for before that, and since when.
    pub(super) slept: Option<(ThreadWait, Span)>,
}

impl OwnWork {
    /// What the thread waited in calls that the witness does not see, `unseen` of some time, was no work.
    fn set_unseen(&mut self, unseen: impl Fn(Span) -> Span) {
        let split = |work: &mut Span| {
            let waited = unseen(*work);
            *work = work.saturating_sub(waited);
            waited
        };
        self.blocked_before = self.blocked_before + split(&mut self.before);
        let after = split(&mut self.receiving) + split(&mut self.blocking);
        self.blocked_after = self.blocked_after + after;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Before,
    Preparation,
    Handshake,
    Sending,
    Receiving,
}

/// A call on a socket, or what else is known to have been done for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) at: Span,
    pub(super) item: usize,
    /// What the time before it belongs to.
    pub(super) before: Part,
    /// What the time after it belongs to.
    pub(super) after: Part,
    /// Whether the time before it is its own even where something else was done since the thread woke up: a
    /// write comes from what was done before, a read does not.
    pub(super) owns_before: bool,
    pub(super) is_first: bool,
}

/// The work for each request by its place in the columns.
pub(super) fn own_work(view: &TrialView<'_, '_>) -> Vec<OwnWork> {
    let mut work = vec![OwnWork::default(); view.pieces.len()];
    let threads = &view.examined.threads;
    let until = view.worked_until();
    for (thread, history) in threads.histories() {
        let calls = calls(view, thread);
        if !calls.is_empty() {
            let stretches = history.stretches(Span::ZERO, until);
            let calls = in_order(calls, &stretches);
            cut(&stretches, &calls, &mut work);
            let items: BTreeSet<usize> = calls.iter().map(|call| call.item).collect();
            items.iter().for_each(|&item| work[item].set_unseen(|length| history.unseen(length)));
            note_late(view, &stretches, items, &mut work);
            note_loads(view, thread, history, &mut work);
        }
    }
    work
}

/// Notes which of a loop's work loaded certificates: what it loads is for the next connection that it opens.
fn note_loads(
    view: &TrialView<'_, '_>,
    thread: ThreadPlace,
    history: &ThreadHistory<'_>,
    work: &mut [OwnWork],
) {
    let mut opened = view.requests.iter().filter(|it| it.opened && it.thread == Some(thread));
    let mut next = opened.next();
    for load in history.loads_in(Span::ZERO, view.worked_until()) {
        while next.is_some_and(|request| request.begin < load.to) {
            next = opened.next();
        }
        let Some(request) = next else { return };
        let own = &mut work[request.item];
        own.loading = own.before.min(own.loading + ran_loading(history, load.from, load.to));
    }
}

/// Notes how long the responses to these items lay ready while the client still waited for the network.
pub(super) fn note_late(
    view: &TrialView<'_, '_>,
    stretches: &[ThreadStretch],
    items: impl IntoIterator<Item = usize>,
    work: &mut [OwnWork],
) {
    for item in items {
        let Some(delivery) = view.examined.timelines[item].delivery else { continue };
        let ready = delivery.whole;
        let next = stretches.partition_point(|stretch| stretch.to <= ready);
        let waiting = stretches.get(next).filter(|it| it.wait == Some(ThreadWait::Network));
        work[item].late = waiting.map_or(Span::ZERO, |it| it.to.saturating_sub(ready));
    }
}

fn calls(view: &TrialView<'_, '_>, thread: ThreadPlace) -> Vec<Call> {
    let mut calls = Vec::new();
    for request in view.requests.iter().filter(|request| request.thread == Some(thread)) {
        let joined = &view.examined.joined[request.item];
        let Some(row) = joined.socket else { continue };
        let item = request.item;
        let call = |at, before, after| Call {
            at,
            item,
            before,
            after,
            owns_before: false,
            is_first: false,
        };
        if let Some(opening) = joined.opening {
            let connection = opening.connection;
            let write = |at| Call {
                owns_before: true,
                is_first: true,
                ..call(at, Part::Before, Part::Preparation)
            };
            calls.extend(opening.connecting().map(write));
            calls.extend(
                connection.connected.map(|at| call(at, Part::Preparation, Part::Preparation)),
            );
            let write =
                |at| Call { owns_before: true, ..call(at, Part::Preparation, Part::Handshake) };
            calls.extend(connection.securing.map(write));
            // Before it writes the end of a handshake, a loop works for that handshake, whatever it did
            // for another connection since it woke up.
            let ends_with_write = connection.tls.as_ref().is_none_or(client_finishes);
            let end = |at| Call {
                owns_before: ends_with_write,
                ..call(at, Part::Handshake, Part::Sending)
            };
            calls.extend(connection.secured.map(end));
        }
        let is_first = joined.opening.is_none();
        let before = if is_first { Part::Before } else { Part::Sending };
        calls.push(Call {
            owns_before: true,
            is_first,
            ..call(row.writing, before, Part::Sending)
        });
        if row.sent > row.writing {
            calls.push(Call { owns_before: true, ..call(row.sent, Part::Sending, Part::Sending) });
        }
        calls.extend(row.first_byte.map(|at| call(at, Part::Receiving, Part::Receiving)));
        calls.extend(row.last_byte.map(|at| call(at, Part::Receiving, Part::Receiving)));
    }
    calls
}

/// The calls in the order in which they were begun.
pub(super) fn in_order(mut calls: Vec<Call>, stretches: &[ThreadStretch]) -> Vec<Call> {
    for call in calls.iter_mut().filter(|call| call.owns_before) {
        call.at = begun(stretches, call.at);
    }
    calls.sort_by_key(|call| call.at);
    calls
}

/// When the call began that did what was seen at a moment: while it was made, or when it ended. A client that waits
/// then does so in that call, or in one after it.
fn begun(stretches: &[ThreadStretch], moment: Span) -> Span {
    let next = stretches.partition_point(|stretch| stretch.to < moment);
    let waits = stretches.get(next).filter(|stretch| stretch.wait.is_some());
    waits.map_or(moment, |stretch| stretch.from.min(moment))
}

/// Whether the client's message ends a handshake: in TLS 1.3, and in TLS 1.2 where a session is resumed
/// (RFC 8446, section 2; RFC 5246, section 7.3).
fn client_finishes(agreed: &TlsAgreement) -> bool {
    agreed.version == "TLSv1.3" || agreed.resumed
}

pub(super) fn cut(stretches: &[ThreadStretch], calls: &[Call], work: &mut [OwnWork]) {
    let mut next = 0;
    let mut slept = None;
    let mut woke = Span::ZERO;
    // The part that the thread is working for, since it last woke up from a wait for the network; and
    // the one before that, to which work without any call belongs.
    let mut current: Option<(usize, Part)> = None;
    let mut last: Option<(usize, Part)> = None;
    for stretch in stretches {
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
                Some(current) if !call.owns_before => current,
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
        Part::Receiving if length >= LONG => &mut own.blocking,
        Part::Before => &mut own.before,
        Part::Preparation => &mut own.preparation,
        Part::Handshake => &mut own.handshake,
        Part::Sending => &mut own.sending,
        Part::Receiving => &mut own.receiving,
    };
    *sum = *sum + length;
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn millis(millis: u64) -> Span {
        Span::from_millis(millis)
    }

    /// A loop sends a request for the first item, and then ends the handshake of the second.
    #[test]
    fn the_work_before_the_end_of_a_handshake_is_that_handshakes() {
        let call = |at, item, before, after| Call {
            at: millis(at),
            item,
            before,
            after,
            owns_before: true,
            is_first: false,
        };
        let calls = [
            call(12, 0, Part::Sending, Part::Sending),
            call(17, 1, Part::Handshake, Part::Sending),
        ];
        let stretch = |from, to, wait| ThreadStretch { from: millis(from), to: millis(to), wait };
        let stretches = [stretch(0, 10, Some(ThreadWait::Network)), stretch(10, 18, None)];
        let mut work = vec![OwnWork::default(); 2];
        cut(&stretches, &calls, &mut work);
        assert_eq!([work[0].sending, work[0].handshake], [millis(2), Span::ZERO]);
        assert_eq!([work[1].handshake, work[1].sending], [millis(5), millis(1)]);
    }

    /// A loop writes what ends a handshake, which takes it a while.
    #[test]
    fn the_work_before_a_call_is_for_the_call_where_the_call_takes_time() {
        let call = |at, item| Call {
            at: millis(at),
            item,
            before: Part::Handshake,
            after: Part::Sending,
            owns_before: true,
            is_first: false,
        };
        let stretch = |from, to, wait| ThreadStretch { from: millis(from), to: millis(to), wait };
        let network = Some(ThreadWait::Network);
        let stretches = [
            stretch(0, 10, network),
            stretch(10, 13, None),
            stretch(13, 14, network),
            stretch(14, 18, None),
            stretch(18, 19, network),
        ];
        let calls = in_order(vec![call(14, 0), call(19, 1)], &stretches);
        let mut work = vec![OwnWork::default(); 2];
        cut(&stretches, &calls, &mut work);
        assert_eq!([work[0].handshake, work[0].sending], [millis(3), Span::ZERO]);
        assert_eq!([work[1].handshake, work[1].sending], [millis(4), Span::ZERO]);
    }

    #[test]
    fn the_client_ends_a_handshake_of_tls_1_3_and_a_resumed_one() {
        let agreed = |version: &str, resumed| TlsAgreement {
            version: version.to_owned(),
            resumed,
            alpn: None,
        };
        assert!(client_finishes(&agreed("TLSv1.3", false)));
        assert!(client_finishes(&agreed("TLSv1.2", true)));
        assert!(!client_finishes(&agreed("TLSv1.2", false)));
    }
}
