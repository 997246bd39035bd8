//! Chooses the causes to remove from an arm: they could matter by its pilot, and its driver or the
//! embedded endpoint can remove them.
//!
//! Each cause has one rule, which says what share of the batch the cause explains at most. The four
//! causes with the largest shares are chosen.

use model::arm::Arm;
use model::experiment::{Factor, FactorKind};
use model::link::Link;
use model::strategy::StrategySpec;
use model::time::Span;

use super::Observation;

/// The maximum number of causes of an experiment: 2⁴ cells are 16 arms.
const MOST_FACTORS: usize = 4;
/// The share of the batch that makes a cause worth its cells.
const WORTH_IT: f64 = 0.05;
/// The share of client work that makes skipping the environment worth its cells.
const BUSY_CLIENT: f64 = 0.10;
/// The share of client work that makes replacing the client by sleep worth its cells.
const VERY_BUSY_CLIENT: f64 = 0.20;
/// The maximum number of workers or connections to set.
const MOST_AT_ONCE: u32 = 256;
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
struct Candidate {
    factor: Factor,
    /// The share of the batch that it explains at most.
    share: f64,
}

type Rule = fn(&ArmInQuestion<'_>) -> Option<Candidate>;

/// In the order in which factors are shown.
const RULES: [Rule; 8] =
    [warm_session, shared_context, workers, pool, plain_text, resumption, trust_environment, sleep];

/// The factors for an arm, at most four, in the order of the rules.
pub(super) fn choose(arm: &ArmInQuestion<'_>) -> Vec<Factor> {
    let mut found: Vec<(usize, Candidate)> =
        RULES.iter().filter_map(|rule| rule(arm)).enumerate().collect();
    // The sort is stable: of two equal causes the earlier is kept.
    found.sort_by(|(_, a), (_, b)| b.share.total_cmp(&a.share));
    found.truncate(MOST_FACTORS);
    found.sort_by_key(|&(rule, _)| rule);
    found.into_iter().map(|(_, candidate)| candidate.factor).collect()
}

fn warm_session(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let seen = arm.observation;
    let cold = seen.connecting + seen.preparation + seen.handshake + seen.client_around;
    let factor = arm.factor(FactorKind::WarmSession, "session", "warm")?;
    Candidate::worth(factor, seen.share(cold), WORTH_IT)
}

fn shared_context(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let share = arm.observation.share(arm.observation.preparation);
    let factor = arm.factor(FactorKind::SharedContext, "context", "shared")?;
    Candidate::worth(factor, share, WORTH_IT)
}

/// Requests that wait for a worker follow one another on the path: all but one could disappear.
fn workers(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let size = arm.arm.batch_size.0;
    let limit = |name: &&str| arm.count(name).is_some_and(|limit| limit < u64::from(size));
    let name = ["workers", "concurrency"].into_iter().find(limit)?;
    if size > MOST_AT_ONCE {
        return None;
    }
    let share = 1.0 - 1.0 / arm.observation.path_requests.max(1) as f64;
    let factor = arm.factor(FactorKind::Workers, name, &size.to_string())?;
    Some(Candidate { factor, share })
}

/// A pool matters if it keeps fewer connections than there are requests in flight, or if more
/// connections are opened than that.
fn pool(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let size = arm.arm.batch_size.0;
    let at_once = arm.observation.most_in_flight? as u64;
    let pool = arm.count("pool").filter(|&pool| pool < u64::from(size))?;
    let overflows = arm.observation.opened.is_some_and(|opened| opened as u64 > at_once);
    if size > MOST_AT_ONCE || (pool >= at_once && !overflows) {
        return None;
    }
    let seen = arm.observation;
    let share = seen.share(seen.connecting + seen.preparation + seen.handshake + seen.queue);
    let factor = arm.factor(FactorKind::Pool, "pool", &size.to_string())?;
    Some(Candidate { factor, share })
}

fn plain_text(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    arm.link.filter(|link| link.tls)?;
    let factor = Factor {
        kind: FactorKind::PlainText,
        setting: "tls=off".to_owned(),
        instead_of: "tls=on".to_owned(),
    };
    let share = arm.observation.share(arm.observation.preparation + arm.observation.handshake);
    Candidate::worth(factor, share, WORTH_IT)
}

fn resumption(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let share = arm.observation.share(arm.observation.handshake);
    Candidate::worth(arm.factor(FactorKind::Resumption, "resume", "on")?, share, WORTH_IT)
}

fn trust_environment(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let share = arm.observation.share(arm.observation.client);
    let factor = arm.factor(FactorKind::TrustEnvironment, "trust_env", "off")?;
    Candidate::worth(factor, share, BUSY_CLIENT)
}

/// Each request sleeps for the time that a request waited on the path. Nothing else remains.
fn sleep(arm: &ArmInQuestion<'_>) -> Option<Candidate> {
    let seen = arm.observation;
    let each = seen.waiting.as_nanos() / seen.path_requests.max(1) as u64;
    let each = Span::from_nanos(each.div_ceil(SLEEP_STEP) * SLEEP_STEP);
    arm.arm.conditions.get("work").filter(|work| *work == "network")?;
    let factor = arm.factor(FactorKind::Sleep, "work", &format!("sleep:{each}"))?;
    Candidate::worth(factor, seen.share(seen.client), VERY_BUSY_CLIENT)
}

impl Candidate {
    /// A factor that explains at most `share` of the batch, if that is at least `least`.
    fn worth(factor: Factor, share: f64, least: f64) -> Option<Self> {
        (share >= least).then_some(Self { factor, share })
    }
}

impl ArmInQuestion<'_> {
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
        })
    }
}
