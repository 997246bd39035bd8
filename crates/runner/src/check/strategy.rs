//! All that a strategy of a driver must do, in the order in which it is tried.

use model::failure::FailureKind as Kind;

use super::candidate::Candidate;
use super::wayward::Manner;
use super::{Points, Unmet, Wrong, answers, failures, refusals, sessions};

/// Tries one thing.
type Check = fn(&mut Candidate<'_>) -> Result<(), Wrong>;
/// Tries one thing that a strategy may refuse beforehand, as unsupported.
type Wish = fn(&mut Candidate<'_>) -> Result<(), Unmet>;

/// What every strategy does.
const POINTS: [(&str, Check); 12] = [
    ("every request is answered, as the endpoint saw it", answers::as_seen),
    ("it reads a large body to its end", answers::large_bodies),
    ("a request is done when the end of a slow body has come", answers::slow_bodies),
    ("it works under every condition that it offers", answers::under_every_condition),
    ("without a trace it fills status, bytes and error alone", answers::untraced),
    ("the facts that it tells are short texts", answers::short_facts),
    ("it refuses a batch of none, and of more than there are", refusals::impossible_batches),
    ("it refuses a condition or a value that it does not know", refusals::unknown_conditions),
    ("it refuses a target that cannot be used", refusals::unusable_targets),
    ("a server that never answers fails as timeout, in time", |it| {
        failures::late(it, Manner::KeepSilent)
    }),
    ("a server that never ends its answer fails as timeout, in time", |it| {
        failures::late(it, Manner::Drip)
    }),
    ("it ends when its stdin ends, in the middle of a trial too", failures::abandoned),
];

/// What every strategy does or refuses.
const WISHES: [(&str, Wish); 3] = [
    ("it sends the method, the headers and the body that it is told", answers::as_told),
    ("it trusts anyone where it is told to", answers::from_anyone),
    ("it trusts one certificate alone where it is told to", answers::from_one_alone),
];

/// What fails, and how it fails where a strategy sees how its requests are answered.
const FAILURES: [(&str, &str, Wish); 6] = [
    ("a status that is not expected", "fails its request alone, as status", |it| {
        Ok(failures::mixed(it)?)
    }),
    ("a body that is too short", "fails as check", |it| {
        failures::all_unless_refused(it, |targets| &targets.short, Kind::Check)
    }),
    ("a port that refuses", "fails as refused", |it| {
        Ok(failures::all(it, |targets| &targets.refusing, Kind::Refused)?)
    }),
    ("a certificate that nobody vouches for", "fails as tls", |it| {
        failures::all_unless_refused(it, |targets| &targets.untrusted, Kind::Tls)
    }),
    ("a body that is cut off", "fails as reset", |it| {
        Ok(failures::astray(it, Manner::CutOff, Kind::Reset)?)
    }),
    ("an answer that is no HTTP", "fails as protocol", |it| {
        Ok(failures::astray(it, Manner::Babble, Kind::Protocol)?)
    }),
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
    let before = points.taken.len();
    for (what, check) in POINTS {
        points.check(&format!("{name}: {what}"), || check(&mut candidate));
    }
    for (what, wish) in WISHES {
        points.check(&format!("{name}: {what}"), || wish(&mut candidate));
    }
    for (case, fails, check) in FAILURES {
        let fails = if candidate.sees_answers() { fails } else { "fails the batch" };
        points.check(&format!("{name}: {case} {fails}"), || check(&mut candidate));
    }
    let session = candidate.spec.condition(sessions::CONDITION);
    let offered = |word: &str| session.is_some_and(|session| session.values.accepts(word));
    for (_, what, check) in SESSIONS.iter().filter(|(word, ..)| offered(word)) {
        points.check(&format!("{name}: {what}"), || check(&mut candidate));
    }
    // A trial that went wrong may be the one that would have filled a column.
    if points.all_right_after(before) {
        let what = format!("{name}: it fills the columns that it lists, and no others");
        points.check(&what, || answers::listed_columns(&mut candidate));
    }
}
