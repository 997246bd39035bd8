//! The measured arms of each batch size, which most chapters show one size after another.

use explain::{Analysis, ArmAnalysis};
use maud::{Markup, html};
use model::arm::{ArmName, BatchSize, Role};

/// The measured arms of a batch size.
pub(crate) struct SizeArms<'a> {
    pub(crate) analysis: &'a Analysis,
    pub(crate) size: BatchSize,
    /// In the order of the plan.
    pub(crate) arms: Vec<&'a ArmAnalysis>,
}

/// The content of each batch size, one after another.
pub(crate) fn each(analysis: &Analysis, content: impl Fn(&SizeArms<'_>) -> Markup) -> Markup {
    let sizes = analysis.batch_sizes.iter().map(|&size| content(&SizeArms::new(analysis, size)));
    html! { @for content in sizes { (content) } }
}

impl<'a> SizeArms<'a> {
    fn new(analysis: &'a Analysis, size: BatchSize) -> Self {
        let of_size = |arm: &&ArmAnalysis| arm.role == Role::Measured && arm.batch_size == size;
        Self { analysis, size, arms: analysis.arms.iter().filter(of_size).collect() }
    }

    /// The arms that have a time, the fastest first.
    pub(crate) fn ranked(&self) -> Vec<&'a ArmAnalysis> {
        let mut arms: Vec<(&ArmAnalysis, f64)> =
            self.arms.iter().filter_map(|arm| Some((*arm, arm.mean()?))).collect();
        arms.sort_by(|(_, one), (_, other)| one.total_cmp(other));
        arms.into_iter().map(|(arm, _)| arm).collect()
    }

    /// The name of an arm, with what it is at this size.
    pub(crate) fn name(&self, arm: &ArmAnalysis) -> Markup {
        html! {
            (arm.label)
            @if let Some(mark) = self.mark(&arm.arm) { " " span.mark { (mark) } }
        }
    }

    fn mark(&self, arm: &ArmName) -> Option<&'static str> {
        let answer = self.analysis.answers.iter().find(|answer| answer.batch_size == self.size)?;
        let is_best = !answer.vetoed && answer.best.contains(arm) && answer.ranking.len() > 1;
        is_best.then_some(if answer.best.len() > 1 { "tie for fastest" } else { "fastest" })
    }
}
