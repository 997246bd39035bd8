//! How often a run claims a difference where there is none: 200 real runs of a strategy against
//! itself.
//!
//! Each run has its own seed and processes, ten blocks, and the verdict that a user sees. A verdict
//! may be wrong in one run of 20. The task prints the number of wrong verdicts beside the range that
//! chance alone explains.

use anyhow::{Context, Result};
use explain::analyse;
use model::arm::{Arm, BatchSize, Label};
use model::link::Link;
use model::plan::Plan;
use model::strategy::StrategySpec;
use model::time::Span;
use runner::process_groups::ProcessGroups;
use words::document::Document;

use crate::harness::{conditions, open, plan, record, start_endpoint, strategies};

const RUNS: u64 = 200;
const BLOCKS: u32 = 10;
const BATCH: BatchSize = BatchSize(4);
/// The verdicts that claim no difference.
const NO_CLAIM: [&str; 3] = ["inconclusive", "practically equal", "vetoed"];
/// The central 95% interval of the number of wrong verdicts in 200 runs at a rate of 5%, by the
/// binomial distribution.
const BY_CHANCE: std::ops::RangeInclusive<usize> = 4..=16;

/// Makes the runs and prints the number of false claims.
pub(crate) fn measure() -> Result<()> {
    let groups = ProcessGroups::default();
    for spec in strategies(&groups)? {
        let mut claims = 0;
        for seed in 0..RUNS {
            claims += usize::from(claims_a_difference(&spec, seed, &groups)?);
        }
        println!(
            "{:<16} against itself, {RUNS} runs of {BLOCKS} blocks: {claims} false claims \
             (expected 10, by chance {} to {})",
            spec.name,
            BY_CHANCE.start(),
            BY_CHANCE.end(),
        );
    }
    Ok(())
}

fn claims_a_difference(spec: &StrategySpec, seed: u64, groups: &ProcessGroups) -> Result<bool> {
    let mut endpoint = start_endpoint(groups)?;
    let link = Link { rtt: Span::ZERO, ..Link::default() };
    let target = open(&mut endpoint, &link, BATCH.0)?;
    let plan = Plan { seed, pilot_trials: 3, ..plan(arms(spec), target, BLOCKS) };
    let recording = record(&plan, endpoint, groups)?;
    let analysis =
        serde_json::to_value(Document::new(&analyse(&recording), recording.plan.as_ref()))?;
    let verdict =
        analysis["ratios"][0]["verdict"].as_str().context("the analysis has no verdict")?;
    Ok(!NO_CLAIM.contains(&verdict))
}

fn arms(spec: &StrategySpec) -> Vec<Arm> {
    let arm = |label: &str| {
        Arm::measured(Label(label.to_owned()), &spec.name, conditions(spec, "cold"), BATCH)
    };
    ["first", "second"].map(arm).to_vec()
}
