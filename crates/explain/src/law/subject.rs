//! What a law is of: a strategy under its conditions, at all of its batch sizes.

use model::arm::Label;

use crate::arms::ArmAnalysis;
use crate::measured::{self, MeasuredArm};
use evidence::Evidence;

/// A strategy with two or more batch sizes.
#[derive(Clone, Debug)]
pub(super) struct Subject<'a> {
    pub(super) label: &'a Label,
    /// From the least size on.
    pub(super) sides: Vec<MeasuredArm<'a>>,
}

/// The strategies with two or more batch sizes, in the order of the arms.
pub(super) fn all<'a>(evidence: &'a Evidence<'a>, arms: &'a [ArmAnalysis]) -> Vec<Subject<'a>> {
    let mut subjects: Vec<Subject<'a>> = Vec::new();
    for side in measured::measured(evidence, arms) {
        let label = &side.planned().label;
        match subjects.iter_mut().find(|subject| subject.label == label) {
            Some(subject) => subject.sides.push(side),
            None => subjects.push(Subject { label, sides: vec![side] }),
        }
    }
    for subject in &mut subjects {
        subject.sides.sort_by_key(MeasuredArm::size);
    }
    subjects.retain(|subject| subject.sides.len() > 1);
    subjects
}

impl<'a> Subject<'a> {
    /// The arm of the least size.
    pub(super) fn first(&self) -> MeasuredArm<'a> {
        self.sides[0]
    }
}
