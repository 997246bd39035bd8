//! How well the cost model predicts a batch size that it was not fitted to.
//!
//! Measures every built-in strategy, cold and warm, in batches of 1, 2, 4, 8 and 32. Workers, permits
//! and kept connections are as many as the largest batch needs. The model is fitted to the first
//! four sizes and predicts the last. The goal: the prediction is within 5% of the median, or it comes
//! with a warning.

use anyhow::{Context, Result, bail};
use explain::{CostModel, Prediction, predict};
use model::arm::{Arm, BatchSize, Label};
use model::link::Link;
use model::recording::Recording;
use model::strategy::{Conditions, StrategySpec};
use model::time::Span;
use model::trial::Trial;
use runner::process_groups::ProcessGroups;
use stats::describe::describe;

use crate::harness::{open, plan, record, start_endpoint, strategies};

const FITTED: [u32; 4] = [1, 2, 4, 8];
const PREDICTED: BatchSize = BatchSize(32);
const BLOCKS: u32 = 30;
/// The conditions that limit the requests in flight or the idle connections.
const LIMITS: [&str; 3] = ["workers", "concurrency", "pool"];
/// The largest accepted error of a prediction, as a fraction.
const GOAL: f64 = 0.05;

/// Measures and prints a line for each strategy. Fails if the goal is missed.
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
            let check = PredictionCheck::new(&recording, &label(spec, session))?;
            println!("{}", check.row());
            missed += usize::from(!check.is_good());
        }
    }
    if missed > 0 {
        bail!("{missed} predictions are off by more than 5% without a warning");
    }
    Ok(())
}

/// The prediction for a strategy beside its measured median.
struct PredictionCheck {
    label: Label,
    model: CostModel,
    predicted: f64,
    half_width: Option<f64>,
    median: f64,
    doubts: Vec<String>,
}

impl PredictionCheck {
    fn new(recording: &Recording, label: &Label) -> Result<Self> {
        let Prediction { time, model, doubts } =
            predict(&without_predicted(recording), label, PREDICTED)
                .with_context(|| format!("{label} has no cost model"))?;
        let time =
            time.with_context(|| format!("the cost model of {label} could not be fitted"))?;
        Ok(Self {
            label: label.clone(),
            model,
            predicted: time.seconds,
            half_width: time.high.map(|high| high - time.seconds),
            median: median(recording, label).context("no trial was counted")?,
            doubts: doubts.iter().map(|doubt| words::law::doubt(doubt, PREDICTED)).collect(),
        })
    }

    fn error(&self) -> f64 {
        self.predicted / self.median - 1.0
    }

    fn is_good(&self) -> bool {
        self.error().abs() <= GOAL || !self.doubts.is_empty()
    }

    fn row(&self) -> String {
        let warnings = if self.doubts.is_empty() {
            String::new()
        } else {
            format!("  warning: {}", self.doubts.join("; "))
        };
        let half_width = self.half_width.map_or(f64::NAN, |half_width| 1e3 * half_width);
        format!(
            "{:<22} {:<6} predicts {:>7.2} ± {half_width:>5.2}  median {:>7.2}  {:>+5.1}%{warnings}",
            self.label.0,
            self.model.name(),
            1e3 * self.predicted,
            1e3 * self.median,
            100.0 * self.error(),
        )
    }
}

/// The recording without the trials of the predicted size.
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

/// The conditions of a strategy, none of which limits a batch.
fn unlimited(spec: &StrategySpec, session: &str) -> Conditions {
    let largest = PREDICTED.to_string();
    let mut given = Conditions::from([("session".to_owned(), session.to_owned())]);
    given.extend(LIMITS.map(|name| (name.to_owned(), largest.clone())));
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
