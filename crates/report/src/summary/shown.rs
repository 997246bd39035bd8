//! The arms of a batch size that the summary shows.

use explain::{Analysis, Answer, ArmAnalysis, Finding, RankedArm, TriedChange};
use model::arm::{ArmName, BatchSize, Label, Role};
use model::plan::Plan;

use crate::short_names::ShortNames;

/// The measured arms of a batch size; of the arms that only serve as a reference, the fastest.
pub(super) struct ShownArms<'a> {
    pub(super) analysis: &'a Analysis,
    pub(super) size: BatchSize,
    /// Nothing where no batch of this size succeeded.
    pub(super) answer: Option<&'a Answer>,
    /// In the order of the plan.
    pub(super) arms: Vec<&'a ArmAnalysis>,
    references: &'a [Label],
    /// What the labels of these arms are shortened to.
    pub(super) names: ShortNames,
}

impl<'a> ShownArms<'a> {
    pub(super) fn new(analysis: &'a Analysis, plan: Option<&'a Plan>, size: BatchSize) -> Self {
        let references = plan.map_or(&[][..], |plan| &plan.references);
        let is_answer = |answer: &&Answer| answer.batch_size == size && !answer.ranking.is_empty();
        let answer = analysis.answers.iter().find(is_answer);
        let of_size = |arm: &&ArmAnalysis| arm.role == Role::Measured && arm.batch_size == size;
        let arms: Vec<&ArmAnalysis> = analysis.arms.iter().filter(of_size).collect();
        let fastest = answer.and_then(|answer| {
            answer.ranking.iter().find_map(|ranked| {
                arms.iter()
                    .find(|arm| arm.arm == ranked.arm && references.contains(&arm.label))
                    .map(|arm| arm.arm.clone())
            })
        });
        let is_shown = |arm: &&ArmAnalysis| {
            !references.contains(&arm.label) || fastest.as_ref() == Some(&arm.arm)
        };
        let arms = arms.into_iter().filter(is_shown).collect();
        Self { analysis, size, answer, arms, references, names: ShortNames::default() }
    }

    /// The shown arms that have a time, the fastest first.
    pub(super) fn ranked(&self) -> Vec<(&'a ArmAnalysis, &'a RankedArm)> {
        let ranking = self.answer.map_or(&[][..], |answer| &answer.ranking);
        ranking.iter().filter_map(|ranked| Some((self.arm(&ranked.arm)?, ranked))).collect()
    }

    /// The shown arms whose time has causes to look for, without references: those that are slower than the fastest,
    /// or all where none is.
    pub(super) fn explained(&self) -> Vec<&'a ArmAnalysis> {
        let all_alike = self.all_alike();
        let is_slower = |arm: &&ArmAnalysis| {
            (all_alike || !self.is_best(arm)) && !self.references.contains(&arm.label)
        };
        self.ranked().iter().map(|(arm, _)| *arm).filter(is_slower).collect()
    }

    /// The arms whose time the summary should explain: the slower ones; where there are none, those whose requests
    /// were not observed.
    pub(super) fn unexplained(&self) -> Vec<&'a ArmAnalysis> {
        let all_alike = self.all_alike();
        let mut arms = self.explained();
        arms.retain(|arm| !all_alike || arm.path_requests.is_none());
        arms
    }

    /// Whether no shown arm is slower than the fastest, because there is one only or they do not differ.
    fn all_alike(&self) -> bool {
        self.ranked().iter().all(|(arm, _)| self.is_best(arm))
    }

    fn is_best(&self, arm: &ArmAnalysis) -> bool {
        self.answer.is_some_and(|answer| answer.best.contains(&arm.arm))
    }

    /// The shown arms without a time.
    pub(super) fn without_time(&self) -> impl Iterator<Item = &'a ArmAnalysis> {
        self.arms.iter().copied().filter(|arm| arm.mean().is_none())
    }

    /// The largest cause of an arm's time.
    pub(super) fn largest_cause(&self, arm: &ArmName) -> Option<&'a Finding> {
        words::answer::largest_cause(self.analysis, arm)
    }

    /// The change that was imposed on an arm's code and saved most.
    pub(super) fn tried(&self, arm: &ArmName) -> Option<&'a TriedChange> {
        let attribution = self.analysis.attributions.iter().find(|one| one.arm == *arm)?;
        words::tried::best(attribution)
    }

    /// The name that the summary shows for an arm.
    pub(super) fn name(&self, arm: &ArmAnalysis) -> String {
        let name = self.names.shorten(&arm.label.0);
        match self.references.contains(&arm.label) {
            true if !self.names.is_cut(&arm.label) => format!("{name} (reference)"),
            _ => name,
        }
    }

    fn arm(&self, name: &ArmName) -> Option<&'a ArmAnalysis> {
        self.arms.iter().copied().find(|arm| arm.arm == *name)
    }
}
