//! The grammar of `-s`: a list of strategies with conditions.
//!
//! A token with `=` belongs to the strategy before it; any other token starts a new strategy:
//! `ureq/sequential,ureq/threads:workers=4,session=warm,hyper/async`. Whether strategies and
//! conditions exist is checked in `requested_arms`.

/// A strategy as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedStrategy {
    /// The name, which may be an alias or misspelled.
    pub name: String,
    /// The conditions, in the typed order.
    pub conditions: Vec<TypedCondition>,
}

impl TypedStrategy {
    /// A strategy without conditions.
    pub const fn bare(name: String) -> Self {
        Self { name, conditions: Vec::new() }
    }
}

/// A condition as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedCondition {
    /// The text before the `=`.
    pub name: String,
    /// The text after it.
    pub value: String,
}

/// Why a text is not a list of strategies.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadStrategies {
    /// A name is missing.
    #[error("a strategy name is missing in {text:?}: write -s ureq/sequential,hyper/async")]
    Empty {
        /// The text.
        text: String,
    },
    /// A condition comes before any strategy.
    #[error(
        "the condition {condition:?} belongs to no strategy: write -s ureq/threads:{condition}"
    )]
    NoStrategy {
        /// The condition.
        condition: String,
    },
    /// The name or the value of a condition is missing.
    #[error("{condition:?} is not a condition: write NAME=VALUE, such as session=warm")]
    NotACondition {
        /// The text.
        condition: String,
    },
    /// A condition is given twice for one strategy.
    #[error("{strategy} has the condition {condition} twice: leave one out")]
    Twice {
        /// The strategy.
        strategy: String,
        /// The condition's name.
        condition: String,
    },
}

/// Parses one `-s` argument.
///
/// # Errors
/// If a name is missing, or a condition cannot be read or comes before any strategy.
pub fn parse(text: &str) -> Result<Vec<TypedStrategy>, BadStrategies> {
    let mut strategies: Vec<TypedStrategy> = Vec::new();
    for token in text.split(',').map(str::trim) {
        // The colon before the conditions comes before the first `=`.
        let head = token.split('=').next().unwrap_or_default();
        let condition = match head.split_once(':') {
            Some((name, _)) => {
                strategies.push(begin(name, text)?);
                Some(&token[name.len() + 1..])
            }
            None if token.contains('=') => Some(token),
            None => {
                strategies.push(begin(token, text)?);
                None
            }
        };
        if let Some(condition) = condition {
            let strategy = strategies
                .last_mut()
                .ok_or_else(|| BadStrategies::NoStrategy { condition: condition.to_owned() })?;
            add_condition(strategy, condition)?;
        }
    }
    Ok(strategies)
}

fn begin(name: &str, text: &str) -> Result<TypedStrategy, BadStrategies> {
    if name.is_empty() {
        return Err(BadStrategies::Empty { text: text.to_owned() });
    }
    Ok(TypedStrategy::bare(name.to_owned()))
}

fn add_condition(strategy: &mut TypedStrategy, text: &str) -> Result<(), BadStrategies> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, value)| !name.is_empty() && !value.is_empty())
        .ok_or_else(|| BadStrategies::NotACondition { condition: text.to_owned() })?;
    if strategy.conditions.iter().any(|condition| condition.name == name) {
        let (strategy, condition) = (strategy.name.clone(), name.to_owned());
        return Err(BadStrategies::Twice { strategy, condition });
    }
    strategy.conditions.push(TypedCondition { name: name.to_owned(), value: value.to_owned() });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let strategies = parse(text).expect("reads");
        let write = |strategy: &TypedStrategy| {
            let conditions: Vec<String> = strategy
                .conditions
                .iter()
                .map(|condition| format!("{}={}", condition.name, condition.value))
                .collect();
            format!("{}({})", strategy.name, conditions.join(" "))
        };
        strategies.iter().map(write).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn assigns_conditions_to_the_strategy_before_them() {
        assert_eq!(read("a/b"), "a/b()");
        assert_eq!(
            read("ureq/sequential,ureq/threads:workers=4,session=warm,hyper/async"),
            "ureq/sequential() ureq/threads(workers=4 session=warm) hyper/async()"
        );
        assert_eq!(read("a:work=sleep:11ms, b"), "a(work=sleep:11ms) b()");
        assert_eq!(read("a,x=1,a,x=2"), "a(x=1) a(x=2)");
    }

    #[test]
    fn explains_what_cannot_be_read() {
        let sentence = |text: &str| parse(text).expect_err("is refused").to_string();
        assert!(sentence("").starts_with("a strategy name is missing"));
        assert!(sentence("a,,b").starts_with("a strategy name is missing"));
        assert!(sentence(":x=1").starts_with("a strategy name is missing"));
        assert_eq!(
            sentence("workers=4"),
            "the condition \"workers=4\" belongs to no strategy: write -s ureq/threads:workers=4"
        );
        assert!(sentence("a:x").starts_with("\"x\" is not a condition"));
        assert!(sentence("a:").starts_with("\"\" is not a condition"));
        assert!(sentence("a:x=").starts_with("\"x=\" is not a condition"));
        assert_eq!(sentence("a:x=1,x=2"), "a has the condition x twice: leave one out");
    }
}
