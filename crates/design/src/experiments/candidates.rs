//! The causes that could be removed from an arm: its driver or the embedded endpoint can remove them, and
//! its pilot does not exclude that they matter.
//!
//! Each cause has one rule, which says what share of the batch the cause explains at most. Where the gain
//! cannot be predicted, this share decides whether it is worth an experiment.

use evidence::setting::LIMITS;
use explain::Gain;
use explain::whatif::TIMES_FEWER;
use model::arm::Arm;
use model::experiment::{Factor, FactorKind};
use model::http_version::HttpVersion;
use model::link::Link;
use model::strategy::StrategySpec;
use model::time::Span;

use super::Observation;

/// The share of the batch that makes a cause worth its cells.
const WORTH_IT: f64 = 0.05;
/// The share of client work that makes skipping the environment worth its cells.
const BUSY_CLIENT: f64 = 0.10;
/// The share of client work that makes replacing the client by sleep worth its cells, or fewer requests at once.
const VERY_BUSY_CLIENT: f64 = 0.20;
/// No share makes a cause worth its cells.
const PREDICTED_ONLY: f64 = f64::INFINITY;
/// The maximum number of workers or connections to set.
const MOST_AT_ONCE: u32 = 256;
/// The least work that a context with its certificates takes.
const CONTEXT_WORK: Span = Span::from_millis(5);
/// The most work that reading the environment and .netrc takes for a request.
const ENVIRONMENT_WORK: Span = Span::from_millis(1);
/// Sleeps are rounded up to this many nanoseconds.
const SLEEP_STEP: u64 = 100_000;

/// An arm to explain, and what decides which causes can be removed from it.
pub(super) struct ArmInQuestion<'a> {
    pub(super) arm: &'a Arm,
    /// What its driver offers.
    pub(super) spec: &'a StrategySpec,
    /// The link of the embedded endpoint; none for a foreign server.
    pub(super) link: Option<&'a Link>,
    pub(super) observation: &'a Observation,
}

/// A cause that can be removed.
pub(super) struct Candidate {
    pub(super) factor: Factor,
    /// The share of the batch that it explains at most.
    pub(super) share: f64,
    /// The share that makes it worth its cells where its gain is not predicted.
    least: f64,
}

type Rule = fn(&ArmInQuestion<'_>) -> Option<Candidate>;

/// In the order in which factors are shown.
const RULES: [Rule; 15] = [
    warm_session,
    shared_context,
    workers,
    fewer_at_once,
    pool,
    plain_text,
    resumption,
    trust_environment,
    sleep,
    lookups,
    no_delay,
    compression,
    sleeps_skipped,
    garbage_collection,
    event_loop,
];

/// The candidates of an arm, in the order of the rules.
pub(super) fn find(arm: &ArmInQuestion<'_>) -> Vec<Candidate> {
    RULES.iter().filter_map(|rule| rule(arm)).collect()
}

fn warm_session(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let seen = arm.observation;
    let cold = seen.connecting + seen.preparation + seen.handshake + seen.client_around;
    let factor = arm.factor(FactorKind::WarmSession, "session", "warm")?;
    Some(Candidate { factor, share: seen.share(cold), least: WORTH_IT })
}

fn shared_context(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let seen = arm.observation;
    let before = if may_make_contexts_before_connections(arm) { seen.client } else { Span::ZERO };
    let share = seen.share(seen.preparation + before);
    let factor = arm.factor(FactorKind::SharedContext, "context", "shared")?;
    Some(Candidate { factor, share, least: WORTH_IT })
}

/// Whether own code may make a context for each session, before there is a connection: it opens several
/// connections with TLS, and its work is enough for a context for each of them on the path.
fn may_make_contexts_before_connections(arm: &ArmInQuestion<'_>) -> bool {
    let seen = arm.observation;
    let opened = seen.opened.filter(|&opened| opened > 1 && seen.handshake > Span::ZERO);
    let enough = |opened: usize| {
        let contexts = opened.min(seen.path_requests).max(1) as u64;
        seen.client.as_nanos() >= contexts.saturating_mul(CONTEXT_WORK.as_nanos())
    };
    arm.is_own_code() && opened.is_some_and(enough)
}

/// Requests that wait for a worker follow one another on the path: all but one could disappear. Own
/// code does not say how many workers or permits it has: having several requests in flight, but fewer than
/// the batch has, is a reason.
fn workers(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let size = arm.arm.batch_size.0;
    let limit = |name: &&str| arm.count(name).is_some_and(|limit| limit < u64::from(size));
    let of_own_code = || arm.limit_name().filter(|_| arm.is_limited_by_itself());
    let name = LIMITS.into_iter().find(limit).or_else(of_own_code)?;
    if size > MOST_AT_ONCE {
        return None;
    }
    let factor = arm.factor(FactorKind::Workers, name, &size.to_string())?;
    Some(Candidate { factor, share: arm.share_of_further_requests(), least: 0.0 })
}

/// A client may work more for each request beside many others, as one does that looks at all its connections for each.
/// Own code without a limit has none that could be lowered.
fn fewer_at_once(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let seen = arm.observation;
    let at_once = if arm.is_own_code() {
        seen.most_in_flight.filter(|_| arm.is_limited_by_itself())?
    } else {
        let requests = arm.arm.batch_size.requests();
        let limit = arm.count(arm.limit_name()?).and_then(|limit| usize::try_from(limit).ok());
        limit.map_or(requests, |limit| limit.min(requests))
    };
    let fewer = at_once / TIMES_FEWER;
    let name = arm.limit_name()?;
    let factor = arm.factor(FactorKind::FewerAtOnce, name, &fewer.to_string())?;
    let share = seen.share(seen.client);
    (fewer > 1).then_some(Candidate { factor, share, least: VERY_BUSY_CLIENT })
}

/// A pool matters if it keeps fewer connections than there are requests in flight, or if more
/// connections are opened than that; otherwise only beside another change.
fn pool(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    if arm.is_own_code() {
        return pool_of_own_code(arm);
    }
    let size = arm.arm.batch_size.0;
    let at_once = arm.observation.most_in_flight? as u64;
    let pool = arm.count("pool").filter(|&pool| pool < u64::from(size))?;
    if size > MOST_AT_ONCE {
        return None;
    }
    let seen = arm.observation;
    let overflows = seen.opened.is_some_and(|opened| opened as u64 > at_once);
    let share = seen.share(seen.connecting + seen.preparation + seen.handshake + seen.queue);
    let least = if pool < at_once || overflows { 0.0 } else { PREDICTED_ONLY };
    let factor = arm.factor(FactorKind::Pool, "pool", &size.to_string())?;
    Some(Candidate { factor, share, least })
}

/// Own code does not say how large its pool is. A reason is one thread that has fewer requests in
/// flight than the batch has, or more connections than requests in flight.
fn pool_of_own_code(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let seen = arm.observation;
    let at_once = seen.most_in_flight.filter(|&most| most > 1)?;
    let overflows = seen.opened.is_some_and(|opened| opened > at_once);
    let share = if arm.is_limited_by_itself() && !arm.has_several_threads() {
        arm.share_of_further_requests()
    } else if overflows {
        seen.share(seen.connecting + seen.preparation + seen.handshake)
    } else {
        return None;
    };
    let size = arm.arm.batch_size.0;
    let factor = arm.factor(FactorKind::Pool, "pool", &size.to_string())?;
    (size <= MOST_AT_ONCE).then_some(Candidate { factor, share, least: WORTH_IT })
}

fn plain_text(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    arm.link.filter(|link| link.tls && arm.spec.only_http != Some(HttpVersion::Http3))?;
    let factor = Factor {
        kind: FactorKind::PlainText,
        setting: "tls=off".to_owned(),
        instead_of: "tls=on".to_owned(),
        reason: None,
    };
    let share = arm.observation.share(arm.observation.preparation + arm.observation.handshake);
    Some(Candidate { factor, share, least: WORTH_IT })
}

fn resumption(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let share = arm.observation.share(arm.observation.handshake);
    let factor = arm.factor(FactorKind::Resumption, "resume", "on")?;
    Some(Candidate { factor, share, least: WORTH_IT })
}

/// Whether own code reads the environment is not known: only the work that this could be counts.
fn trust_environment(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let seen = arm.observation;
    let most = ENVIRONMENT_WORK.times(seen.path_requests as u64);
    let reading = if arm.is_own_code() { seen.client.min(most) } else { seen.client };
    let factor = arm.factor(FactorKind::TrustEnvironment, "trust_env", "off")?;
    Some(Candidate { factor, share: seen.share(reading), least: BUSY_CLIENT })
}

/// Each request sleeps for the time that a request waited on the path. Nothing else remains.
fn sleep(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let seen = arm.observation;
    let each = seen.waiting.as_nanos() / seen.path_requests.max(1) as u64;
    let each = Span::from_nanos(each.div_ceil(SLEEP_STEP) * SLEEP_STEP);
    arm.arm.conditions.get("work").filter(|work| *work == "network")?;
    let factor = arm.factor(FactorKind::Sleep, "work", &format!("sleep:{each}"))?;
    Some(Candidate { factor, share: seen.share(seen.client), least: VERY_BUSY_CLIENT })
}

/// The first lookup remains.
fn lookups(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let seen = arm.observation;
    seen.opened.filter(|&opened| opened > 1)?;
    let factor = arm.factor(FactorKind::Lookups, "lookups", "cached")?;
    Some(Candidate { factor, share: seen.share(seen.lookups), least: WORTH_IT })
}

fn no_delay(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let share = arm.observation.share(arm.observation.split_requests);
    let factor = arm.factor(FactorKind::NoDelay, "nodelay", "on")?;
    Some(Candidate { factor, share, least: WORTH_IT })
}

/// A server that compresses a body while it sends it begins early and ends late.
fn compression(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let seen = arm.observation;
    let factor = arm.factor(FactorKind::Compression, "compression", "off")?;
    let share = seen.share(seen.slow_bodies);
    seen.are_bodies_compressed.then_some(Candidate { factor, share, least: WORTH_IT })
}

fn sleeps_skipped(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let share = arm.observation.share(arm.observation.sleeping);
    let factor = arm.factor(FactorKind::SleepsSkipped, "sleeps", "skipped")?;
    Some(Candidate { factor, share, least: WORTH_IT })
}

fn garbage_collection(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let share = arm.observation.share(arm.observation.collecting);
    let factor = arm.factor(FactorKind::GarbageCollection, "gc", "frozen")?;
    Some(Candidate { factor, share, least: WORTH_IT })
}

/// The `uvloop` of a built-in strategy is another strategy to compare with; it is no cause there.
fn event_loop(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let seen = arm.observation;
    if !(arm.is_own_code() && seen.has_event_loop) {
        return None;
    }
    let factor = arm.factor(FactorKind::EventLoop, "uvloop", "on")?;
    Some(Candidate { factor, share: seen.share(seen.client), least: VERY_BUSY_CLIENT })
}

impl Candidate {
    /// Whether a prediction decides about it. How much less a client works beside fewer requests is rarely seen, so that
    /// only a gain of at least `least` seconds counts.
    pub(super) fn is_decided_by(&self, gain: &Gain, least: f64) -> bool {
        self.factor.kind != FactorKind::FewerAtOnce || gain.saved.seconds >= least
    }

    /// Whether it is worth its cells although nothing is predicted.
    pub(super) fn is_worth_a_try(&self) -> bool {
        self.share >= self.least
    }
}

impl ArmInQuestion<'_> {
    /// Whether it runs the user's code, on which its driver imposes conditions.
    fn is_own_code(&self) -> bool {
        self.arm.strategy.starts_with("own/")
    }

    /// Whether its own code has several requests in flight, but not all of the batch.
    fn is_limited_by_itself(&self) -> bool {
        let size = self.arm.batch_size.requests();
        let is_part = |most: usize| most > 1 && most < size;
        self.is_own_code() && self.observation.most_in_flight.is_some_and(is_part)
    }

    fn has_several_threads(&self) -> bool {
        self.observation.threads.is_some_and(|threads| threads > 1)
    }

    /// The share of all requests on the path but one.
    fn share_of_further_requests(&self) -> f64 {
        1.0 - 1.0 / self.observation.path_requests.max(1) as f64
    }

    /// The condition that limits its requests at once.
    fn limit_name(&self) -> Option<&'static str> {
        if self.is_own_code() {
            return Some(if self.has_several_threads() { "workers" } else { "concurrency" });
        }
        LIMITS.into_iter().find(|&name| self.arm.conditions.contains_key(name))
    }

    /// The value of a condition, if it is a number.
    fn count(&self, name: &str) -> Option<u64> {
        self.arm.conditions.get(name)?.parse().ok()
    }

    /// A factor that sets a condition to `value`, if the strategy accepts it and has another now.
    fn factor(&self, kind: FactorKind, name: &str, value: &str) -> Option<Factor> {
        let now = self.arm.conditions.get(name).filter(|now| *now != value)?;
        let accepts = self.spec.condition(name)?.values.accepts(value);
        accepts.then(|| Factor {
            kind,
            setting: format!("{name}={value}"),
            instead_of: format!("{name}={now}"),
            reason: None,
        })
    }
}
