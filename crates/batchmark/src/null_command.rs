//! The null command: the same command without work, which measures the start of its process.
//!
//! It is a separate arm in every block and is compared with nothing.

use model::arm::{Arm, Label, Role};
use model::strategy::{Conditions, StrategySpec};

/// The condition that says whether a command has work.
const CONDITION: &str = "work";
/// Its value for a command that has none.
const NONE: &str = "null";

/// A command without work, planned together with the command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NullCommand {
    label: Label,
    conditions: Conditions,
}

impl NullCommand {
    /// Every condition that the strategy knows.
    pub const fn conditions(&self) -> &Conditions {
        &self.conditions
    }
}

/// The null command of a strategy, if it has one and is not a null command itself. `given` are the
/// typed conditions, `of_strategy` those of them that belong to the strategy.
pub fn find(
    spec: &StrategySpec,
    given: &Conditions,
    of_strategy: &Conditions,
) -> Option<NullCommand> {
    let has_one = spec.condition(CONDITION).is_some_and(|work| work.values.accepts(NONE));
    let is_null = of_strategy.get(CONDITION).is_some_and(|work| work == NONE);
    if !has_one || is_null {
        return None;
    }
    let without_work = |conditions: &Conditions| {
        let mut conditions = conditions.clone();
        conditions.insert(CONDITION.to_owned(), NONE.to_owned());
        conditions
    };
    Some(NullCommand {
        label: Label::new(&spec.name, &without_work(given)),
        conditions: spec.complete(&without_work(of_strategy)),
    })
}

/// The arm that measures a null command, made from the arm of the command.
pub fn arm(null: &NullCommand, beside: &Arm) -> Arm {
    Arm {
        name: Arm::measured_name(&null.label, beside.batch_size),
        label: null.label.clone(),
        conditions: null.conditions.clone(),
        role: Role::Null,
        ..beside.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::strategy::{ConditionSpec, ValueRule};

    fn spec(words: &[&str]) -> StrategySpec {
        let work = ConditionSpec {
            name: CONDITION.to_owned(),
            default: words[0].to_owned(),
            values: ValueRule::words(words),
            summary: String::new(),
        };
        StrategySpec {
            name: "command/a".to_owned(),
            alias: None,
            summary: String::new(),
            conditions: vec![work],
            columns: Vec::new(),
            only_http: None,
        }
    }

    fn conditions(given: &[(&str, &str)]) -> Conditions {
        given.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn finds_the_null_command_of_a_command() {
        let given = conditions(&[("tls", "off")]);
        let null = find(&spec(&["batch", "null"]), &given, &Conditions::new()).expect("has one");
        assert_eq!(null.label.0, "command/a:tls=off,work=null");
        assert_eq!(null.conditions, conditions(&[("work", "null")]));
    }

    #[test]
    fn finds_none_for_other_strategies_and_null_commands() {
        assert_eq!(find(&spec(&["network"]), &Conditions::new(), &Conditions::new()), None);
        let typed = conditions(&[("work", "null")]);
        assert_eq!(find(&spec(&["batch", "null"]), &typed, &typed), None);
    }
}
