//! How much of a result is printed.

use explain::waterfall::named_arm;
use model::arm::{ArmName, Role};
use model::plan::Plan;
use report::View;

use crate::nearest::suggestion;
use crate::usage::UsageError;

/// What is printed of a result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The part of the report.
    pub view: View,
    /// Whose waterfall follows it.
    pub waterfall: Option<RequestedWaterfall>,
}

/// The arm whose waterfall is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestedWaterfall {
    /// The slowest arm with a finding, or another one if there is none.
    Chosen,
    /// The arm with this name or label.
    Named(String),
}

impl RequestedWaterfall {
    /// The name of the arm, where one was named. A run that ended before it had a plan has no arms.
    ///
    /// # Errors
    /// If the plan has no arm with this name or label.
    pub fn arm(&self, plan: Option<&Plan>) -> Result<Option<ArmName>, UsageError> {
        let (Self::Named(typed), Some(plan)) = (self, plan) else { return Ok(None) };
        if let Some(arm) = named_arm(plan, typed) {
            return Ok(Some(arm.name.clone()));
        }
        let measured = plan.arms.iter().filter(|arm| arm.role == Role::Measured);
        let mut labels: Vec<&str> = measured.map(|arm| arm.label.0.as_str()).collect();
        labels.sort_unstable();
        labels.dedup();
        let names = plan.arms.iter().map(|arm| arm.name.0.as_str());
        Err(UsageError::UnknownArm {
            typed: typed.clone(),
            suggestion: suggestion(typed, labels.iter().copied().chain(names)),
            labels: labels.join(", "),
        })
    }
}
