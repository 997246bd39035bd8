//! What one arm of a cell is predicted to take, from the same client over the other version of HTTP.

use std::fmt;

use anyhow::{Context, Result};
use explain::whatif::{Setting, WhatIf, predict_arms};
use model::arm::Arm;
use model::recording::Recording;
use model::strategy::Conditions;

/// The condition that names the version.
const HTTP: &str = "http";

/// From which version which one is predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    ToHttp2,
    ToHttp1,
}

impl Direction {
    pub(crate) const ALL: [Self; 2] = [Self::ToHttp2, Self::ToHttp1];

    /// The versions: of what is known, and of what is predicted.
    const fn versions(self) -> [&'static str; 2] {
        match self {
            Self::ToHttp2 => ["1.1", "2"],
            Self::ToHttp1 => ["2", "1.1"],
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [known, predicted] = self.versions();
        formatter.pad(&format!("HTTP/{known} to HTTP/{predicted}"))
    }
}

/// A prediction beside what was measured in the same run.
#[derive(Clone, Debug)]
pub(crate) struct Predicted {
    pub(crate) direction: Direction,
    /// The conditions of the predicted arm.
    conditions: Conditions,
    /// The seed of its run and its batch size: arms of different ones are never compared.
    run: RunKey,
    /// The time, in seconds; none where the program refuses.
    pub(crate) seconds: Option<f64>,
    pub(crate) measured: f64,
    /// What the arm takes from which it is predicted.
    pub(crate) known: f64,
}

/// What tells the runs of the cells apart.
#[derive(Clone, Debug, PartialEq, Eq)]
struct RunKey {
    seed: u64,
    targets: String,
}

impl Predicted {
    /// Whether the predicted arm has a condition.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.conditions.get(name).is_some_and(|it| it == value)
    }

    /// The error as a share of the measured time; none where nothing is predicted.
    pub(crate) fn error(&self) -> Option<f64> {
        Some(self.seconds? / self.measured - 1.0)
    }

    /// Whether two predictions are of arms that differ in nothing but their client.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        self.direction == other.direction
            && self.run == other.run
            && self.conditions == other.conditions
    }
}

/// Predicts each arm from the one over the other version.
pub(crate) fn predict(recording: &Recording) -> Result<Vec<Predicted>> {
    let plan = recording.plan.as_ref().context("the run has no plan")?;
    let run = RunKey { seed: plan.seed, targets: format!("{:?}", plan.targets) };
    let mut predicted = Vec::new();
    for direction in Direction::ALL {
        let [from, to] = direction.versions();
        let setting = Setting { name: HTTP.to_owned(), value: to.to_owned() };
        let question = WhatIf { settings: vec![setting], batch_size: None };
        let answers = predict_arms(recording, &question).context("the run has no plan")?;
        for answer in &answers {
            let arm_of = |name| plan.arms.iter().find(|arm| arm.name == name);
            let arm = arm_of(answer.arm.clone()).context("an arm is not in the plan")?;
            if arm.conditions.get(HTTP).is_none_or(|version| version != from) {
                continue;
            }
            let other = plan.arms.iter().find(|other| is_counterpart(arm, other, to));
            let other = other.context("no arm speaks the other version")?;
            let measured = answers.iter().find(|answer| answer.arm == other.name);
            let Some(measured) = measured.and_then(|answer| answer.measured) else { continue };
            predicted.push(Predicted {
                direction,
                conditions: other.conditions.clone(),
                run: run.clone(),
                seconds: answer.outcome.as_ref().ok().map(|batch| batch.time.seconds),
                measured,
                known: answer.measured.unwrap_or(measured),
            });
        }
    }
    Ok(predicted)
}

/// Whether another arm is the same but for its version.
fn is_counterpart(arm: &Arm, other: &Arm, version: &str) -> bool {
    let mut conditions = arm.conditions.clone();
    conditions.insert(HTTP.to_owned(), version.to_owned());
    arm.strategy == other.strategy && other.conditions == conditions
}
