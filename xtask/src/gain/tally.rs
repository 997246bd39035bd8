//! The results of all pairs: the share that is right, the errors, and the goals.

use std::fmt;

use stats::describe::describe;
use words::number::percent;

use super::judgement::{Judgement, ShareOfBatch, Verdict};

/// The share of the promises that must be right.
const RIGHT: f64 = 0.9;

/// The results of all runs.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    judged: Vec<JudgedPair>,
    without_result: Vec<String>,
    not_run: Vec<String>,
}

#[derive(Debug)]
struct JudgedPair {
    name: String,
    judgement: Judgement,
}

/// A goal, and whether it is reached.
struct Goal {
    words: String,
    is_reached: bool,
}

impl Tally {
    /// Adds a judged run.
    pub(crate) fn add(&mut self, name: &str, judgement: Judgement) {
        self.judged.push(JudgedPair { name: name.to_owned(), judgement });
    }

    /// Adds a run without a result. It counts as a promise that is not right.
    pub(crate) fn add_without_result(&mut self, name: &str) {
        self.without_result.push(name.to_owned());
    }

    /// Notes a pair that could not run.
    pub(crate) fn skip(&mut self, name: &str) {
        self.not_run.push(name.to_owned());
    }

    /// Whether all pairs ran and all goals are reached.
    pub(crate) fn reaches_its_goals(&self) -> bool {
        self.not_run.is_empty() && self.goals().iter().all(|goal| goal.is_reached)
    }

    fn goals(&self) -> [Goal; 3] {
        let runs = self.judged.len() + self.without_result.len();
        let needed = (RIGHT * runs as f64).ceil() as usize;
        let right = self.judged.iter().filter(|pair| pair.judgement.error().is_accepted()).count();
        let (slower, vain) = (self.named(Verdict::Slower), self.named(Verdict::InVain));
        [
            Goal {
                words: format!(
                    "{right} of {runs} promises are within 5% of the batch (goal {needed})"
                ),
                is_reached: right >= needed,
            },
            Goal {
                words: format!("{} remedies made the batch slower (goal 0)", counted(&slower)),
                is_reached: slower.is_empty(),
            },
            Goal {
                words: format!("{} promises where nothing is gained (goal 0)", counted(&vain)),
                is_reached: vain.is_empty(),
            },
        ]
    }

    fn named(&self, verdict: Verdict) -> Vec<&str> {
        let with_verdict = self.judged.iter().filter(|pair| pair.judgement.verdict() == verdict);
        with_verdict.map(|pair| pair.name.as_str()).collect()
    }

    fn errors(&self) -> Option<Errors> {
        let errors: Vec<f64> =
            self.judged.iter().map(|pair| pair.judgement.error().size().0).collect();
        let described = describe(&errors);
        Some(Errors {
            median: ShareOfBatch(described.median?),
            worst: ShareOfBatch(described.max?),
        })
    }

    /// The runs whose promise is not right although the measured gain is too uncertain to tell.
    fn noisy(&self) -> Vec<&str> {
        let noisy = self
            .judged
            .iter()
            .filter(|pair| !pair.judgement.error().is_accepted() && pair.judgement.is_noisy());
        noisy.map(|pair| pair.name.as_str()).collect()
    }
}

/// The errors of the promises, without their signs.
struct Errors {
    median: ShareOfBatch,
    worst: ShareOfBatch,
}

/// A number of runs with their names.
fn counted(names: &[&str]) -> String {
    if names.is_empty() {
        return "0".to_owned();
    }
    format!("{} ({})", names.len(), names.join(", "))
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Errors { median, worst }) = self.errors() {
            let (median, worst) = (percent(median.0), percent(worst.0));
            writeln!(formatter, "error: median {median}, worst {worst} of the batch")?;
        }
        let noisy = self.noisy();
        if !noisy.is_empty() {
            let noisy = counted(&noisy);
            writeln!(
                formatter,
                "missed, and the measurement is uncertain by more than 5% itself: {noisy}"
            )?;
        }
        for Goal { words, is_reached } in &self.goals() {
            writeln!(formatter, "{}  {words}", if *is_reached { "pass" } else { "FAIL" })?;
        }
        for (names, what) in [(&self.without_result, "no result"), (&self.not_run, "not run")] {
            if !names.is_empty() {
                writeln!(formatter, "FAIL  {what}: {}", names.join(", "))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::judgement::{Promise, PromisedBy};
    use super::*;
    use explain::{Estimate, FindingCode};
    use model::strategy::Conditions;

    /// The judgement of an arm with a batch of 100 ms.
    fn judgement(promised: f64, measured: f64) -> Judgement {
        let estimate = |millis: f64| Estimate {
            seconds: millis / 1e3,
            low: Some((millis - 1.0) / 1e3),
            high: Some((millis + 1.0) / 1e3),
        };
        let promise = Promise {
            by: PromisedBy::Finding(FindingCode::WorkerLimit),
            saves: estimate(promised),
            conditions: Conditions::new(),
        };
        Judgement { batch: 0.1, promise: Some(promise), measured: estimate(measured) }
    }

    fn tally(judgements: &[(f64, f64)]) -> Tally {
        let mut tally = Tally::default();
        for (index, &(promised, measured)) in judgements.iter().enumerate() {
            tally.add(&format!("pair-{index}"), judgement(promised, measured));
        }
        tally
    }

    #[test]
    fn nine_of_ten_promises_must_be_right() {
        let mut judgements = [(40.0, 40.0); 10];
        judgements[3] = (60.0, 40.0);
        assert!(tally(&judgements).reaches_its_goals());
        judgements[4] = (20.0, 40.0);
        let missed = tally(&judgements);
        assert!(!missed.reaches_its_goals());
        assert!(missed.to_string().contains("FAIL  8 of 10 promises"), "{missed}");
        assert!(missed.to_string().contains("median 0%, worst 20% of the batch"), "{missed}");
    }

    #[test]
    fn one_slower_batch_or_one_vain_promise_misses_a_goal() {
        let mut judgements = [(40.0, 40.0); 20];
        judgements[3] = (2.0, -2.5);
        let slower = tally(&judgements).to_string();
        assert!(slower.contains("FAIL  1 (pair-3) remedies made"), "{slower}");
        judgements[3] = (8.0, 1.0);
        let vain = tally(&judgements).to_string();
        assert!(vain.contains("FAIL  1 (pair-3) promises where"), "{vain}");
    }

    #[test]
    fn a_pair_that_did_not_run_or_has_no_result_is_a_failure() {
        let mut skipped = tally(&[(40.0, 40.0); 20]);
        assert!(skipped.reaches_its_goals());
        skipped.skip("without-node");
        assert!(!skipped.reaches_its_goals());
        let mut failed = tally(&[(40.0, 40.0); 9]);
        failed.add_without_result("broken");
        failed.add_without_result("broken-too");
        assert!(!failed.reaches_its_goals());
        assert!(failed.to_string().contains("no result: broken, broken-too"), "{failed}");
    }
}
