//! The words around a waterfall.

use evidence::detour::DetourCause;
use explain::waterfall::{ChoiceReason, Pace, RequestWitness, RowKind, ThreadLane, Waterfall};
use model::phase::Phase;
use model::time::Span;

use crate::list::counted;
use crate::number::millis;

/// What a waterfall shows: `ureq/threads@16: the median trial, 57.4 ms, block 3 of the run`.
pub fn title(waterfall: &Waterfall<'_>, pace: Pace) -> String {
    let pace = match pace {
        Pace::Fast => "fastest",
        Pace::Median => "median",
        Pace::Slow => "slowest",
    };
    let time = millis(waterfall.length.as_secs());
    let block = waterfall.block.map(|block| format!(", block {}", u64::from(block) + 1));
    format!("{}: {pace} trial, {time}{}", waterfall.arm, block.unwrap_or_default())
}

/// Why the waterfall of this arm is shown; nothing where it was named.
pub const fn reason(reason: ChoiceReason) -> Option<&'static str> {
    match reason {
        ChoiceReason::Named => None,
        ChoiceReason::SlowestWithFinding => Some("the slowest strategy with a finding"),
        ChoiceReason::Baseline => Some("the baseline, because no strategy has a finding"),
        ChoiceReason::Slowest => Some("the slowest strategy, because none has a finding"),
    }
}

/// How many rows are left out; nothing where all are shown.
pub fn left_out(shown: usize, hidden: usize) -> Option<String> {
    (hidden > 0).then(|| {
        let all = counted(shown + hidden, "request");
        format!(
            "{shown} of {all}: the first, the last, and some evenly between. {hidden} are left out."
        )
    })
}

/// Why an arm has no waterfall.
pub fn none(arm: &str) -> String {
    format!("{arm} has no waterfall: none of its counted trials succeeded.")
}

/// That nothing is known of single requests.
pub const UNOBSERVED: &str = "Nothing was observed of the single requests of this trial.";

/// How to read the waterfalls of a page.
pub const HOW_TO_READ: &str = "A row is a request: its item in the batch and its connection (c1, c2, …). The thin bar below it goes from \
     its arrival to the end of its answer, as the endpoint or the socket witness saw it. * marks the critical \
     path. Open a trial, then choose a request by a click or by the arrow keys.";

/// What can be done with the rows of a picture.
pub const CHOOSE: &str = "Requests over time. The up and down arrow keys choose one.";

/// The bar of what a witness saw.
pub const SEEN: &str = "arrived until answered, by a witness";

/// What a thread does that does not wait for long.
pub const AWAKE: &str = "running, or waiting for less than 20 µs";

/// A picture, to people who cannot see it.
pub fn spoken(waterfall: &Waterfall<'_>, rows: usize) -> String {
    let requests = counted(rows, "request");
    let connections = counted(waterfall.connections, "connection");
    let time = millis(waterfall.length.as_secs());
    format!("{requests} on {connections} over {time}; the table below has every phase")
}

/// The lanes of the client's threads.
pub fn threads(shown: usize, hidden: usize) -> String {
    let more = if hidden > 0 { format!(", {hidden} more are left out") } else { String::new() };
    format!("What {} of the client did meanwhile{more}.", counted(shown, "thread"))
}

/// The title of the table of a waterfall.
pub fn table(waterfall: &Waterfall<'_>) -> String {
    let block = waterfall.block.map(|block| format!(" in block {}", u64::from(block) + 1));
    format!("The requests of {}{}, ms", waterfall.arm, block.unwrap_or_default())
}

/// What a request is beside the items of the batch; nothing for an item.
pub const fn kind(kind: RowKind) -> Option<&'static str> {
    match kind {
        RowKind::Item => None,
        RowKind::Detour(DetourCause::TooManyRequests) => Some("refused"),
        RowKind::Detour(DetourCause::Redirect) => Some("redirect"),
        RowKind::Detour(DetourCause::Repeated) => Some("repeated"),
        RowKind::Unmatched => Some("other"),
    }
}

/// What a phase is, in a few words.
pub const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Client => "client",
        Phase::Queue => "queue",
        Phase::Dns => "DNS",
        Phase::Connect => "connect",
        Phase::Tls => "TLS",
        Phase::Send => "send",
        Phase::Wait => "wait",
        Phase::Receive => "receive",
    }
}

/// Which witness saw a request.
pub const fn witness(witness: RequestWitness) -> &'static str {
    match witness {
        RequestWitness::Endpoint => "endpoint",
        RequestWitness::Socket => "socket witness",
    }
}

/// A thread: `event loop`, `sender of process 1`.
pub fn thread(lane: &ThreadLane) -> String {
    let role = crate::threads::role(lane.role);
    match lane.process {
        0 => role.to_owned(),
        process => format!("{role} of child process {process}"),
    }
}

/// How long a column of a picture is: a shorter phase may not show.
pub fn resolution(column: Span) -> String {
    format!("One column is {}; a shorter phase may not show.", millis(column.as_secs()))
}
