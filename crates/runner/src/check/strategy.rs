//! All that a strategy of a driver must do, in the order in which it is tried.

use model::failure::FailureKind as Kind;

use super::candidate::Candidate;
use super::wayward::Manner;
use super::{Points, Wrong, answers, failures, refusals, sessions};

/// Tries one thing.
type Check = fn(&mut Candidate<'_>) -> Result<(), Wrong>;

/// What every strategy does.
const POINTS: [(&str, Check); 21] = [
    ("every request is answered, as the endpoint saw it", answers::as_seen),
    ("it reads a large body to its end", answers::large_bodies),
    ("a request is done when the end of a slow body has come", answers::slow_bodies),
    ("it sends the method, the headers and the body that it is told", answers::as_told),
    ("it works under every condition that it offers", answers::under_every_condition),
    ("without a trace it fills status, bytes and error alone", answers::untraced),
    ("it trusts anyone where it is told to", answers::from_anyone),
    ("it trusts one certificate alone where it is told to", answers::from_one_alone),
    ("the facts that it tells are short texts", answers::short_facts),
    ("it refuses a batch of none, and of more than there are", refusals::impossible_batches),
    ("it refuses a condition or a value that it does not know", refusals::unknown_conditions),
    ("it refuses a target that cannot be used", refusals::unusable_targets),
    ("a status that is not expected fails its request alone, as status", failures::mixed),
    ("a body that is too short fails as check", |it| {
        failures::all(it, |targets| &targets.short, Kind::Check)
    }),
    ("a port that refuses fails as refused", |it| {
        failures::all(it, |targets| &targets.refusing, Kind::Refused)
    }),
    ("a certificate that nobody vouches for fails as tls", |it| {
        failures::all(it, |targets| &targets.untrusted, Kind::Tls)
    }),
    ("a body that is cut off fails as reset", |it| {
        failures::astray(it, Manner::CutOff, Kind::Reset)
    }),
    ("an answer that is no HTTP fails as protocol", |it| {
        failures::astray(it, Manner::Babble, Kind::Protocol)
    }),
    ("a server that never answers fails as timeout, in time", |it| {
        failures::late(it, Manner::KeepSilent)
    }),
    ("a server that never ends its answer fails as timeout, in time", |it| {
        failures::late(it, Manner::Drip)
    }),
    ("it ends when its stdin ends, in the middle of a trial too", failures::abandoned),
];

/// What a strategy does that offers such a session.
const SESSIONS: [(&str, &str, Check); 2] = [
    ("cold", "with session=cold each trial opens its connections", sessions::cold),
    ("warm", "with session=warm connections are kept from trial to trial", sessions::warm),
];

/// Checks one strategy.
pub(super) fn check(points: &mut Points, mut candidate: Candidate<'_>) {
    let name = &candidate.spec.name;
    let what = format!("{name}: it gets ready, and its request is answered");
    if points.check(&what, || answers::one(&mut candidate)).is_none() {
        return;
    }
    let session = candidate.spec.condition(sessions::CONDITION);
    let offered = |word: &str| session.is_some_and(|session| session.values.accepts(word));
    let sessions = SESSIONS.iter().filter(|(word, ..)| offered(word));
    let all = POINTS.iter().copied().chain(sessions.map(|&(_, what, check)| (what, check)));
    let mut wrong = 0;
    for (what, check) in all {
        let what = format!("{name}: {what}");
        wrong += usize::from(points.check(&what, || check(&mut candidate)).is_none());
    }
    // A trial that went wrong may be the one that would have filled a column.
    if wrong == 0 {
        let what = format!("{name}: it fills the columns that it lists, and no others");
        points.check(&what, || answers::listed_columns(&mut candidate));
    }
}
