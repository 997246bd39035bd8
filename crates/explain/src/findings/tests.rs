//! Made-up runs in which a cause is known, because it was put there.

mod anything;
mod client;
mod connection;
mod coverage;
mod order;
mod request;
mod server;
mod threshold;

use std::collections::BTreeSet;

use model::arm::{ArmName, Role};
use model::experiment::{Cell, Experiment, Factor, FactorKind};
use model::recording::{Recording, StopReason};
use model::time::Span;
use model::trace::Milestone;
use model::trial::Usage;

use super::*;
use crate::analyse;
use evidence::sample::Sample;
use evidence::sample::told::{Opened, Steps, Told, micros};

/// How many blocks a made-up run has, where nothing else is said.
const BLOCKS: u32 = 12;

/// What a made-up trial was.
#[derive(Clone, Debug)]
struct Batch {
    told: Told,
    /// What the client did after its last request, in microseconds.
    after: u64,
    /// The processor time that it used, in microseconds.
    computed: Option<u64>,
}

impl Batch {
    /// What the client did after its last request.
    fn then(mut self, micros: u64) -> Self {
        self.after = micros;
        self
    }

    /// How much processor time the client used.
    fn computing(mut self, micros: u64) -> Self {
        self.computed = Some(micros);
        self
    }

    /// What both witnesses tell, otherwise.
    fn with(mut self, change: impl FnOnce(&mut Told)) -> Self {
        change(&mut self.told);
        self
    }
}

/// A block of a made-up run.
#[derive(Clone, Copy, Debug)]
struct Block(u32);

impl Block {
    /// About so much: up to 1.5 % more or less, and exactly as much on the average of four blocks.
    fn about(self, micros: u64) -> u64 {
        let permille = [985, 995, 1005, 1015][self.0 as usize % 4];
        micros * permille / 1000
    }

    /// So much on the average, but hardly the same in two blocks: mostly nothing, now and then much.
    fn wildly(self, micros: u64) -> u64 {
        if self.0.is_multiple_of(4) { 4 * micros } else { 0 }
    }
}

/// An arm by its label, with what its batches are. What follows on `#` makes it a copy of which
/// that was taken away.
type Way<'a> = (&'a str, &'a dyn Fn(Block) -> Batch);

/// A run of these ways.
fn run(ways: &[Way<'_>]) -> Sample {
    run_of(BLOCKS, ways)
}

fn run_of(blocks: u32, ways: &[Way<'_>]) -> Sample {
    let size = |way: &dyn Fn(Block) -> Batch| {
        way(Block(0)).told.columns.milestone(Milestone::Done).map_or(0, Vec::len) as u32
    };
    let arms: Vec<(&str, u32)> =
        ways.iter().map(|(name, way)| (before_hash(name), size(way))).collect();
    let mut sample = Sample::new(&arms);
    let names: Vec<String> = ways.iter().zip(&arms).map(|(way, arm)| name(way.0, arm.1)).collect();
    for (place, name) in names.iter().enumerate().filter(|(_, name)| name.contains('#')) {
        sample.as_role(place, name, Role::Toggle);
    }
    for block in 0..blocks {
        sample.block(&[]);
        for (name, (_, way)) in names.iter().zip(ways) {
            add(&mut sample, name, way(Block(block)));
        }
    }
    sample
}

fn before_hash(name: &str) -> &str {
    name.split('#').next().unwrap_or(name)
}

fn name(way: &str, size: u32) -> String {
    match way.split_once('#') {
        Some((label, without)) => format!("{label}@{size}#{without}"),
        None => format!("{way}@{size}"),
    }
}

fn add(sample: &mut Sample, arm: &str, Batch { told, after, computed }: Batch) {
    sample.and(arm, 0);
    let run = sample.last_run();
    run.finished = run.started + told.end() + micros(after);
    run.usage = Usage {
        user: computed.map(micros),
        system: computed.map(|_| Span::ZERO),
        ..Usage::default()
    };
    run.columns = told.columns;
    sample.last_trial().witness = Some(told.witness);
}

/// Sets a condition of an arm.
fn set(sample: &mut Sample, arm: &str, condition: &str, value: &str) {
    let arms = sample.plan().arms.iter_mut().filter(|planned| planned.name.0 == arm);
    for arm in arms {
        arm.conditions.insert(condition.to_owned(), value.to_owned());
    }
}

/// Says that the copy of an arm was measured to see what a cause is worth.
fn experiment(sample: &mut Sample, arm: &str, kind: FactorKind, setting: &str) {
    let cell = |name: String, on: BTreeSet<FactorKind>| Cell { arm: ArmName(name), on };
    let factor = Factor { kind, setting: setting.to_owned(), instead_of: format!("not {setting}") };
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

/// What is found in a run, in the order of the analysis.
fn findings(sample: Sample) -> Vec<Finding> {
    findings_of(&sample.end(StopReason::Blocks))
}

fn findings_of(recording: &Recording) -> Vec<Finding> {
    let findings = analyse(recording).findings;
    let mut seen = BTreeSet::new();
    for Finding { code, arm, low, seconds, high, .. } in &findings {
        assert!(seen.insert((*code, arm.clone())), "{code} of {arm} comes twice");
        assert!(!arm.0.contains('#'), "{arm} is only there for the others");
        assert!(low <= seconds && (seconds <= high || high.is_none()), "{code}: {findings:?}");
    }
    findings
}

/// The finding of a code for an arm, which must be there.
fn the<'a>(findings: &'a [Finding], code: FindingCode, arm: &str) -> &'a Finding {
    let found = findings.iter().find(|finding| finding.code == code && finding.arm.0 == arm);
    found.unwrap_or_else(|| panic!("no {code} of {arm} among {:?}", told(findings)))
}

/// That a code fired for an arm, against another or by itself, with a size in microseconds.
#[track_caller]
fn assert_found(findings: &[Finding], code: FindingCode, [arm, versus]: [&str; 2], micros: u64) {
    let found = the(findings, code, arm);
    let against = found.versus.as_ref().map_or("", |versus| versus.0.as_str());
    assert_eq!(against, versus, "{:?}", told(findings));
    let seconds = found.seconds.unwrap_or_else(|| panic!("{code} has no size"));
    let off = 1e6 * seconds - micros as f64;
    assert!(off.abs() < 2.0, "{code} of {arm} is {off} µs off: {:?}", told(findings));
    assert!(!found.sentence.is_empty() && !found.evidence.is_empty());
    assert!(found.evidence.iter().all(|evidence| !evidence.is_empty()), "{:?}", found.evidence);
}

/// That a code fired for no arm.
#[track_caller]
fn assert_not_found(findings: &[Finding], code: FindingCode) {
    let found = findings.iter().any(|finding| finding.code == code);
    assert!(!found, "{code} is among {:?}", told(findings));
}

/// The findings, for the message of a test that fails.
fn told(findings: &[Finding]) -> Vec<String> {
    let told = |finding: &Finding| {
        let Finding { code, arm, versus, seconds, low, high, .. } = finding;
        format!("{code} of {arm} against {versus:?}: {seconds:?} [{low:?}, {high:?}]")
    };
    findings.iter().map(told).collect()
}

/// A batch of requests with these steps, on so many places that each open a connection, begun
/// after 1 ms.
fn batch(places: u64, requests: &[Steps]) -> Batch {
    opened(Opened::Once, places, requests)
}

fn opened(opened: Opened, places: u64, requests: &[Steps]) -> Batch {
    Batch { told: Told::over(places, opened, 1000, requests), after: 0, computed: None }
}

/// A single request that opens its connection.
fn single(steps: Steps) -> Batch {
    batch(1, &[steps])
}

/// So many equal requests at once, each on a connection of its own.
fn at_once(requests: u64) -> Batch {
    batch(requests, &vec![Steps::default(); requests as usize])
}

/// So many equal requests, one after another on one connection.
fn in_turn(requests: u64) -> Batch {
    batch(1, &vec![Steps::default(); requests as usize])
}
