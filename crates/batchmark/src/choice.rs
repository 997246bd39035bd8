//! The strategies that were chosen: what was typed, held against what is offered.

use model::arm::Label;
use model::index::DriverIndex;
use model::link::Link;
use model::strategy::{Conditions, StrategySpec};

use crate::catalogue::Catalogue;
use crate::nearest::suggestion;
use crate::null_command::{self, NullCommand};
use crate::strategy_grammar::{TypedCondition, TypedStrategy};
use crate::usage::UsageError;

/// A strategy that was chosen, with its conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The whole name with the conditions that were typed.
    pub label: Label,
    /// The strategy's whole name.
    pub strategy: String,
    /// Every condition that it knows.
    pub conditions: Conditions,
    /// The same command without work, where it has one.
    pub null: Option<NullCommand>,
    /// The link that it is measured over; nothing for somebody else's server.
    pub link: Option<Link>,
    /// The place of its driver in the catalogue.
    pub driver: DriverIndex,
}

/// Holds what was typed against the catalogue. `link` is the run's link; with none, the target is
/// not ours and link conditions are refused.
///
/// # Errors
/// When a strategy, a condition or a value is unknown, or two choices are the same.
pub fn choose(
    typed: &[TypedStrategy],
    catalogue: &Catalogue,
    link: Option<&Link>,
) -> Result<Vec<Choice>, UsageError> {
    let mut choices: Vec<Choice> = Vec::new();
    for strategy in typed {
        let choice = choose_one(strategy, catalogue, link)?;
        if choices.iter().any(|other| other.label == choice.label) {
            return Err(UsageError::SameStrategyTwice { label: choice.label.0 });
        }
        choices.push(choice);
    }
    Ok(choices)
}

fn choose_one(
    typed: &TypedStrategy,
    catalogue: &Catalogue,
    link: Option<&Link>,
) -> Result<Choice, UsageError> {
    let offer = catalogue.find(&typed.name).ok_or_else(|| unknown(&typed.name, catalogue))?;
    let mut link = link.cloned();
    let mut given = Conditions::new();
    let mut of_strategy = Conditions::new();
    for TypedCondition { name, value } in &typed.conditions {
        if Link::knows(name) && offer.spec.condition(name).is_none() {
            set_link(link.as_mut(), offer.spec, name, value)?;
        } else {
            check(offer.spec, name, value, link.is_some())?;
            of_strategy.insert(name.clone(), value.clone());
        }
        given.insert(name.clone(), value.clone());
    }
    Ok(Choice {
        label: Label::new(&offer.spec.name, &given),
        strategy: offer.spec.name.clone(),
        conditions: offer.spec.complete(&of_strategy),
        null: null_command::of(offer.spec, &given, &of_strategy),
        link,
        driver: offer.driver,
    })
}

fn unknown(typed: &str, catalogue: &Catalogue) -> UsageError {
    match catalogue.missing(typed) {
        Some(missing) => UsageError::Missing(missing.clone()),
        None => UsageError::UnknownStrategy {
            typed: typed.to_owned(),
            suggestion: suggestion(typed, catalogue.names()),
            absent: catalogue.absent.clone(),
        },
    }
}

fn set_link(
    link: Option<&mut Link>,
    spec: &StrategySpec,
    name: &str,
    value: &str,
) -> Result<(), UsageError> {
    let link = link.ok_or_else(|| UsageError::LinkWithUrls(format!("{name}={value}")))?;
    link.set(name, value).map_err(|source| {
        let strategy = spec.name.clone();
        UsageError::StrategyLink { strategy, source }
    })
}

fn check(spec: &StrategySpec, name: &str, value: &str, ours: bool) -> Result<(), UsageError> {
    let Some(condition) = spec.condition(name) else {
        let link_keys = if ours { Link::KEYS.as_slice() } else { &[] };
        let known = || {
            spec.conditions
                .iter()
                .map(|condition| condition.name.as_str())
                .chain(link_keys.iter().copied())
        };
        return Err(UsageError::UnknownCondition {
            strategy: spec.name.clone(),
            typed: name.to_owned(),
            suggestion: suggestion(name, known()),
            known: known().collect::<Vec<_>>().join(", "),
        });
    };
    if condition.values.accepts(value) {
        return Ok(());
    }
    Err(UsageError::BadValue {
        strategy: spec.name.clone(),
        condition: name.to_owned(),
        rule: condition.values.to_string(),
        value: value.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Asked;
    use crate::strategy_grammar::parse;
    use model::driver_protocol::DriverHello;
    use model::strategy::{ConditionSpec, ValueRule};
    use model::time::{Moment, Span};
    use runner::command::ProcessCommand;

    fn catalogue() -> Catalogue {
        let condition = |name: &str, default: &str, values| ConditionSpec {
            name: name.to_owned(),
            default: default.to_owned(),
            values,
            summary: String::new(),
        };
        let strategy = |name: &str, alias: &str| StrategySpec {
            name: name.to_owned(),
            alias: Some(alias.to_owned()),
            summary: String::new(),
            conditions: vec![
                condition("session", "cold", ValueRule::words(&["cold", "warm"])),
                condition("workers", "6", ValueRule::count_from(1)),
            ],
            columns: Vec::new(),
        };
        let hello = DriverHello {
            protocol: 1,
            driver: "test".to_owned(),
            now: Moment::from_nanos(0),
            versions: Vec::new(),
            missing: Vec::new(),
            strategies: vec![
                strategy("lib/sequential", "sequential"),
                strategy("lib/threads", "threads"),
            ],
        };
        let command = ProcessCommand::new("test", &[]);
        let asked = Asked { host: "test".to_owned(), command, hello };
        Catalogue { asked: vec![asked], ..Catalogue::default() }
    }

    fn chosen(text: &str, link: Option<&Link>) -> Result<Vec<Choice>, UsageError> {
        choose(&parse(text).expect("reads"), &catalogue(), link)
    }

    #[test]
    fn aliases_defaults_and_links_are_resolved() {
        let run = Link::default();
        let choices = chosen("threads:workers=4,tls=off,sequential", Some(&run)).expect("chosen");
        assert_eq!(choices[0].label.0, "lib/threads:tls=off,workers=4");
        assert_eq!(choices[0].conditions["workers"], "4");
        assert_eq!(choices[0].conditions["session"], "cold");
        assert!(!choices[0].conditions.contains_key("tls"));
        assert_eq!(choices[0].link, Some(Link { tls: false, ..Link::default() }));
        assert_eq!(choices[1].label.0, "lib/sequential");
        assert_eq!(choices[1].link, Some(run));
    }

    #[test]
    fn a_link_condition_may_have_a_value_of_several_parts() {
        let run = "capacity=2,fault=nagle".parse().expect("a link");
        let choices = chosen(
            "threads:fault=slow:8:50ms+redirect,bandwidth=10Mbit,sequential,sequential:fault=none,capacity=none",
            Some(&run),
        )
        .expect("chosen");
        let links: Vec<String> =
            choices.iter().filter_map(|choice| Some(choice.link.as_ref()?.to_string())).collect();
        assert_eq!(
            links,
            [
                "rtt=11ms,tls=on,bandwidth=10Mbit,capacity=2,fault=slow:8:50ms+redirect",
                "rtt=11ms,tls=on,capacity=2,fault=nagle",
                "rtt=11ms,tls=on",
            ]
        );
        assert_eq!(choices[0].label.0, "lib/threads:bandwidth=10Mbit,fault=slow:8:50ms+redirect");
    }

    #[test]
    fn what_is_not_offered_is_told_with_what_is() {
        let link = Link { rtt: Span::ZERO, ..Link::default() };
        let sentence = |text: &str| chosen(text, Some(&link)).expect_err("is refused").to_string();
        assert!(sentence("thread").contains("did you mean lib/threads or threads?"));
        assert!(sentence("threads:worker=4").contains("did you mean workers?"));
        assert!(
            sentence("threads:xyzzy=4")
                .ends_with(&format!("it knows session, workers, {}", Link::KEYS.join(", ")))
        );
        assert_eq!(
            sentence("threads:workers=0"),
            "lib/threads: workers is a number from 1 up, not \"0\""
        );
        assert_eq!(sentence("threads:tls=maybe"), "lib/threads: tls is on or off, not \"maybe\"");
        assert!(sentence("threads,lib/threads").starts_with("lib/threads is given twice"));
    }

    #[test]
    fn a_link_condition_makes_no_sense_on_somebody_elses_server() {
        let sentence = chosen("threads:tls=off", None).expect_err("is refused").to_string();
        assert!(sentence.starts_with("tls=off is a setting of the embedded endpoint's link"));
    }
}
