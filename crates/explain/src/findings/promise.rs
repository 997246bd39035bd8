//! What removing a cause promises: the gain that the replay of the arm predicts, every other limit
//! unchanged.
//!
//! What is charged to a cause is not what its removal gains: another limit may hold the batch back just
//! as long. The size of a finding is its gain; where the replay predicts none, it is the charge.

use evidence::account::Charge;
use evidence::setting::LIMITS;
use model::experiment::FactorKind;
use replay::{ArmReplay, Change, Gain, Limit};
use stats::estimate::Estimate;

use super::FindingCode;
use super::client::{ClientLibrary, ClientOrigin};
use super::comparison::Comparison;
use super::draft::DraftFinding;
use super::proof::Proof;
use super::remedy::{ContextScope, LimitChange, Remedy};

/// A limit that is raised by less than this factor saves so little that the model's error may be more: for httpx from 10
/// to 12 requests at once, 5 ms of 80 were promised, and it became slower.
const LEAST_RAISE: usize = 2;
/// The replay knows a cause if its steps take at least this share of what is charged to it.
const LEAST_KNOWN: f64 = 0.5;

/// What removing a cause promises.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Promise {
    /// Nothing is predicted: the replay does not reproduce the arm, or does not know the cause.
    #[default]
    NotPredicted,
    /// Nothing is predicted either, and the remedy asks for more requests at once, or more kept connections, than were
    /// seen: they may take longer than they save.
    Untested,
    /// The batch becomes shorter by the finding's size.
    Gains(PromisedGain),
    /// The batch does not become shorter: something else limits it.
    Nothing(Option<Limit>),
    /// The batch may become shorter or longer, by something between these.
    Uncertain(Estimate),
}

impl Promise {
    /// Its name in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotPredicted => "not_predicted",
            Self::Untested => "untested",
            Self::Gains(_) => "gains",
            Self::Nothing(_) => "nothing",
            Self::Uncertain(_) => "uncertain",
        }
    }

    /// The gain that the replay predicts.
    pub const fn predicted(&self) -> Option<Estimate> {
        match self {
            Self::Gains(gain) => Some(gain.saved),
            Self::Uncertain(saved) => Some(*saved),
            Self::NotPredicted | Self::Untested | Self::Nothing(_) => None,
        }
    }

    /// What it certainly saves, in seconds.
    fn certainly_saves(&self) -> f64 {
        match self {
            Self::Gains(gain) => gain.saved.low.unwrap_or_default(),
            _ => 0.0,
        }
    }

    /// How many connections the pool must keep besides.
    pub const fn pool(&self) -> Option<usize> {
        match self {
            Self::Gains(gain) => gain.pool,
            _ => None,
        }
    }

    /// Whether the prediction goes beyond what was seen.
    pub const fn is_extrapolated(&self) -> bool {
        match self {
            Self::Gains(gain) => gain.extrapolated,
            Self::Uncertain(_) => true,
            Self::NotPredicted | Self::Untested | Self::Nothing(_) => false,
        }
    }
}

/// A gain that is promised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PromisedGain {
    /// By how much the batch becomes shorter.
    pub saved: Estimate,
    /// Whether the prediction goes beyond what was seen.
    pub extrapolated: bool,
    /// How many connections the pool must keep for it, where it keeps fewer.
    pub pool: Option<usize>,
}

/// Two changes of which one opens the way for the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PromisedPair {
    /// What is changed besides.
    pub enabler: Enabler,
    /// By how much the batch becomes shorter with both.
    pub saved: Estimate,
}

/// What is predicted of a change.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Prediction {
    /// What it promises alone.
    pub(super) alone: Promise,
    /// What it promises together with another change, where that is more.
    pub(super) together: Option<PromisedPair>,
}

/// A change without which another one gains less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enabler {
    /// One TLS context for all connections.
    ShareContext,
}

/// A change of the batch that removes a cause.
struct Proposal {
    changes: Vec<Change>,
    /// How many connections the pool must keep for them, where it keeps fewer.
    pool: Option<usize>,
    /// Other changes instead, each with what it takes besides.
    together: Vec<(Enabler, Vec<Change>)>,
}

impl Proposal {
    fn one(change: Change) -> Self {
        Self { changes: vec![change], pool: None, together: Vec::new() }
    }
}

/// What a rule found, and what removing its cause promises. If raising a limit to the number of requests may save
/// nothing, the remedy names the smaller number that certainly saves most. Where a client is busy, the remedy may be to
/// lower its limit.
pub(super) fn promised(
    comparison: &Comparison<'_>,
    code: FindingCode,
    draft: DraftFinding,
) -> (DraftFinding, Prediction) {
    let whole = promise(comparison, code, &draft);
    if code == FindingCode::ClientCpu {
        return or_fewer_at_once(comparison, draft, whole);
    }
    let is_open = matches!(whole.alone, Promise::Uncertain(_) | Promise::Nothing(_));
    if !raises_requests(code)
        || !is_open
        || whole.together.is_some()
        || Proof::is_tried(comparison, code)
    {
        return (draft, whole);
    }
    let workers = comparison.arm.replay.map_or(0, ArmReplay::workers);
    surest(comparison, code, smaller_limits(&draft, workers)).unwrap_or((draft, whole))
}

/// The busy client's finding with the lower limit that certainly saves most, if that is more than another remedy
/// certainly saves.
fn or_fewer_at_once(
    comparison: &Comparison<'_>,
    draft: DraftFinding,
    whole: Prediction,
) -> (DraftFinding, Prediction) {
    let code = FindingCode::ClientCpu;
    let fewer = surest(comparison, code, lower_limits(comparison, &draft));
    let is_better = |(_, fewer): &(DraftFinding, Prediction)| {
        fewer.alone.certainly_saves() > whole.alone.certainly_saves()
    };
    fewer.filter(is_better).unwrap_or((draft, whole))
}

/// The finding that certainly saves most of those that certainly save something.
fn surest(
    comparison: &Comparison<'_>,
    code: FindingCode,
    drafts: Vec<DraftFinding>,
) -> Option<(DraftFinding, Prediction)> {
    let predicted = drafts.into_iter().map(|draft| {
        let prediction = promise(comparison, code, &draft);
        (draft, prediction)
    });
    let gains = predicted.filter(|(_, it)| matches!(it.alone, Promise::Gains(_)));
    gains.max_by(|(_, one), (_, other)| {
        one.alone.certainly_saves().total_cmp(&other.alone.certainly_saves())
    })
}

/// The finding with a half, a quarter and so on of the requests at once, where the client sets a limit and nothing else
/// is to be done about it. None where an experiment has tried that.
fn lower_limits(comparison: &Comparison<'_>, draft: &DraftFinding) -> Vec<DraftFinding> {
    let named = || LIMITS.into_iter().find(|name| comparison.condition(name).is_some());
    let gains = &comparison.arm.gains;
    let is_tried = gains.iter().any(|gain| gain.factor.kind == FactorKind::FewerAtOnce);
    let is_built_in = comparison.arm.client.origin == ClientOrigin::BuiltIn;
    let is_open = is_built_in && draft.remedy == Remedy::Usual && !is_tried;
    let Some(name) = named().filter(|_| is_open) else { return Vec::new() };
    let workers = comparison.arm.replay.map_or(0, ArmReplay::workers);
    let halved = |to: &usize| Some(to / 2).filter(|&half| half > 1);
    let lowered = |to| DraftFinding {
        remedy: Remedy::Lower(LimitChange {
            condition: Some(name.to_owned()),
            from: comparison.count(name),
            to,
        }),
        ..draft.clone()
    };
    std::iter::successors(halved(&workers), halved).map(lowered).collect()
}

/// Whether the remedy of a finding is to make more requests at once.
const fn raises_requests(code: FindingCode) -> bool {
    matches!(code, FindingCode::WorkerLimit | FindingCode::ConnectionLimit)
}

/// The finding with a half, a quarter and so on of the limit that it recommends, as long as that is at
/// least twice `workers`, and twice what the limit is now.
fn smaller_limits(draft: &DraftFinding, workers: usize) -> Vec<DraftFinding> {
    let Remedy::Raise(limit) = &draft.remedy else { return Vec::new() };
    let least = LEAST_RAISE * workers.max(limit.from.unwrap_or_default());
    let halved = |to: &usize| Some(to / 2).filter(|&half| half >= least);
    let raised = |to| DraftFinding {
        remedy: Remedy::Raise(LimitChange { to, ..limit.clone() }),
        ..draft.clone()
    };
    std::iter::successors(halved(&limit.to), halved).map(raised).collect()
}

/// What removing the cause that a rule found promises.
fn promise(comparison: &Comparison<'_>, code: FindingCode, draft: &DraftFinding) -> Prediction {
    let predicted = predict(comparison, |replay| proposal(comparison, replay, code, draft));
    let Prediction { alone, together } = predicted.unwrap_or_default();
    Prediction { alone: unless_untested(code, alone), together }
}

/// What is promised, unless nothing is predicted of more requests at once or more kept connections.
fn unless_untested(code: FindingCode, promise: Promise) -> Promise {
    match promise {
        Promise::NotPredicted if raises_requests(code) || code == FindingCode::PoolOverflow => {
            Promise::Untested
        }
        other => other,
    }
}

/// What promises a session that opens no connection again.
pub(super) fn reused_connections(comparison: &Comparison<'_>) -> Promise {
    let reuse = |_: &ArmReplay| Some(Proposal::one(Change::ReusedConnections));
    predict(comparison, reuse).unwrap_or_default().alone
}

/// What a change promises; nothing where the replay predicts nothing.
fn predict(
    comparison: &Comparison<'_>,
    propose: impl Fn(&ArmReplay) -> Option<Proposal>,
) -> Option<Prediction> {
    let replay = comparison.arm.replay?;
    let proposal = propose(replay)?;
    let least = comparison.least_gain()?;
    let gain = replay.gain(&proposal.changes)?;
    let alone = if is_sure(gain.saved, least) {
        let Gain { saved, extrapolated } = gain;
        Promise::Gains(PromisedGain { saved, extrapolated, pool: proposal.pool })
    } else if gain.saved.high.is_some_and(|high| high >= least) && gain.extrapolated {
        Promise::Uncertain(gain.saved)
    } else {
        Promise::Nothing(replay.bottleneck(&proposal.changes).map(|found| found.limit))
    };
    let more = gain.saved.seconds.max(0.0) + least;
    let pair = |(enabler, changes): &(Enabler, Vec<Change>)| {
        let both = replay.gain(changes)?;
        let is_worth = both.saved.seconds >= more && is_sure(both.saved, least);
        is_worth.then_some(PromisedPair { enabler: *enabler, saved: both.saved })
    };
    let pairs = proposal.together.iter().filter_map(pair);
    let together = pairs.max_by(|one, other| one.saved.seconds.total_cmp(&other.saved.seconds));
    Some(Prediction { alone, together })
}

/// Whether a gain is large enough, and certainly one.
fn is_sure(saved: Estimate, least: f64) -> bool {
    saved.seconds >= least && saved.low.is_none_or(|low| low > 0.0)
}

/// The change that removes a cause; nothing where the replay does not know the cause.
fn proposal(
    comparison: &Comparison<'_>,
    replay: &ArmReplay,
    code: FindingCode,
    draft: &DraftFinding,
) -> Option<Proposal> {
    let without = |causes: &[Charge]| without(replay, draft, causes);
    match code {
        FindingCode::SerialRoundTrips => {
            Some(more_workers(comparison, replay, comparison.requests()))
        }
        FindingCode::WorkerLimit | FindingCode::ConnectionLimit => match &draft.remedy {
            Remedy::Raise(LimitChange { condition, to, .. }) => {
                let more = more_workers(comparison, replay, *to);
                let raises_pool = condition.as_deref() == Some("pool");
                Some(Proposal { pool: more.pool.filter(|_| !raises_pool), ..more })
            }
            _ => None,
        },
        FindingCode::StreamLimit | FindingCode::NotMultiplexed => match &draft.remedy {
            Remedy::Raise(LimitChange { to, .. }) => {
                let changes = vec![Change::Workers(*to), Change::Streams(Some(*to))];
                Some(Proposal { changes, pool: None, together: Vec::new() })
            }
            _ => None,
        },
        FindingCode::TlsPreparation | FindingCode::ConnectionSetup => openings(replay, code, draft),
        FindingCode::HandshakeCost => without(&[Charge::Handshake]),
        FindingCode::ColdStart => without(&[Charge::Start]),
        FindingCode::PoolOverflow => larger_pool(replay, draft),
        FindingCode::PoolsTooFew => without(&[Charge::Pools]),
        FindingCode::ClosedByServer => without(&[Charge::ClosedByServer]),
        FindingCode::ServerCapacity => server_capacity(replay),
        FindingCode::Bandwidth => bandwidth(replay),
        FindingCode::ClientCpu => less_client_work(comparison, replay, draft),
        FindingCode::ClientSerialised if draft.remedy == Remedy::ReleaseLock => {
            Some(more_workers(comparison, replay, comparison.requests()))
        }
        FindingCode::ClientSerialised | FindingCode::GilWait => {
            Some(Proposal::one(Change::ParallelClient))
        }
        FindingCode::LockWait => without(&[Charge::Lock]),
        FindingCode::Sleeping => without(&[Charge::Sleep]),
        FindingCode::BlockingCall => without(&[Charge::BlockingCall]),
        FindingCode::LoopBlocked => without(&[Charge::LoopBlocked]),
        FindingCode::StartsHeldBack => without(&[Charge::HeldBack]),
        FindingCode::PacketLoss => without(&[Charge::Loss]),
        FindingCode::Straggler => without(&[Charge::Straggle]),
        FindingCode::DelayedAck => without(&[Charge::DelayedAck]),
        FindingCode::SplitRequest => without(&[Charge::SplitRequest]),
        FindingCode::DeadAddress => without(&[Charge::DeadAddress]),
        FindingCode::ExpectContinue => without(&[Charge::Continue]),
        FindingCode::SlowBody => without(&[Charge::SlowBody]),
        FindingCode::Dns => without(&[Charge::Lookup]),
        FindingCode::Throttled => without(&[Charge::Throttle]),
        FindingCode::RequestsPerItem => without(&[Charge::ExtraRequest]),
        FindingCode::Redirects => without(&[Charge::Redirect]),
        FindingCode::FlowControlWindow => without(&[Charge::Window]),
        FindingCode::AlpnFanout
        | FindingCode::Http2Off
        | FindingCode::Http2Cpu
        | FindingCode::Compression
        | FindingCode::BodyNotRead
        | FindingCode::Unexplained
        | FindingCode::Nothing => None,
    }
}

/// What these causes add is gone; nothing where the replay does not know them.
fn without(replay: &ArmReplay, draft: &DraftFinding, causes: &[Charge]) -> Option<Proposal> {
    let charged = draft.charged.map_or(0.0, |charged| charged.seconds);
    let known = replay.has(causes) && replay.time_of(causes) >= LEAST_KNOWN * charged;
    known.then(|| Proposal::one(Change::without(causes)))
}

/// Connections that are not opened, or need less.
fn openings(replay: &ArmReplay, code: FindingCode, draft: &DraftFinding) -> Option<Proposal> {
    match (code, &draft.remedy) {
        (FindingCode::TlsPreparation, Remedy::ShareContext(ContextScope::Connection)) => {
            let prepares = replay.has(&[Charge::Preparation]);
            prepares.then(|| Proposal::one(Change::SharedContext))
        }
        (FindingCode::TlsPreparation, _) => without(replay, draft, &[Charge::Preparation]),
        (_, Remedy::OpenFewerAtOnce) => None,
        _ => without(replay, draft, &[Charge::Setup]),
    }
}

/// Whether the client's pool limits how many connections are open, and not only how many are kept.
const fn limits_open_connections(comparison: &Comparison<'_>) -> bool {
    matches!(comparison.arm.client.library, ClientLibrary::Aiohttp | ClientLibrary::Fetch)
}

/// More requests at once. A client whose pool limits its open connections makes no more at once than
/// that, and another one opens what its pool does not keep in every batch of a warm session: the pool
/// must be as large.
fn more_workers(comparison: &Comparison<'_>, replay: &ArmReplay, workers: usize) -> Proposal {
    let limits_open = limits_open_connections(comparison);
    let is_warm = comparison.condition("session") == Some("warm");
    let pool = comparison.count("pool").filter(|&pool| pool < workers && (limits_open || is_warm));
    let change = Change::Workers(workers);
    let mut proposal = Proposal { pool: pool.map(|_| workers), ..Proposal::one(change.clone()) };
    if replay.has(&[Charge::Preparation]) {
        proposal.together.push((Enabler::ShareContext, vec![change, Change::SharedContext]));
    }
    proposal
}

fn larger_pool(replay: &ArmReplay, draft: &DraftFinding) -> Option<Proposal> {
    let overflow = [Charge::Overflow];
    let mut changes = vec![Change::without(&overflow)];
    if let Remedy::Raise(LimitChange { from: Some(from), to, .. }) = &draft.remedy {
        changes.push(Change::LargerPool(*to as f64 / (*from).max(1) as f64));
    }
    replay.has(&overflow).then(|| Proposal { changes, pool: None, together: Vec::new() })
}

fn server_capacity(replay: &ArmReplay) -> Option<Proposal> {
    if replay.batch()?.room.is_some() {
        return Some(Proposal::one(Change::Room(None)));
    }
    let queued = [Charge::ServerQueue];
    replay.has(&queued).then(|| Proposal::one(Change::without(&queued)))
}

fn bandwidth(replay: &ArmReplay) -> Option<Proposal> {
    let bytes = [Charge::Bytes];
    let changes = vec![Change::Transfer(0.0), Change::without(&bytes)];
    replay.has(&bytes).then(|| Proposal { changes, pool: None, together: Vec::new() })
}

/// Less work: beside fewer requests, where that is the remedy.
fn less_client_work(
    comparison: &Comparison<'_>,
    replay: &ArmReplay,
    draft: &DraftFinding,
) -> Option<Proposal> {
    match &draft.remedy {
        Remedy::Lower(limit) => Some(Proposal::one(Change::Workers(limit.to))),
        _ => client_work(comparison, replay),
    }
}

/// As much work as the arm that it is compared with has. Where there is no other, as much for each request as
/// the client does before the first.
fn client_work(comparison: &Comparison<'_>, replay: &ArmReplay) -> Option<Proposal> {
    let own = replay.client_work()?;
    let other = match comparison.versus {
        Some(versus) => versus.replay?.client_work()?,
        None => replay.least_client_work()?,
    };
    (own > 0.0 && other < own).then(|| Proposal::one(Change::ClientWork(other / own)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smaller_limits_are_halved_while_they_clearly_exceed_the_workers() {
        let limit = LimitChange { condition: Some("workers".to_owned()), from: Some(6), to: 30 };
        let tried = |remedy| -> Vec<Remedy> {
            let draft = DraftFinding::observed(None, remedy, []);
            smaller_limits(&draft, 6).into_iter().map(|smaller| smaller.remedy).collect()
        };
        let raised = |to| Remedy::Raise(LimitChange { to, ..limit.clone() });
        assert_eq!(tried(raised(60)), [raised(30), raised(15)]);
        assert_eq!(tried(raised(24)), [raised(12)]);
        assert_eq!(tried(raised(23)), []);
        let known = LimitChange { from: Some(10), ..limit.clone() };
        assert_eq!(tried(Remedy::Raise(LimitChange { to: 18, ..known })), []);
        assert_eq!(tried(Remedy::ReleaseLock), []);
    }

    #[test]
    fn more_requests_or_connections_are_untested_where_nothing_is_predicted() {
        let (predicted, none) = (Promise::Nothing(None), Promise::NotPredicted);
        assert_eq!(unless_untested(FindingCode::WorkerLimit, none), Promise::Untested);
        assert_eq!(unless_untested(FindingCode::ConnectionLimit, none), Promise::Untested);
        assert_eq!(unless_untested(FindingCode::PoolOverflow, none), Promise::Untested);
        assert_eq!(unless_untested(FindingCode::WorkerLimit, predicted), predicted);
        assert_eq!(unless_untested(FindingCode::Dns, none), none);
    }
}
