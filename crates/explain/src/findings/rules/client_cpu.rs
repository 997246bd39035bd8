//! The client's CPU time while none of its requests is in transit.

use super::{Rule, threads};
use crate::findings::FindingCode;
use crate::findings::comparison::{Comparison, ExaminedArm};
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::{FindingEvidence, FindingFigure};
use crate::findings::remedy::{LimitChange, Remedy};
use evidence::account::Charge;
use model::experiment::FactorKind;
use model::socket::ThreadWait;
use stats::estimate::Estimate;

pub(super) const CHARGES: [Charge; 1] = [Charge::Client];

pub(super) const RULES: [Rule; 1] =
    [Rule::Special { code: FindingCode::ClientCpu, charges: &CHARGES, find }];

/// The least share of a batch that client work must take to be a cause, where there is no faster arm to compare with.
/// It is below a half because a loop that computes and waits in turn may spend half of its time on each.
const LEAST_BUSY: f64 = 0.25;

/// The least share of the client's time for which its threads must run, or its CPU time account.
const LEAST_COMPUTED: f64 = 0.5;

/// The least share of it that they must spend on a core, where they wait for one for the rest.
const LEAST_RUN: f64 = 0.2;

fn find(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    find_in_children(comparison).or_else(|| {
        let size = computed(comparison).filter(|_| !threads::run_one_at_a_time(comparison))?;
        let draft = DraftFinding::observed(Some(size), Remedy::Usual, evidence(comparison, size));
        Some(with_fewer_at_once(comparison, draft))
    })
}

/// The finding with the remedy of an experiment: the client worked less where fewer requests ran at once.
fn with_fewer_at_once(comparison: &Comparison<'_>, draft: DraftFinding) -> DraftFinding {
    let gain = comparison.gain(FactorKind::FewerAtOnce);
    let lowered = gain.and_then(|gain| {
        let (condition, value) = gain.factor.setting.split_once('=')?;
        let (_, before) = gain.factor.instead_of.split_once('=')?;
        Some(LimitChange {
            condition: Some(condition.to_owned()),
            from: before.parse().ok(),
            to: value.parse().ok()?,
        })
    });
    let Some(limit) = lowered else { return draft };
    let evidence = draft.evidence.iter().cloned().chain(gain.map(FindingEvidence::from)).collect();
    DraftFinding { remedy: Remedy::Lower(limit), evidence, ..draft }.confirmed_by(gain)
}

/// The client's own time, where processes that it started compute more than it does itself.
fn find_in_children(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    // The socket witness sees what the threads of these processes do too.
    let size = computed(comparison).or_else(|| comparison.dominant(&CHARGES, LEAST_BUSY))?;
    let own = beyond(comparison, |arm| arm.analysis.cpu_seconds)?;
    let children = comparison.arm.analysis.child_cpu_seconds?;
    let others = comparison.versus.and_then(|versus| versus.analysis.child_cpu_seconds);
    let children = children - others.unwrap_or_default();
    let explains = children > own && own + children >= LEAST_COMPUTED * size.seconds;
    let evidence = [
        Some(FindingEvidence::Charged { charge: Charge::Client, size }),
        comparison.figure(FindingFigure::ChildCpuSeconds, |arm| arm.analysis.child_cpu_seconds),
        comparison.figure(FindingFigure::CpuSeconds, |arm| arm.analysis.cpu_seconds),
    ];
    let remedy = Remedy::StartFewerProcesses;
    explains.then(|| DraftFinding::observed(Some(size), remedy, evidence))
}

/// The client's own time, where it is CPU time.
pub(super) fn computed(comparison: &Comparison<'_>) -> Option<Estimate> {
    let dominant = || comparison.dominant_by_itself(&CHARGES, LEAST_BUSY);
    let known = threads::are_known(comparison).then(dominant).flatten();
    let size = known.or_else(|| comparison.dominant(&CHARGES, LEAST_BUSY))?;
    let ran = beyond(comparison, |arm| arm.charges.ran());
    let ready = beyond(comparison, |arm| arm.charges.ready());
    let computes = match ran.zip(ready) {
        // On a busy machine, threads with work to do wait for a core.
        Some((ran, ready)) => {
            ran + ready >= LEAST_COMPUTED * size.seconds && ran >= LEAST_RUN * size.seconds
        }
        None => {
            let used = beyond(comparison, |arm| arm.analysis.cpu_seconds)?;
            used >= LEAST_COMPUTED * size.seconds
        }
    };
    computes.then_some(size)
}

/// By how much a figure of the arm exceeds that of the arm that it is compared with.
fn beyond(
    comparison: &Comparison<'_>,
    value: impl Fn(&ExaminedArm<'_>) -> Option<f64>,
) -> Option<f64> {
    let versus = comparison.versus.map_or(Some(0.0), &value)?;
    Some(value(comparison.arm)? - versus)
}

pub(super) fn evidence(
    comparison: &Comparison<'_>,
    size: Estimate,
) -> [Option<FindingEvidence>; 5] {
    [
        Some(FindingEvidence::Charged { charge: Charge::Client, size }),
        comparison.arm.charges.ran().map(FindingEvidence::Ran),
        comparison.waited(ThreadWait::InterpreterLock),
        comparison.figure(FindingFigure::CpuSeconds, |arm| arm.analysis.cpu_seconds),
        comparison.figure(FindingFigure::CpuShare, |arm| arm.analysis.cpu_share),
    ]
}
