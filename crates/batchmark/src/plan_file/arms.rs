//! The tables `[[arm]]`: a strategy with its conditions, as `-s` takes them.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ARM;
use super::entry::{Reason, in_order, scalar};
use crate::nearest::suggestion;
use crate::strategy_grammar::parse;

/// The keys of an arm.
const KEYS: [&str; 2] = ["strategy", "conditions"];

/// An arm that cannot be used, and where it is.
pub(super) struct BadArm {
    /// The byte where it begins.
    pub(super) start: usize,
    /// Why it cannot be used.
    pub(super) reason: Reason,
}

/// The strategies of all arms, as `-s` takes them.
pub(super) fn texts(value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, BadArm> {
    let bad = |start: usize, reason: &str| BadArm { start, reason: reason.to_owned() };
    let DeValue::Array(arms) = value.get_ref() else {
        return Err(bad(value.span().start, "write [[arm]] with two brackets"));
    };
    let mut texts = Vec::new();
    for arm in arms.iter() {
        let start = arm.span().start;
        let DeValue::Table(table) = arm.get_ref() else {
            return Err(bad(start, "write [[arm]], and strategy = \"…\" below it"));
        };
        let text = text(table).map_err(|reason| BadArm { start, reason })?;
        parse(&text).map_err(|error| bad(start, &error.to_string()))?;
        texts.push(text);
    }
    Ok(texts)
}

fn text(table: &DeTable<'_>) -> Result<String, Reason> {
    let mut strategy = None;
    let mut conditions = Vec::new();
    for (key, value) in in_order(table) {
        match (key, value) {
            ("strategy", value) => strategy = Some(scalar(value)?),
            ("conditions", DeValue::Table(table)) => conditions = pairs(table)?,
            ("conditions", _) => return Err("write conditions = { workers = 8 }".to_owned()),
            (other, _) => {
                let suggestion = suggestion(other, KEYS);
                return Err(format!(
                    "an {ARM} has no key {other:?}{suggestion}\nit has strategy and conditions"
                ));
            }
        }
    }
    let Some(strategy) = strategy else {
        return Err("it names no strategy: write strategy = \"ureq/threads\"".to_owned());
    };
    let separator = if strategy.contains(':') { "," } else { ":" };
    let separator = if conditions.is_empty() { "" } else { separator };
    Ok(format!("{strategy}{separator}{}", conditions.join(",")))
}

fn pairs(table: &DeTable<'_>) -> Result<Vec<String>, Reason> {
    in_order(table).map(|(name, value)| Ok(format!("{name}={}", scalar(value)?))).collect()
}
