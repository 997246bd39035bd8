//! Which causes could matter for an arm, judged by where the time of its pilot went, and can be
//! taken away, because its driver knows the condition or the link is ours.
//!
//! One rule a cause, in a table. Each says which share of the batch the cause could explain at most;
//! where there are more than four, those with the least go.

use model::arm::Arm;
use model::experiment::{Factor, FactorKind};
use model::link::Link;
use model::strategy::StrategySpec;
use model::time::Span;

use super::Observed;

/// How many causes an experiment takes away at most: 2⁴ cells are 16 arms.
const MOST_FACTORS: usize = 4;
/// The share of the batch from which on a cause is worth its cells.
const WORTH_IT: f64 = 0.05;
/// The share of the client's work from which on looking into the environment may be worth it.
const BUSY_CLIENT: f64 = 0.10;
/// The share of the client's work from which on it is worth to do without the client.
const VERY_BUSY_CLIENT: f64 = 0.20;
/// More workers or connections than this are not asked for.
const MOST_AT_ONCE: u32 = 256;
/// Sleeps are told in steps of so many nanoseconds.
const SLEEP_STEP: u64 = 100_000;

/// An arm, what its driver offers, the link before it where that is ours, and what its pilot shows.
pub(super) struct Case<'a> {
    pub(super) arm: &'a Arm,
    pub(super) spec: &'a StrategySpec,
    pub(super) link: Option<&'a Link>,
    pub(super) seen: &'a Observed,
}

/// A cause that could be taken away.
struct Candidate {
    factor: Factor,
    /// The share of the batch that it could explain.
    share: f64,
}

type Rule = fn(&Case<'_>) -> Option<Candidate>;

/// In the order in which factors are shown.
const RULES: [Rule; 8] =
    [warm_session, shared_context, workers, pool, plain_text, resumption, trust_environment, sleep];

/// The factors for an arm, at most four, in the order of the rules.
pub(super) fn choose(case: &Case<'_>) -> Vec<Factor> {
    let mut found: Vec<(usize, Candidate)> =
        RULES.iter().filter_map(|rule| rule(case)).enumerate().collect();
    // Stable: of equal ones the later goes.
    found.sort_by(|(_, one), (_, other)| other.share.total_cmp(&one.share));
    found.truncate(MOST_FACTORS);
    found.sort_by_key(|&(place, _)| place);
    found.into_iter().map(|(_, candidate)| candidate.factor).collect()
}

fn warm_session(case: &Case<'_>) -> Option<Candidate> {
    let seen = case.seen;
    let cold = seen.connecting + seen.preparation + seen.handshake + seen.client_around;
    let factor = case.factor(FactorKind::WarmSession, "session", "warm")?;
    Candidate::of(factor, seen.share(cold), WORTH_IT)
}

fn shared_context(case: &Case<'_>) -> Option<Candidate> {
    let share = case.seen.share(case.seen.preparation);
    let factor = case.factor(FactorKind::SharedContext, "context", "shared")?;
    Candidate::of(factor, share, WORTH_IT)
}

/// Requests that wait for their turn are on the path one after another: all but one of them could
/// go.
fn workers(case: &Case<'_>) -> Option<Candidate> {
    let size = case.arm.batch_size.0;
    let limit = |name: &&str| case.count(name).is_some_and(|limit| limit < u64::from(size));
    let name = ["workers", "concurrency"].into_iter().find(limit)?;
    if size > MOST_AT_ONCE {
        return None;
    }
    let share = 1.0 - 1.0 / case.seen.path_requests.max(1) as f64;
    let factor = case.factor(FactorKind::Workers, name, &size.to_string())?;
    Some(Candidate { factor, share })
}

/// A pool matters where it holds fewer connections than requests are under way, or where more
/// connections are opened than that.
fn pool(case: &Case<'_>) -> Option<Candidate> {
    let size = case.arm.batch_size.0;
    let at_once = case.seen.most_in_flight? as u64;
    let pool = case.count("pool").filter(|&pool| pool < u64::from(size))?;
    let overflows = case.seen.opened.is_some_and(|opened| opened as u64 > at_once);
    if size > MOST_AT_ONCE || (pool >= at_once && !overflows) {
        return None;
    }
    let seen = case.seen;
    let share = seen.share(seen.connecting + seen.preparation + seen.handshake + seen.queue);
    let factor = case.factor(FactorKind::Pool, "pool", &size.to_string())?;
    Some(Candidate { factor, share })
}

fn plain_text(case: &Case<'_>) -> Option<Candidate> {
    case.link.filter(|link| link.tls)?;
    let factor = Factor {
        kind: FactorKind::PlainText,
        setting: "tls=off".to_owned(),
        instead_of: "tls=on".to_owned(),
    };
    let share = case.seen.share(case.seen.preparation + case.seen.handshake);
    Candidate::of(factor, share, WORTH_IT)
}

fn resumption(case: &Case<'_>) -> Option<Candidate> {
    let share = case.seen.share(case.seen.handshake);
    Candidate::of(case.factor(FactorKind::Resumption, "resume", "on")?, share, WORTH_IT)
}

fn trust_environment(case: &Case<'_>) -> Option<Candidate> {
    let share = case.seen.share(case.seen.client);
    let factor = case.factor(FactorKind::TrustEnvironment, "trust_env", "off")?;
    Candidate::of(factor, share, BUSY_CLIENT)
}

/// Requests sleep for what each of them waited on the path, and nothing else is left.
fn sleep(case: &Case<'_>) -> Option<Candidate> {
    let seen = case.seen;
    let each = seen.waiting.as_nanos() / seen.path_requests.max(1) as u64;
    let each = Span::from_nanos(each.div_ceil(SLEEP_STEP) * SLEEP_STEP);
    case.arm.conditions.get("work").filter(|work| *work == "network")?;
    let factor = case.factor(FactorKind::Sleep, "work", &format!("sleep:{each}"))?;
    Candidate::of(factor, seen.share(seen.client), VERY_BUSY_CLIENT)
}

impl Candidate {
    /// A factor that could explain a share of the batch, where that is at least `least`.
    fn of(factor: Factor, share: f64, least: f64) -> Option<Self> {
        (share >= least).then_some(Self { factor, share })
    }
}

impl Case<'_> {
    /// A condition's value as a number, where it is one.
    fn count(&self, name: &str) -> Option<u64> {
        self.arm.conditions.get(name)?.parse().ok()
    }

    /// The condition taken to `value`, where the strategy knows that and it is something else now.
    fn factor(&self, kind: FactorKind, name: &str, value: &str) -> Option<Factor> {
        let now = self.arm.conditions.get(name).filter(|now| *now != value)?;
        let accepts = self.spec.condition(name)?.values.accepts(value);
        accepts.then(|| Factor {
            kind,
            setting: format!("{name}={value}"),
            instead_of: format!("{name}={now}"),
        })
    }
}
