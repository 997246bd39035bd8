//! The results of all runs: the confusion table, the misses, the sizes and the goals.

use std::fmt;

use super::case::{Case, GroundTruth};
use super::confusion::Confusion;
use super::evaluation::{Evaluation, Mistake, SizeError};

/// The fraction of the runs in which the first finding must be right: 143 of 150.
const RIGHT: f64 = 143.0 / 150.0;

/// The results of all runs.
#[derive(Default)]
pub(crate) struct Tally {
    confusion: Confusion,
    runs: usize,
    clean: usize,
    false_alarms: usize,
    misses: Vec<String>,
    sizes: Vec<Sizes>,
    skipped: Vec<String>,
}

/// The errors of the sizes of a case.
struct Sizes {
    case: String,
    formula: String,
    worst: SizeError,
    checked: usize,
    within: usize,
}

impl Tally {
    /// Adds a run.
    pub(crate) fn add(&mut self, case: &Case, seed: u64, evaluation: Evaluation) {
        self.confusion.count(case.truth.code(), evaluation.found);
        self.runs += 1;
        self.clean += usize::from(case.truth.is_clean());
        if evaluation.mistake.is_some() {
            self.false_alarms += usize::from(evaluation.mistake == Some(Mistake::FalseAlarm));
            self.misses.push(format!("{} {seed}: {evaluation}", case.scenario.name));
        }
        if let (GroundTruth::Cause { injected: Some(injected), .. }, Some(size)) =
            (&case.truth, evaluation.size)
        {
            self.add_size(&case.scenario.name, &injected.formula, size);
        }
    }

    /// Notes a case that could not run.
    pub(crate) fn skip(&mut self, case: &Case) {
        self.skipped.push(case.scenario.name.clone());
    }

    /// Whether all cases ran and all goals are reached.
    pub(crate) fn reaches_its_goals(&self) -> bool {
        self.skipped.is_empty() && self.goals().iter().all(|goal| goal.is_reached)
    }

    fn add_size(&mut self, case: &str, formula: &str, size: SizeError) {
        let within = usize::from(size.is_within());
        match self.sizes.last_mut().filter(|sizes| sizes.case == case) {
            Some(sizes) => {
                sizes.worst = sizes.worst.larger(size);
                sizes.checked += 1;
                sizes.within += within;
            }
            None => self.sizes.push(Sizes {
                case: case.to_owned(),
                formula: formula.to_owned(),
                worst: size,
                checked: 1,
                within,
            }),
        }
    }

    fn goals(&self) -> [Goal; 3] {
        let right = self.runs - self.misses.len();
        let needed = (RIGHT * self.runs as f64).ceil() as usize;
        let checked: usize = self.sizes.iter().map(|sizes| sizes.checked).sum();
        let within: usize = self.sizes.iter().map(|sizes| sizes.within).sum();
        let (runs, clean, alarms) = (self.runs, self.clean, self.false_alarms);
        [
            Goal {
                words: format!(
                    "the first finding is right in {right} of {runs} runs (goal {needed})"
                ),
                is_reached: right >= needed,
            },
            Goal {
                words: format!("{alarms} false alarms in {clean} clean runs (goal 0)"),
                is_reached: alarms == 0,
            },
            Goal {
                words: format!("{within} of {checked} sizes are within 15% of the injected size"),
                is_reached: within == checked,
            },
        ]
    }
}

/// A goal, and whether it is reached.
struct Goal {
    words: String,
    is_reached: bool,
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.confusion)?;
        if !self.misses.is_empty() {
            writeln!(formatter, "\nmissed")?;
        }
        for miss in &self.misses {
            writeln!(formatter, "  {miss}")?;
        }
        if !self.sizes.is_empty() {
            writeln!(
                formatter,
                "\nsizes: the worst error of each case, and how many are within 15%"
            )?;
        }
        for Sizes { case, formula, worst, checked, within } in &self.sizes {
            let worst = worst.to_string();
            writeln!(formatter, "  {case:<34}{worst:>9}  {within} of {checked}  {formula}")?;
        }
        writeln!(formatter)?;
        for Goal { words, is_reached } in &self.goals() {
            writeln!(formatter, "{}  {words}", if *is_reached { "pass" } else { "FAIL" })?;
        }
        if !self.skipped.is_empty() {
            writeln!(formatter, "FAIL  not run: {}", self.skipped.join(", "))?;
        }
        Ok(())
    }
}
