//! All runs together: the confusion table, what was missed, the sizes, and what is asked for.

use std::fmt;

use super::case::{Case, Truth};
use super::confusion::Confusion;
use super::judgement::{Judgement, SizeError, Wrong};

/// The share of the runs in which the first finding must be right: 143 of 150.
const RIGHT: f64 = 143.0 / 150.0;

/// All runs together.
#[derive(Default)]
pub(crate) struct Tally {
    confusion: Confusion,
    runs: usize,
    clean: usize,
    false_alarms: usize,
    misses: Vec<String>,
    sizes: Vec<Sizes>,
    left_out: Vec<String>,
}

/// How far the sizes of a case were from what was injected.
struct Sizes {
    case: String,
    formula: String,
    worst: SizeError,
    judged: usize,
    within: usize,
}

impl Tally {
    /// Adds a run.
    pub(crate) fn add(&mut self, case: &Case, seed: u64, judgement: Judgement) {
        self.confusion.count(case.truth.code(), judgement.came);
        self.runs += 1;
        self.clean += usize::from(case.truth.is_clean());
        if judgement.wrong.is_some() {
            self.false_alarms += usize::from(judgement.wrong == Some(Wrong::FalseAlarm));
            self.misses.push(format!("{} {seed}: {judgement}", case.name));
        }
        if let (Truth::Cause { injected: Some(injected), .. }, Some(size)) =
            (&case.truth, judgement.size)
        {
            self.add_size(&case.name, &injected.formula, size);
        }
    }

    /// Notes a case that could not be run.
    pub(crate) fn leave_out(&mut self, case: &Case) {
        self.left_out.push(case.name.clone());
    }

    /// Whether everything that is asked for is reached, by all cases.
    pub(crate) fn reaches_its_goals(&self) -> bool {
        self.left_out.is_empty() && self.goals().iter().all(|goal| goal.is_reached)
    }

    fn add_size(&mut self, case: &str, formula: &str, size: SizeError) {
        let within = usize::from(size.is_within());
        match self.sizes.last_mut().filter(|sizes| sizes.case == case) {
            Some(sizes) => {
                sizes.worst = sizes.worst.larger(size);
                sizes.judged += 1;
                sizes.within += within;
            }
            None => self.sizes.push(Sizes {
                case: case.to_owned(),
                formula: formula.to_owned(),
                worst: size,
                judged: 1,
                within,
            }),
        }
    }

    fn goals(&self) -> [Goal; 3] {
        let right = self.runs - self.misses.len();
        let wanted = (RIGHT * self.runs as f64).ceil() as usize;
        let judged: usize = self.sizes.iter().map(|sizes| sizes.judged).sum();
        let within: usize = self.sizes.iter().map(|sizes| sizes.within).sum();
        let (runs, clean, alarms) = (self.runs, self.clean, self.false_alarms);
        [
            Goal {
                words: format!(
                    "the first finding is right in {right} of {runs} runs (goal {wanted})"
                ),
                is_reached: right >= wanted,
            },
            Goal {
                words: format!("{alarms} false alarms in {clean} clean runs (goal 0)"),
                is_reached: alarms == 0,
            },
            Goal {
                words: format!("{within} of {judged} sizes are within 15 % of what was injected"),
                is_reached: within == judged,
            },
        ]
    }
}

/// Something that is asked for, and whether it is reached.
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
                "\nsizes: the worst error of each case, and how many are within 15 %"
            )?;
        }
        for Sizes { case, formula, worst, judged, within } in &self.sizes {
            let worst = worst.to_string();
            writeln!(formatter, "  {case:<34}{worst:>9}  {within} of {judged}  {formula}")?;
        }
        writeln!(formatter)?;
        for Goal { words, is_reached } in &self.goals() {
            writeln!(formatter, "{}  {words}", if *is_reached { "pass" } else { "FAIL" })?;
        }
        if !self.left_out.is_empty() {
            writeln!(formatter, "FAIL  not run: {}", self.left_out.join(", "))?;
        }
        Ok(())
    }
}
