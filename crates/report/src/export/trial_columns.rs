//! The columns that say to which trial a row belongs.

use std::collections::BTreeMap;

use evidence::{Evidence, Examined};
use model::arm::{Arm, ArmName};
use model::recording::Recording;
use model::trial::{Stage, Trial, TrialId};

use super::table::{Column, Field};

/// A row that belongs to a trial.
pub(super) trait OfTrial {
    /// The trial.
    fn trial(&self) -> &Trial;
    /// Its arm; nothing where the run ended before it had a plan.
    fn arm(&self) -> Option<&Arm>;
}

/// The arms of the plan by their names.
pub(super) fn planned_arms(recording: &Recording) -> BTreeMap<&ArmName, &Arm> {
    let arms = recording.plan.iter().flat_map(|plan| &plan.arms);
    arms.map(|arm| (&arm.name, arm)).collect()
}

/// The trials that were counted and succeeded.
pub(super) fn examined_trials<'e, 'a>(
    evidence: Option<&'e Evidence<'a>>,
) -> BTreeMap<TrialId, &'e Examined<'a>> {
    let arms = evidence.into_iter().flat_map(|evidence| &evidence.arms);
    let successes = arms.flat_map(|arm| &arm.successes);
    successes.map(|examined| (examined.trial.id, examined)).collect()
}

pub(super) fn trial_columns<R: OfTrial>() -> Vec<Column<R>> {
    vec![
        Column::new("trial", |row: &R| Field::Whole(row.trial().id.0)),
        Column::new("stage", |row: &R| Field::text(stage(row.trial()))),
        Column::new("block", |row: &R| row.trial().place().map(|it| Field::whole(it.block)).into()),
        Column::new("slot", |row: &R| row.trial().place().map(|it| Field::whole(it.slot)).into()),
        Column::new("process", |row: &R| Field::whole(row.trial().process)),
        Column::new("arm", |row: &R| Field::text(&row.trial().arm.0)),
        Column::new("label", |row: &R| row.arm().map(|arm| Field::text(&arm.label.0)).into()),
        Column::new("strategy", |row: &R| row.arm().map(|arm| Field::text(&arm.strategy)).into()),
        Column::new("role", |row: &R| row.arm().map(|arm| Field::text(arm.role.name())).into()),
        Column::new("batch_size", |row: &R| {
            row.arm().map(|arm| Field::whole(arm.batch_size.0)).into()
        }),
    ]
}

const fn stage(trial: &Trial) -> &'static str {
    match trial.stage {
        Stage::Pilot => "pilot",
        Stage::WarmUp => "warm_up",
        Stage::Counted(_) => "counted",
        Stage::Profile => "profile",
    }
}
