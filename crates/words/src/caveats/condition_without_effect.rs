//! The words of `condition_without_effect`.

use explain::caveats::{ConditionWithoutEffect, IneffectiveCondition};

use super::parts::first_that_fits;
use crate::list::counted;

pub(super) const TITLE: &str = "A condition had no effect on own code";

pub(super) const PAGE: &str = "\
# condition_without_effect

A condition had no effect on own code.

## What it means

A condition such as `context=shared` is imposed on own Python code by a patch. The patch found
nothing to change, so the arm shows the code as it is. It does not show that the change is useless.

## How it is detected

Each patch counts how often it takes effect in a batch: contexts that were shared, sleeps that were
skipped. The caveat appears if the count of a counted trial is 0.

## What to do

- Leave the condition out: the code may do without it already.
- Code in other processes, and libraries that do not use the patched functions, cannot be changed
  this way. Change the code itself and measure both versions.
";

pub(super) fn short(found: &ConditionWithoutEffect) -> String {
    let first = found.conditions.first();
    first_that_fits([
        first.map_or_else(String::new, |one| {
            format!("{} had no effect on {}: leave it out", one.setting, one.arm)
        }),
        "a condition had no effect on own code: leave it out".to_owned(),
    ])
}

pub(super) fn sentence(found: &ConditionWithoutEffect) -> String {
    let conditions: Vec<String> = found.conditions.iter().map(described).collect();
    format!(
        "A condition had no effect on own code: {}. These times do not show what the change would save.",
        conditions.join("; ")
    )
}

/// `context=shared in 3 of 12 trials of own/fetch@16`.
fn described(one: &IneffectiveCondition) -> String {
    let IneffectiveCondition { arm, setting, trials, without_effect } = one;
    format!("{setting} in {without_effect} of {} of {arm}", counted(*trials, "trial"))
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{arm, assert_short};
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn names_the_condition_and_its_trials() {
        let condition = |name: &str| IneffectiveCondition {
            arm: arm(name),
            setting: "context=shared".to_owned(),
            trials: 12,
            without_effect: 3,
        };
        let mut found = ConditionWithoutEffect { conditions: vec![condition("own/fetch@16")] };
        assert_snapshot!(sentence(&found), @"A condition had no effect on own code: context=shared in 3 of 12 trials of own/fetch@16. These times do not show what the change would save.");
        assert_snapshot!(short(&found), @"context=shared had no effect on own/fetch@16: leave it out");
        found.conditions[0] = condition("own/a_function_with_a_name_that_is_very_long_indeed@16");
        assert_short(&short(&found));
    }
}
