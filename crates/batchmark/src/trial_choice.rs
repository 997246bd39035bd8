//! A trial by its arm and its block, as typed: `ureq/threads@16#3`.

use std::str::FromStr;

use model::arm::ArmName;
use model::recording::Recording;
use model::trial::{Outcome, Trial, TrialId};

use crate::nearest::suggestion;
use crate::usage::UsageError;

/// A counted trial of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialChoice {
    arm: ArmName,
    block: u32,
}

impl FromStr for TrialChoice {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The name of a control has a # of its own.
        let parts = text.rsplit_once('#').filter(|(arm, _)| !arm.is_empty());
        let choice = parts.and_then(|(arm, block)| {
            Some(Self { arm: ArmName(arm.to_owned()), block: block.parse().ok()? })
        });
        choice.ok_or("write ARM#BLOCK, such as ureq/threads@16#3; blocks are counted from 0")
    }
}

impl TrialChoice {
    /// Finds the trial.
    ///
    /// # Errors
    /// If the recording has no such arm, or the arm has no trial in this block that ran to its end.
    pub fn find(&self, recording: &Recording) -> Result<TrialId, UsageError> {
        let arms = recording.plan.as_ref().map_or(&[][..], |plan| &plan.arms);
        let names: Vec<&str> = arms.iter().map(|arm| arm.name.0.as_str()).collect();
        if !names.contains(&self.arm.0.as_str()) {
            return Err(UsageError::UnknownArm {
                typed: self.arm.0.clone(),
                suggestion: suggestion(&self.arm.0, names.iter().copied()),
                labels: names.join(", "),
            });
        }
        let ran =
            |trial: &&Trial| trial.arm == self.arm && matches!(trial.outcome, Outcome::Ran(_));
        let counted = || {
            let ran = recording.trials.iter().filter(ran);
            ran.filter_map(|trial| Some((trial.place()?.block, trial.id)))
        };
        let found = counted().find(|(block, _)| *block == self.block);
        found.map(|(_, id)| id).ok_or_else(|| self.missing(counted().map(|(block, _)| block)))
    }

    fn missing(&self, blocks: impl Iterator<Item = u32> + Clone) -> UsageError {
        let blocks = match blocks.clone().min().zip(blocks.max()) {
            Some((first, last)) => format!("its blocks are {first} to {last}"),
            None => "it has none".to_owned(),
        };
        UsageError::NoSuchTrial { arm: self.arm.0.clone(), block: self.block, blocks }
    }
}
