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
