//! One run of a pair: measures both arms, and asks the program about the first one alone.

use anyhow::{Context, Result};
use evidence::{ArmEvidence, Evidence, PairedTrials};
use explain::Estimate;
use model::recording::Recording;
use model::strategy::Conditions;

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
    /// Judges the promise for the first arm. Where it is that of another limit than the remedied arm has, the
    /// advised limit is measured as well, beside the arm.
    pub(crate) fn judge(&self, source: Source) -> Result<Judgement> {
        let recording = recording(&self.both, source)?;
        let evidence = Evidence::of_recording(&recording).context("the run has no plan")?;
        let [arm, remedied] = measured_arms(&evidence)?;
        let promise = self.promise(&recording, arm)?;
        let advised = promise.as_ref().map(|promise| &promise.conditions);
        let Some(conditions) = advised.filter(|advised| !has(remedied, advised)) else {
            return judgement(promise, [arm, remedied]);
        };
        let scenario = self.pair.with(conditions);
        let both = ScenarioRun { scenario: &scenario, ..self.both };
        let recording = self::recording(&both, source)?;
        let evidence = Evidence::of_recording(&recording).context("the run has no plan")?;
        judgement(promise, measured_arms(&evidence)?)
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

/// The recording of a run, measured before if that is asked for.
fn recording(run: &ScenarioRun<'_>, source: Source) -> Result<Recording> {
    if source == Source::Run {
        run.measure()?;
    }
    recording_file::read(&run.recording())
}

/// Whether an arm has all these conditions.
fn has(arm: &ArmEvidence<'_>, conditions: &Conditions) -> bool {
    conditions.iter().all(|(name, value)| arm.arm.conditions.get(name) == Some(value))
}

/// A promise beside what was measured.
fn judgement(
    promise: Option<Promise>,
    [arm, remedied]: [&ArmEvidence<'_>; 2],
) -> Result<Judgement> {
    let gains: Vec<f64> = arm.pairs(remedied).iter().map(PairedTrials::seconds).collect();
    Ok(Judgement {
        batch: arm.mean().context("no batch of the arm succeeded")?,
        promise,
        measured: Estimate::from_blocks(&gains).context("no block has both arms")?,
    })
}

/// The arm and the remedied arm, as the run was asked for them.
fn measured_arms<'e, 'a>(evidence: &'e Evidence<'a>) -> Result<[&'e ArmEvidence<'a>; 2]> {
    let arms: Vec<&ArmEvidence<'_>> = evidence.measured().collect();
    <[_; 2]>::try_from(arms).ok().context("the run does not have two arms")
}
