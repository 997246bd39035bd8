//! Everything that a strategy of a driver must do, in the order in which it is checked.

use model::failure::FailureKind as Kind;

use crate::candidate::Candidate;
use crate::faulty_server::Behaviour;
use crate::verdict::{Points, Unmet, Wrong};
use crate::{answers, failures, refusals, sessions};

/// Checks one point.
type Check = fn(&mut Candidate<'_>) -> Result<(), Wrong>;
/// Checks one point that a strategy may refuse as unsupported.
type OptionalCheck = fn(&mut Candidate<'_>) -> Result<(), Unmet>;

/// What every strategy does.
const POINTS: [(&str, Check); 8] = [
    ("it reports every request as the endpoint saw it", answers::as_the_endpoint_saw),
    ("it reads a large body to its end", answers::large_bodies),
    ("without a trace it fills only status, bytes and error", answers::untraced),
    ("it profiles a trial that is to be profiled, if it says that it can", answers::profiled),
    ("its facts are short texts", answers::short_facts),
    ("it refuses a batch of no requests and one of too many", refusals::impossible_batches),
    ("it refuses an unknown condition or value", refusals::unknown_conditions),
    ("it refuses an unusable target", refusals::unusable_targets),
];

/// What every strategy does that speaks HTTP/1.1, the version of the faulty server.
const HTTP1_POINTS: [(&str, Check); 5] = [
    ("a request is done when the end of a slow body has arrived", answers::slow_bodies),
    ("an interim response is not the first byte of the answer", answers::interim_responses),
    ("a server that never answers fails as timeout, in time", |it| {
        failures::time_limit(it, Behaviour::KeepSilent)
    }),
    ("a server that never ends its answer fails as timeout, in time", |it| {
        failures::time_limit(it, Behaviour::Drip)
    }),
    ("it ends when its stdin ends, even during a trial", failures::abandoned),
];

/// What a strategy does that speaks another version only.
const OTHER_POINTS: [(&str, Check); 1] =
    [("a server that never answers fails as timeout, in time", failures::silence)];

/// What every strategy does or refuses.
const OPTIONAL_POINTS: [(&str, OptionalCheck); 2] = [
    ("it can skip the verification of certificates", answers::without_verification),
    ("it can trust one certificate only", answers::with_one_certificate),
];

/// What every strategy does or refuses that speaks HTTP/1.1.
const OPTIONAL_HTTP1_POINTS: [(&str, OptionalCheck); 1] =
    [("it sends the method, headers and body of the target", answers::as_requested)];

/// What fails, and how it fails if the strategy sees the answers to its requests.
const FAILURES: [(&str, &str, OptionalCheck); 3] = [
    ("a status that is not expected", "fails only its request, as status", |it| {
        Ok(failures::mixed(it)?)
    }),
    ("a body that is too short", "fails as check", |it| {
        failures::all_unless_refused(it, |targets| &targets.short, &[Kind::Check])
    }),
    ("an untrusted certificate", "fails as certificate_untrusted, or as tls", |it| {
        let kinds = [Kind::CertificateUntrusted, Kind::Tls];
        it.renew();
        let outcome = failures::all_unless_refused(it, |targets| &targets.untrusted, &kinds);
        it.renew();
        outcome
    }),
];

/// What fails over HTTP/1.1, and how.
const HTTP1_FAILURES: [(&str, &str, OptionalCheck); 3] = [
    ("a port that refuses", "fails as refused", |it| {
        Ok(failures::all(it, |targets| &targets.refusing, &[Kind::Refused])?)
    }),
    ("a body that is cut off", "fails as reset", |it| {
        Ok(failures::all_at_faulty_server(it, Behaviour::CutOff, Kind::Reset)?)
    }),
    ("an answer that is not HTTP", "fails as protocol", |it| {
        Ok(failures::all_at_faulty_server(it, Behaviour::SendGarbage, Kind::Protocol)?)
    }),
];

/// What fails over another version, and how.
const OTHER_FAILURES: [(&str, &str, OptionalCheck); 1] =
    [("a body that is cut off", "fails as reset", |it| {
        Ok(failures::all(it, |targets| &targets.cut_off, &[Kind::Reset])?)
    })];

/// What a strategy does that offers this kind of session.
const SESSIONS: [(&str, &str, Check); 2] = [
    ("cold", "with session=cold each trial opens its connections", sessions::cold),
    ("warm", "with session=warm connections survive from trial to trial", sessions::warm),
];

/// What the version of HTTP that a strategy speaks demands of it.
struct Demands {
    points: &'static [(&'static str, Check)],
    optional_points: &'static [(&'static str, OptionalCheck)],
    failures: &'static [(&'static str, &'static str, OptionalCheck)],
}

impl Demands {
    fn of(candidate: &Candidate<'_>) -> Self {
        match candidate.spec.only_http {
            None => Self {
                points: &HTTP1_POINTS,
                optional_points: &OPTIONAL_HTTP1_POINTS,
                failures: &HTTP1_FAILURES,
            },
            Some(_) => {
                Self { points: &OTHER_POINTS, optional_points: &[], failures: &OTHER_FAILURES }
            }
        }
    }
}

/// Checks one strategy.
pub(crate) fn check(points: &mut Points, mut candidate: Candidate<'_>) {
    let name = &candidate.spec.name;
    let what = format!("{name}: it prepares and makes a request");
    if points.check(&what, || answers::answered(&mut candidate)).is_none() {
        return;
    }
    let before = points.count();
    let demanded = Demands::of(&candidate);
    for (what, check) in &POINTS {
        points.check(&format!("{name}: {what}"), || candidate.check(check));
    }
    let what = format!("{name}: it works under every condition that it offers");
    points.check(&what, || answers::under_every_condition(&mut candidate));
    let session = candidate.spec.condition(sessions::CONDITION);
    let offered = |word: &str| session.is_some_and(|session| session.values.accepts(word));
    for (_, what, check) in SESSIONS.iter().filter(|(word, ..)| offered(word)) {
        points.check(&format!("{name}: {what}"), || candidate.check(check));
    }
    for (what, check) in demanded.optional_points {
        points.check(&format!("{name}: {what}"), || candidate.check(check));
    }
    for (case, fails, check) in demanded.failures.iter().chain(&FAILURES) {
        let fails = if candidate.sees_answers() { *fails } else { "fails the batch" };
        points.check(&format!("{name}: {case} {fails}"), || candidate.check(check));
    }
    // The rest takes new processes.
    for (what, check) in demanded.points {
        points.check(&format!("{name}: {what}"), || candidate.check(check));
    }
    for (what, check) in &OPTIONAL_POINTS {
        points.check(&format!("{name}: {what}"), || candidate.check(check));
    }
    // A trial that failed may be the one that would have filled a column.
    if points.all_right_after(before) {
        let what = format!("{name}: it fills exactly the columns that it lists");
        points.check(&what, || answers::listed_columns(&mut candidate));
    }
}
