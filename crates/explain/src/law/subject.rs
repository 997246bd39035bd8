//! What a law is of: a strategy under its conditions, at all of its batch sizes.

use model::arm::Label;
use model::plan::Plan;

use crate::arms::ArmAnalysis;
use crate::side::{self, Side};

/// A strategy with two or more batch sizes.
#[derive(Clone, Debug)]
pub(super) struct Subject<'a> {
    pub(super) label: &'a Label,
    /// From the least size on.
    pub(super) sides: Vec<Side<'a>>,
}

/// The strategies with two or more batch sizes, in the order of the arms.
pub(super) fn all<'a>(plan: &'a Plan, arms: &'a [ArmAnalysis]) -> Vec<Subject<'a>> {
    let mut subjects: Vec<Subject<'a>> = Vec::new();
    for side in side::measured(plan, arms) {
        let label = &side.planned.label;
        match subjects.iter_mut().find(|subject| subject.label == label) {
            Some(subject) => subject.sides.push(side),
            None => subjects.push(Subject { label, sides: vec![side] }),
        }
    }
    for subject in &mut subjects {
        subject.sides.sort_by_key(Side::size);
    }
    subjects.retain(|subject| subject.sides.len() > 1);
    subjects
}

impl<'a> Subject<'a> {
    /// The arm of the least size.
    pub(super) fn first(&self) -> Side<'a> {
        self.sides[0]
    }
}
