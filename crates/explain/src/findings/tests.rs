//! Synthetic runs with a known cause.

mod anything;
mod bodies;
mod client;
mod connection;
mod coverage;
mod http2;
mod losses;
mod order;
mod request;
mod server;
mod threads;
mod threshold;

use std::collections::BTreeSet;

use model::arm::{ArmName, Role};
use model::experiment::{Experiment, ExperimentCell, Factor, FactorKind};
use model::link::Link;
use model::recording::{Recording, StopReason};
use model::time::Span;
use model::trace::Milestone;
use model::trial::Usage;

use super::*;
use crate::analyse;
use test_support::sample::Sample;
use test_support::sample::synthetic::{Opening, Steps, SyntheticTrial, micros};

/// How many blocks a synthetic run has by default.
const BLOCKS: u32 = 12;

/// A synthetic trial.
#[derive(Clone, Debug)]
struct Batch {
    observed: SyntheticTrial,
    /// What the client did after its last request, in microseconds.
    after: u64,
    /// The CPU time that it used, in microseconds.
    computed: Option<u64>,
}

impl Batch {
    /// What the client did after its last request.
    fn then(mut self, micros: u64) -> Self {
        self.after = micros;
        self
    }

    /// How much CPU time the client used.
    fn computing(mut self, micros: u64) -> Self {
        self.computed = Some(micros);
        self
    }

    /// Changes what the trace and the witness report.
    fn with(mut self, change: impl FnOnce(&mut SyntheticTrial)) -> Self {
        change(&mut self.observed);
        self
    }
}

/// A block of a synthetic run.
#[derive(Clone, Copy, Debug)]
struct Block(u32);

impl Block {
    /// About this much: up to 1.5% more or less, and exactly as much on average over four blocks.
    fn about(self, micros: u64) -> u64 {
        let permille = [985, 995, 1005, 1015][self.0 as usize % 4];
        micros * permille / 1000
    }

    /// This much on average, but very different from block to block: mostly nothing, sometimes much.
    fn wildly(self, micros: u64) -> u64 {
        if self.0.is_multiple_of(4) { 4 * micros } else { 0 }
    }
}

/// An arm by its label, with its batches. What follows a `#` makes it a copy without that cause.
type TestArm<'a> = (&'a str, &'a dyn Fn(Block) -> Batch);

/// A link that bodies can fill.
fn narrow_link() -> Link {
    "bandwidth=10Mbit".parse().expect("a link")
}

/// A run of these arms.
fn run(arms: &[TestArm<'_>]) -> Sample {
    run_of(BLOCKS, arms)
}

fn run_of(blocks: u32, arms: &[TestArm<'_>]) -> Sample {
    let size = |batch: &dyn Fn(Block) -> Batch| {
        batch(Block(0)).observed.columns.milestone(Milestone::Done).map_or(0, Vec::len) as u32
    };
    let sizes: Vec<(&str, u32)> =
        arms.iter().map(|(label, batch)| (before_hash(label), size(batch))).collect();
    let mut sample = Sample::new(&sizes);
    let names: Vec<String> =
        arms.iter().zip(&sizes).map(|(arm, (_, size))| arm_name(arm.0, *size)).collect();
    for (place, name) in names.iter().enumerate().filter(|(_, name)| name.contains('#')) {
        sample.set_role(place, name, Role::Toggle);
    }
    for block in 0..blocks {
        sample.block(&[]);
        for (name, (_, batch)) in names.iter().zip(arms) {
            add(&mut sample, name, batch(Block(block)));
        }
    }
    sample
}

fn before_hash(name: &str) -> &str {
    name.split('#').next().unwrap_or(name)
}

fn arm_name(label: &str, size: u32) -> String {
    match label.split_once('#') {
        Some((label, without)) => format!("{label}@{size}#{without}"),
        None => format!("{label}@{size}"),
    }
}

fn add(sample: &mut Sample, arm: &str, Batch { observed, after, computed }: Batch) {
    sample.add_trial(arm, 0);
    let run = sample.last_run();
    run.finished = run.started + observed.end() + micros(after);
    run.usage = Usage {
        user: computed.map(micros),
        system: computed.map(|_| Span::ZERO),
        ..Usage::default()
    };
    run.columns = observed.columns;
    sample.last_trial().witness = Some(observed.witness);
}

/// Sets a condition of an arm.
fn set(sample: &mut Sample, arm: &str, condition: &str, value: &str) {
    let arms = sample.plan().arms.iter_mut().filter(|planned| planned.name.0 == arm);
    for arm in arms {
        arm.conditions.insert(condition.to_owned(), value.to_owned());
    }
}

/// Adds an experiment that removes a cause from a copy of an arm.
fn experiment(sample: &mut Sample, arm: &str, kind: FactorKind, setting: &str) {
    let cell = |name: String, on: BTreeSet<FactorKind>| ExperimentCell { arm: ArmName(name), on };
    let factor = Factor {
        kind,
        setting: setting.to_owned(),
        instead_of: format!("not {setting}"),
        reason: None,
    };
    sample.plan().experiments.push(Experiment {
        arm: ArmName(arm.to_owned()),
        versus: None,
        factors: vec![factor],
        cells: vec![
            cell(arm.to_owned(), BTreeSet::new()),
            cell(format!("{arm}#{setting}"), [kind].into()),
        ],
    });
}

/// The findings of a run, in the order of the analysis.
fn findings(sample: Sample) -> Vec<Finding> {
    findings_of(&sample.end(StopReason::Blocks))
}

fn findings_of(recording: &Recording) -> Vec<Finding> {
    let findings = analyse(recording).findings;
    let mut seen = BTreeSet::new();
    for Finding { code, arm, size, .. } in &findings {
        assert!(seen.insert((*code, arm.clone())), "{code} of {arm} is found twice");
        assert!(!arm.0.contains('#'), "{arm} is a copy");
        let Some(Estimate { seconds, low, high }) = *size else { continue };
        let (seconds, above) = (Some(seconds), high.is_none_or(|high| seconds <= high));
        assert!(low <= seconds && above, "{code}: {findings:?}");
    }
    findings
}

/// The finding of a code for an arm, which must be there.
fn the<'a>(findings: &'a [Finding], code: FindingCode, arm: &str) -> &'a Finding {
    let found = findings.iter().find(|finding| finding.code == code && finding.arm.0 == arm);
    found.unwrap_or_else(|| panic!("no {code} of {arm} among {:?}", summaries(findings)))
}

/// Asserts that a code was found in an arm, against another or by itself, with a charge in microseconds;
/// where it is confirmed, with the time that its removal saved.
#[track_caller]
fn assert_found(findings: &[Finding], code: FindingCode, [arm, versus]: [&str; 2], micros: u64) {
    let found = the(findings, code, arm);
    let against = found.versus.as_ref().map_or("", |versus| versus.arm.0.as_str());
    assert_eq!(against, versus, "{:?}", summaries(findings));
    let size = if found.because { found.size } else { found.charged };
    let size = size.unwrap_or_else(|| panic!("{code} has no size"));
    let off = 1e6 * size.seconds - micros as f64;
    assert!(off.abs() < 2.0, "{code} of {arm} is {off} µs off: {:?}", summaries(findings));
    assert!(!found.evidence.is_empty(), "{code} has no evidence");
}

/// Asserts that a code was found in no arm.
#[track_caller]
fn assert_not_found(findings: &[Finding], code: FindingCode) {
    let found = findings.iter().any(|finding| finding.code == code);
    assert!(!found, "{code} is among {:?}", summaries(findings));
}

/// The findings, for the message of a failed test.
fn summaries(findings: &[Finding]) -> Vec<String> {
    let summary = |finding: &Finding| {
        let Finding { code, arm, versus, size, charged, promise, .. } = finding;
        format!("{code} of {arm} against {versus:?}: {size:?} of {charged:?}, {promise:?}")
    };
    findings.iter().map(summary).collect()
}

/// A batch of requests with these steps, by this many workers that each open a connection, started
/// after 1 ms.
fn batch(places: u64, requests: &[Steps]) -> Batch {
    opened(Opening::Once, places, requests)
}

fn opened(opened: Opening, places: u64, requests: &[Steps]) -> Batch {
    Batch {
        observed: SyntheticTrial::over(places, opened, 1000, requests),
        after: 0,
        computed: None,
    }
}

/// A single request that opens its connection.
fn single(steps: Steps) -> Batch {
    batch(1, &[steps])
}

/// This many equal requests at once, each on its own connection.
fn concurrent(requests: u64) -> Batch {
    batch(requests, &vec![Steps::default(); requests as usize])
}

/// This many equal requests, one after another on one connection.
fn sequential(requests: u64) -> Batch {
    batch(1, &vec![Steps::default(); requests as usize])
}
