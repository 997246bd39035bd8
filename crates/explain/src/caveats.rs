//! Caveats: the reasons to trust a result less. Each has a file of its own, by its code, with its
//! figures and its detection.
//!
//! `reason` is the list of them. `setup` audits how the arms are set up; `dependence` tests what makes
//! intervals wrong. Sentences and pages live in the crate `words`.

mod aa_missed;
mod arms_differ;
mod asyncio_debug;
mod autocorrelation;
mod batch_sampled;
mod batch_too_large;
mod blocks;
mod carry_over;
mod caveat;
mod client_cpu;
mod coarse_timer;
mod condition_without_effect;
mod dependence;
mod detected;
mod drift;
mod few_blocks;
mod free_threading;
mod headers_not_sent;
mod http2_declined;
mod input;
mod known_delay_missed;
mod late_answers;
mod machine_saturated;
mod process_effect;
mod reason;
mod setup;
mod shadowed_module;
mod slot_effect;
mod slow_first_trials;
mod sockets_unseen;
mod stalls_dominate;
mod stopped_by_budget;
mod suspicion;
mod unequal_bytes;
mod unequal_errors;
mod unequal_facts;
mod unequal_protocols;
mod warm_connections;
mod witnesses_disagree;

pub use aa_missed::AaMissed;
pub use arms_differ::ArmsDiffer;
pub use asyncio_debug::AsyncioDebug;
pub use autocorrelation::RatioAutocorrelation;
pub use batch_sampled::BatchSampled;
pub use batch_too_large::BatchTooLarge;
pub use carry_over::CarryOver;
pub use caveat::Caveat;
pub use client_cpu::{BusyClient, ClientCpu};
pub use coarse_timer::{CoarseTimer, ShortestTime};
pub use condition_without_effect::{ConditionWithoutEffect, IneffectiveCondition};
pub use drift::RatioDrift;
pub use few_blocks::FewBlocks;
pub use free_threading::FreeThreading;
pub use headers_not_sent::HeadersNotSent;
pub use http2_declined::{DeclinedArm, Declining, Http2Declined};
pub(crate) use input::CaveatInput;
pub use known_delay_missed::KnownDelayMissed;
pub use late_answers::{LateAnswers, LateArm};
pub use machine_saturated::MachineSaturated;
pub use process_effect::ProcessEffect;
pub use reason::{CaveatCode, Reason};
pub use setup::difference::{FactDifference, FactGroup};
pub use setup::timing_fact::TimingFact;
pub use setup::unequal_fact::UnequalFact;
pub use shadowed_module::ShadowedModule;
pub use slot_effect::SlotEffect;
pub use slow_first_trials::{SlowFirstTrials, SlowStart};
pub use sockets_unseen::{SocketsUnseen, Unseen, UnseenArm};
pub use stalls_dominate::{JudgedRatio, StallsDominate};
pub use stopped_by_budget::{Goal, StoppedByBudget};
pub use unequal_bytes::{BodySizes, UnequalBytes};
pub use unequal_errors::{FailedTrials, UnequalErrors};
pub use unequal_facts::UnequalFacts;
pub use unequal_protocols::UnequalProtocols;
pub use warm_connections::{ReopeningArm, WarmConnections};
pub use witnesses_disagree::{DisputedArm, WitnessesDisagree};

use detected::Detected;
use setup::SetupAudit;
use stats::verdict::Verdict;

use crate::ratios::RatioAnalysis;

/// Detects every caveat: vetoes first, then those on the setup, then all others.
pub(crate) fn detect(input: &CaveatInput<'_>) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    for control in input.controls {
        add(&mut caveats, aa_missed::detect(input.evidence.plan, control));
        add(&mut caveats, known_delay_missed::detect(input.evidence.plan, control));
    }
    add(&mut caveats, unequal_errors::detect(input));
    add(&mut caveats, unequal_bytes::detect(input));
    let forbidden = |ratio: &&RatioAnalysis| {
        caveats.iter().any(|caveat| caveat.forbids(&ratio.arm, &ratio.baseline))
    };
    let with_verdict = input.ratios.iter().filter(|ratio| !forbidden(ratio));
    let stalls: Vec<Detected<StallsDominate>> =
        with_verdict.filter_map(stalls_dominate::detect).collect();
    add(&mut caveats, stalls);
    add(&mut caveats, http2_declined::detect(input));
    add_setup(&mut caveats, &SetupAudit::new(input));
    caveats.extend(dependence::detect(input.evidence, input.ratios));
    add(&mut caveats, witnesses_disagree::detect(input));
    add(&mut caveats, late_answers::detect(input));
    add(&mut caveats, sockets_unseen::detect(input));
    add(&mut caveats, condition_without_effect::detect(input));
    add(&mut caveats, slow_first_trials::detect(input));
    add(&mut caveats, warm_connections::detect(input));
    add(&mut caveats, client_cpu::detect(input));
    add(&mut caveats, machine_saturated::detect(input));
    add(&mut caveats, batch_sampled::detect(input));
    add(&mut caveats, batch_too_large::detect(input));
    add(&mut caveats, coarse_timer::detect(input));
    add(&mut caveats, stopped_by_budget::detect(input));
    add(&mut caveats, few_blocks::detect(input));
    caveats
}

fn add_setup(caveats: &mut Vec<Caveat>, audit: &SetupAudit<'_>) {
    add(caveats, headers_not_sent::detect(&audit.arms));
    add(caveats, arms_differ::detect(&audit.differences));
    add(caveats, unequal_protocols::detect(audit));
    add(caveats, unequal_facts::detect(audit));
    add(caveats, shadowed_module::detect(&audit.arms));
    add(caveats, asyncio_debug::detect(&audit.arms));
    add(caveats, free_threading::detect(&audit.arms));
}

fn add<F: Into<Reason>>(
    caveats: &mut Vec<Caveat>,
    detected: impl IntoIterator<Item = Detected<F>>,
) {
    caveats.extend(detected.into_iter().map(Caveat::from));
}

/// The ratios without the verdicts that a caveat forbids.
pub(crate) fn apply_vetoes(
    mut ratios: Vec<RatioAnalysis>,
    caveats: &[Caveat],
) -> Vec<RatioAnalysis> {
    for ratio in &mut ratios {
        if caveats.iter().any(|caveat| caveat.forbids(&ratio.arm, &ratio.baseline)) {
            ratio.verdict = Verdict::Vetoed;
            ratio.blocks_needed = None;
            if let Some(companion) = &mut ratio.hodges_lehmann {
                companion.verdict = Some(Verdict::Vetoed);
            }
        }
    }
    ratios
}

/// The caveats, the most serious first. Those of one code keep their order.
pub fn by_severity(caveats: &[Caveat]) -> Vec<&Caveat> {
    let mut sorted: Vec<&Caveat> = caveats.iter().collect();
    sorted.sort_by_key(|caveat| caveat.code());
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse;
    use model::recording::{Recording, StopReason};
    use test_support::sample::Sample;

    pub(super) fn caveats(recording: &Recording) -> Vec<Caveat> {
        analyse(recording).caveats
    }

    pub(super) fn codes(recording: &Recording) -> Vec<&'static str> {
        caveats(recording).iter().map(|caveat| caveat.code().name()).collect()
    }

    pub(super) fn named<'a>(caveats: &'a [Caveat], code: &str) -> &'a Caveat {
        let mut found = caveats.iter().filter(|caveat| caveat.code().name() == code);
        let (Some(caveat), None) = (found.next(), found.next()) else {
            panic!("not one caveat {code}: {caveats:?}")
        };
        caveat
    }

    /// Ten blocks of two arms; `change` gets the block and the arm of each trial.
    pub(super) fn pair(change: impl Fn(u32, &str, &mut Sample)) -> Recording {
        let mut sample = Sample::new(&[("a/x", 2), ("b/y", 2)]);
        for block in 0..10 {
            sample.block(&[]);
            for arm in ["a/x@2", "b/y@2"] {
                sample.add_trial(arm, 100 + u64::from(block % 3));
                change(block, arm, &mut sample);
            }
        }
        sample.end(StopReason::Blocks)
    }

    pub(super) fn verdict(recording: &Recording) -> Verdict {
        analyse(recording).ratios[0].verdict
    }

    #[test]
    fn an_ordinary_run_has_no_caveat() {
        assert_eq!(codes(&Sample::three_strategies(12)), [""; 0]);
    }

    #[test]
    fn the_most_serious_caveat_comes_first_by_severity() {
        let mut recording = Sample::three_strategies(3);
        recording.closing.as_mut().expect("is closed").busy = Some(1.0);
        let found = caveats(&recording);
        assert_eq!(codes(&recording), ["machine_saturated", "few_blocks"]);
        let sorted: Vec<&str> =
            by_severity(&found).iter().map(|caveat| caveat.code().name()).collect();
        assert_eq!(sorted, ["few_blocks", "machine_saturated"]);
    }
}
