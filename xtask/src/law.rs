//! Whether the law of the batch predicts a size that it was not fitted to.
//!
//! Every built-in strategy, cold and warm, with as many workers, permits and kept connections as
//! the largest batch has requests, in batches of 1, 2, 4, 8 and 32, which take turns in random
//! order. The law is fitted to the first four and asked about the last. The goal is that it comes
//! within 5 % of the median there, or says beforehand why it would not.

use anyhow::{Context, Result, bail};
use explain::{Prediction, predict};
use model::arm::{Arm, BatchSize, Label};
use model::link::Link;
use model::recording::Recording;
use model::strategy::{Conditions, StrategySpec};
use model::time::Span;
use model::trial::Trial;
use runner::process_groups::ProcessGroups;
use stats::describe::describe;

use crate::laboratory::{open, plan, record, start_endpoint, strategies};

const FITTED: [u32; 4] = [1, 2, 4, 8];
const PREDICTED: BatchSize = BatchSize(32);
const BLOCKS: u32 = 30;
/// The conditions that limit how many requests are under way or how many connections are kept.
const LIMITS: [&str; 3] = ["workers", "concurrency", "pool"];
/// How far the prediction may lie from the median, as a share.
const GOAL: f64 = 0.05;

/// Measures, and prints a line for each strategy; an error where the goal is missed.
pub(crate) fn measure() -> Result<()> {
    let groups = ProcessGroups::default();
    let specs = strategies(&groups)?;
    let mut missed = 0;
    println!("fitted at {FITTED:?}, predicted at {PREDICTED}, in ms, {BLOCKS} blocks");
    for session in ["cold", "warm"] {
        let mut endpoint = start_endpoint(&groups)?;
        let target = open(&mut endpoint, &Link::default(), PREDICTED.0)?;
        let plan = plan(arms(&specs, session), target, BLOCKS);
        let recording = record(&plan, endpoint, &groups)?;
        for spec in &specs {
            let outcome = Outcome::of(&recording, &label(spec, session))?;
            println!("{}", outcome.row());
            missed += usize::from(!outcome.is_good());
        }
    }
    if missed > 0 {
        bail!("the law missed {missed} times without having said why");
    }
    Ok(())
}

/// What was said of a strategy, and what was found.
struct Outcome {
    label: Label,
    predicted: f64,
    half_width: Option<f64>,
    median: f64,
    doubts: Vec<String>,
}

impl Outcome {
    fn of(recording: &Recording, label: &Label) -> Result<Self> {
        let Prediction { time, doubts } = predict(&without_predicted(recording), label, PREDICTED)
            .with_context(|| format!("there is no law of {label}"))?;
        let time = time.with_context(|| format!("no size of {label} could be fitted"))?;
        Ok(Self {
            label: label.clone(),
            predicted: time.seconds,
            half_width: time.high.map(|high| high - time.seconds),
            median: median(recording, label).context("nothing was measured")?,
            doubts,
        })
    }

    fn error(&self) -> f64 {
        self.predicted / self.median - 1.0
    }

    fn is_good(&self) -> bool {
        self.error().abs() <= GOAL || !self.doubts.is_empty()
    }

    fn row(&self) -> String {
        let said = if self.doubts.is_empty() {
            String::new()
        } else {
            format!("  said: {}", self.doubts.join("; "))
        };
        let half_width = self.half_width.map_or(f64::NAN, |half_width| 1e3 * half_width);
        format!(
            "{:<22} predicted {:>7.2} ± {half_width:>5.2}  median {:>7.2}  {:>+5.1} %{said}",
            self.label.0,
            1e3 * self.predicted,
            1e3 * self.median,
            100.0 * self.error(),
        )
    }
}

/// The recording as it would be if the predicted size had never been measured.
fn without_predicted(recording: &Recording) -> Recording {
    let mut recording = recording.clone();
    let plan = recording.plan.as_mut();
    let arms = plan.map(|plan| std::mem::take(&mut plan.arms)).unwrap_or_default();
    let (kept, dropped): (Vec<Arm>, Vec<Arm>) =
        arms.into_iter().partition(|arm| arm.batch_size != PREDICTED);
    let is_dropped = |trial: &Trial| dropped.iter().any(|arm| arm.name == trial.arm);
    recording.trials.retain(|trial| !is_dropped(trial));
    if let Some(plan) = &mut recording.plan {
        plan.arms = kept;
    }
    recording
}

fn median(recording: &Recording, label: &Label) -> Option<f64> {
    let arm = Arm::measured_name(label, PREDICTED);
    let counted = recording.trials.iter().filter(|trial| trial.place().is_some());
    let times = counted.filter(|trial| trial.arm == arm).filter_map(Trial::batch_time);
    describe(&times.map(Span::as_secs).collect::<Vec<f64>>()).median
}

fn label(spec: &StrategySpec, session: &str) -> Label {
    Label(format!("{} {session}", spec.name))
}

/// Every condition of a strategy, none of which limits a batch.
fn unlimited(spec: &StrategySpec, session: &str) -> Conditions {
    let most = PREDICTED.to_string();
    let mut given = Conditions::from([("session".to_owned(), session.to_owned())]);
    given.extend(LIMITS.map(|name| (name.to_owned(), most.clone())));
    given.retain(|name, _| spec.condition(name).is_some());
    spec.complete(&given)
}

fn arms(specs: &[StrategySpec], session: &str) -> Vec<Arm> {
    let arm = |spec: &StrategySpec, size: BatchSize| {
        Arm::measured(label(spec, session), &spec.name, unlimited(spec, session), size)
    };
    let sizes = || FITTED.map(BatchSize).into_iter().chain([PREDICTED]);
    specs.iter().flat_map(|spec| sizes().map(move |size| arm(spec, size))).collect()
}
