//! An arm: a strategy, its conditions and a batch size, under a unique name.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::index::{DriverIndex, TargetIndex};
use crate::strategy::Conditions;

/// The number of requests in a batch.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct BatchSize(pub u32);

impl BatchSize {
    /// The size as a count of requests.
    pub const fn requests(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for BatchSize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The unique name of an arm, such as `ureq/threads:session=warm@16` or `hyper/async@4#aa`.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct ArmName(pub String);

impl fmt::Display for ArmName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A strategy with its typed conditions, such as `ureq/threads:session=warm`. It heads the columns of
/// tables and is compared with the baseline at each batch size.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Label(pub String);

impl Label {
    /// Joins the name of a strategy with its typed conditions, in order.
    pub fn new<'a>(
        strategy: &str,
        given: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Self {
        let given: Vec<String> =
            given.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        if given.is_empty() {
            return Self(strategy.to_owned());
        }
        Self(format!("{strategy}:{}", given.join(",")))
    }

    /// The name of the strategy in it.
    pub fn strategy(&self) -> &str {
        self.0.split_once(':').map_or(&self.0, |(strategy, _)| strategy)
    }

    /// The conditions in it.
    pub fn conditions(&self) -> Conditions {
        let Some((_, given)) = self.0.split_once(':') else { return Conditions::new() };
        let conditions = given.split(',').filter_map(|condition| condition.split_once('='));
        conditions.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

crate::closed_list! {
    /// Why an arm is in the plan.
    pub enum Role {
        /// A strategy that was requested.
        Measured = "measured",
        /// A control: a second copy of a measured arm, which must not differ from it.
        Aa = "aa",
        /// A control: a copy with a known delay, which must be found.
        Delay = "delay",
        /// A copy for an experiment, with causes removed or with a slower server.
        Toggle = "toggle",
        /// The same command without work: the cost of its process alone.
        Null = "null",
    }
}

/// A strategy, its conditions and a batch size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Arm {
    /// Its unique name in the plan.
    pub name: ArmName,
    /// The strategy with its typed conditions.
    pub label: Label,
    /// The full name of the strategy.
    pub strategy: String,
    /// Every condition that the strategy knows, with defaults; none of the link.
    pub conditions: Conditions,
    /// How many requests a trial makes.
    pub batch_size: BatchSize,
    /// Why the arm is in the plan.
    pub role: Role,
    /// The target of the plan that it fetches from.
    pub target: TargetIndex,
    /// The driver of the recording that serves it.
    pub driver: DriverIndex,
}

impl Arm {
    /// The arm that measures a strategy with these conditions, with the first target and the first
    /// driver.
    pub fn measured(
        label: Label,
        strategy: &str,
        conditions: Conditions,
        batch_size: BatchSize,
    ) -> Self {
        Self {
            name: Self::measured_name(&label, batch_size),
            label,
            strategy: strategy.to_owned(),
            conditions,
            batch_size,
            role: Role::Measured,
            target: TargetIndex::default(),
            driver: DriverIndex::default(),
        }
    }

    /// The name of the arm that measures `label` at `batch_size`.
    pub fn measured_name(label: &Label, batch_size: BatchSize) -> ArmName {
        ArmName(format!("{label}@{batch_size}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_an_arm_after_its_typed_conditions() {
        let mut given = Conditions::new();
        assert_eq!(Label::new("ureq/threads", &given).0, "ureq/threads");
        given.insert("workers".to_owned(), "4".to_owned());
        given.insert("session".to_owned(), "warm".to_owned());
        let label = Label::new("ureq/threads", &given);
        assert_eq!(label.conditions(), given);
        assert!(Label("ureq/threads".to_owned()).conditions().is_empty());
        assert_eq!(
            Arm::measured_name(&label, BatchSize(16)).0,
            "ureq/threads:session=warm,workers=4@16"
        );
    }
}
