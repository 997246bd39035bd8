//! Strategies and their conditions, as a driver offers them.
//!
//! A driver states in its `hello` which strategies it has and which conditions each one knows. The
//! command line is checked against that. No strategy is named here.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::http_version::HttpVersion;
use crate::time::Span;
use crate::trace::ColumnName;

/// Named settings of a strategy, such as `session=cold`; ordered by name.
pub type Conditions = BTreeMap<String, String>;

/// A strategy that a driver offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StrategySpec {
    /// The full name: client library and mode, such as `ureq/threads`.
    pub name: String,
    /// A short name that also selects it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// What it does, in one line.
    pub summary: String,
    /// The conditions that it knows.
    pub conditions: Vec<ConditionSpec>,
    /// The columns that it can fill.
    pub columns: Vec<ColumnName>,
    /// The only version of HTTP that it speaks; none for a strategy that can speak HTTP/1.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_http: Option<HttpVersion>,
}

impl StrategySpec {
    /// The condition with this name, if the strategy knows it.
    pub fn condition(&self, name: &str) -> Option<&ConditionSpec> {
        self.conditions.iter().find(|condition| condition.name == name)
    }

    /// Every condition that the strategy knows, with the given value or the default.
    pub fn complete(&self, given: &Conditions) -> Conditions {
        self.conditions
            .iter()
            .map(|spec| {
                let value = given.get(&spec.name).unwrap_or(&spec.default);
                (spec.name.clone(), value.clone())
            })
            .collect()
    }
}

/// A condition that a strategy knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConditionSpec {
    /// The name before the `=`.
    pub name: String,
    /// The value if none is given; `values` accepts it.
    pub default: String,
    /// The accepted values.
    pub values: ValueRule,
    /// What it changes, in one line.
    pub summary: String,
}

/// The accepted values of a condition: words, a count, or a time after a prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ValueRule {
    /// Accepted words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// If given, every whole number from this one up is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count_from: Option<u64>,
    /// If given, this text followed by a time (`sleep:11ms`) is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_after: Option<String>,
}

impl ValueRule {
    /// Accepts only `words`.
    pub fn words(words: &[&str]) -> Self {
        Self { words: words.iter().map(|&word| word.to_owned()).collect(), ..Self::default() }
    }

    /// Accepts whole numbers from `least` up.
    pub fn count_from(least: u64) -> Self {
        Self { count_from: Some(least), ..Self::default() }
    }

    /// Whether `value` is accepted.
    pub fn accepts(&self, value: &str) -> bool {
        let is_word = self.words.iter().any(|word| word == value);
        let is_count = self
            .count_from
            .is_some_and(|least| value.parse::<u64>().is_ok_and(|count| count >= least));
        let is_time = self
            .time_after
            .as_deref()
            .and_then(|prefix| value.strip_prefix(prefix))
            .is_some_and(|rest| rest.parse::<Span>().is_ok());
        is_word || is_count || is_time
    }
}

impl fmt::Display for ValueRule {
    /// Writes the rule for people: `cold or warm`, `native or a number from 1 up`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.words.iter().cloned());
        if let Some(least) = self.count_from {
            parts.push(format!("a number from {least} up"));
        }
        if let Some(prefix) = &self.time_after {
            parts.push(format!("{prefix}TIME (such as {prefix}11ms)"));
        }
        formatter.write_str(&parts.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_only_the_words_counts_and_times_of_a_rule() {
        let rule = ValueRule {
            words: vec!["native".to_owned()],
            count_from: Some(1),
            time_after: Some("sleep:".to_owned()),
        };
        for value in ["native", "1", "64", "sleep:11ms"] {
            assert!(rule.accepts(value), "{value:?} was refused");
        }
        for value in ["", "Native", "0", "-1", "1.5", "sleep:", "sleep:11", "11ms"] {
            assert!(!rule.accepts(value), "{value:?} was accepted");
        }
        assert_eq!(
            rule.to_string(),
            "native or a number from 1 up or sleep:TIME (such as sleep:11ms)"
        );
    }
}
