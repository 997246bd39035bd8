//! One run of a pair: measures both arms, and asks the program about the first one alone.

use anyhow::{Context, Result};
use evidence::{ArmEvidence, Evidence, PairedTrials};
use explain::Estimate;
use model::recording::Recording;

use super::judgement::{Judgement, Promise};
use super::pair::Pair;
use super::reduction;
use crate::recording_file;
use crate::scenarios::{Scenario, ScenarioRun, Source};

/// One run of a pair.
pub(crate) struct PairRun<'a> {
    pub(crate) pair: &'a Pair,
    /// The run of both arms.
    pub(crate) both: ScenarioRun<'a>,
}

impl PairRun<'_> {
    /// Judges the promise for the first arm.
    pub(crate) fn judge(&self, source: Source) -> Result<Judgement> {
        if source == Source::Run {
            self.both.measure()?;
        }
        let recording = recording_file::read(&self.both.recording())?;
        let evidence = Evidence::of_recording(&recording).context("the run has no plan")?;
        let [arm, remedied] = measured_arms(&evidence)?;
        let gains: Vec<f64> = arm.pairs(remedied).iter().map(PairedTrials::seconds).collect();
        Ok(Judgement {
            batch: arm.mean().context("no batch of the arm succeeded")?,
            promise: self.promise(&recording, arm)?,
            measured: Estimate::from_blocks(&gains).context("no block has both arms")?,
        })
    }

    /// What the program promises if it knows this arm only.
    fn promise(&self, recording: &Recording, arm: &ArmEvidence<'_>) -> Result<Option<Promise>> {
        let reduced = reduction::alone(recording, &arm.arm.name)
            .context("the arm's driver or target is missing")?;
        let name = format!("{}-alone", self.both.scenario.name);
        let scenario = Scenario { name, ..self.both.scenario.clone() };
        let alone = ScenarioRun { scenario: &scenario, ..self.both };
        recording_file::write(reduced, &alone.recording())?;
        let analysis = alone.analyse_again()?;
        let found = Promise::find(&analysis, &self.pair.findings);
        let kept = || Promise::of_kept_session(&analysis).filter(|_| self.pair.keeps_session);
        Ok(found.or_else(kept))
    }
}

/// The arm and the remedied arm, as the run was asked for them.
fn measured_arms<'e, 'a>(evidence: &'e Evidence<'a>) -> Result<[&'e ArmEvidence<'a>; 2]> {
    let arms: Vec<&ArmEvidence<'_>> = evidence.measured().collect();
    <[_; 2]>::try_from(arms).ok().context("the run does not have two arms")
}
