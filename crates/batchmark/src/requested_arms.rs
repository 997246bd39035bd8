//! Checks the typed strategies against the catalogue and chooses the arms of the run.

use model::arm::Label;
use model::http_version::HttpVersion;
use model::link::Link;
use model::plan::LeftOut;
use model::strategy::{Conditions, StrategySpec};

use crate::catalogue::Catalogue;
use crate::nearest::suggestion;
use crate::null_command::{self, NullCommand};
use crate::run_request::Unusable;
use crate::strategy_grammar::{TypedCondition, TypedStrategy};
use crate::usage::UsageError;

/// A strategy with its conditions, as it was requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedArm {
    /// The strategy's full name with the typed conditions.
    pub label: Label,
    /// The strategy's full name.
    pub strategy: String,
    /// Every condition that the strategy knows.
    pub conditions: Conditions,
    /// The same command without work, if it has one.
    pub null: Option<NullCommand>,
    /// The link that it is measured over; none for a foreign server.
    pub link: Option<Link>,
    /// The host that serves it.
    pub host: String,
}

/// The arms of a run at each batch size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The arms, in the order of the plan.
    pub arms: Vec<RequestedArm>,
    /// The arms that only serve as a reference for the others.
    pub references: Vec<Label>,
}

impl Selection {
    /// Removes the arms that cannot be measured.
    ///
    /// # Errors
    /// If there is one and the run should stop, or if no other arm remains.
    pub fn leave_out(
        &mut self,
        left_out: &[LeftOut],
        unusable: Unusable,
    ) -> Result<(), UsageError> {
        if left_out.is_empty() {
            return Ok(());
        }
        let is_usable =
            |arm: &RequestedArm| left_out.iter().all(|one| one.strategy != arm.strategy);
        self.arms.retain(is_usable);
        let others = self.arms.iter().any(|arm| !self.references.contains(&arm.label));
        if others && unusable == Unusable::LeaveOut {
            return Ok(());
        }
        Err(UsageError::Unusable { left_out: left_out.to_vec(), others })
    }
}

/// Chooses the typed strategies from the catalogue. `link` is the run's link; without one the server
/// is foreign and link conditions are refused.
///
/// # Errors
/// If a strategy, condition or value is unknown, or two strategies are the same.
pub fn choose(
    typed: &[TypedStrategy],
    catalogue: &Catalogue,
    link: Option<&Link>,
) -> Result<Vec<RequestedArm>, UsageError> {
    let mut arms: Vec<RequestedArm> = Vec::new();
    for strategy in typed {
        let arm = choose_one(strategy, catalogue, link)?;
        if arms.iter().any(|other| other.label == arm.label) {
            return Err(UsageError::SameStrategyTwice { label: arm.label.0 });
        }
        arms.push(arm);
    }
    Ok(arms)
}

fn choose_one(
    typed: &TypedStrategy,
    catalogue: &Catalogue,
    link: Option<&Link>,
) -> Result<RequestedArm, UsageError> {
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
    let asks_http3 = of_strategy.get("http").is_some_and(|http| http == HttpVersion::Http3.name());
    let only = offer.spec.only_http.or(asks_http3.then_some(HttpVersion::Http3));
    check_version(offer.spec, only, link.as_ref())?;
    check_loss(offer.spec, only, link.as_ref())?;
    Ok(RequestedArm {
        label: Label::new(&offer.spec.name, &given),
        strategy: offer.spec.name.clone(),
        conditions: offer.spec.complete(&of_strategy),
        null: null_command::find(offer.spec, &given, &of_strategy),
        link,
        host: offer.host.to_owned(),
    })
}

/// Checks that the embedded endpoint offers the only version of HTTP that an arm speaks.
fn check_version(
    spec: &StrategySpec,
    only: Option<HttpVersion>,
    link: Option<&Link>,
) -> Result<(), UsageError> {
    let (Some(only), Some(link)) = (only, link) else { return Ok(()) };
    if link.http >= only {
        return Ok(());
    }
    let (strategy, offered) = (spec.name.clone(), link.http);
    Err(match spec.only_http {
        Some(_) => UsageError::VersionNotOffered { strategy, only, offered },
        None => UsageError::AskedVersionNotOffered { strategy, asked: only, offered },
    })
}

/// Checks that an arm uses the datagrams that a link loses.
fn check_loss(
    spec: &StrategySpec,
    only: Option<HttpVersion>,
    link: Option<&Link>,
) -> Result<(), UsageError> {
    match link.and_then(|link| link.loss) {
        Some(loss) if only != Some(HttpVersion::Http3) => {
            Err(UsageError::LossWithoutDatagrams { strategy: spec.name.clone(), loss })
        }
        _ => Ok(()),
    }
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

fn check(
    spec: &StrategySpec,
    name: &str,
    value: &str,
    is_embedded: bool,
) -> Result<(), UsageError> {
    let Some(condition) = spec.condition(name) else {
        let link_keys = if is_embedded { Link::KEYS.as_slice() } else { &[] };
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
    use crate::strategy_grammar::parse;
    use model::driver_protocol::DriverHello;
    use model::strategy::{ConditionSpec, ValueRule};
    use model::time::{Moment, Span};
    use runner::command::ProcessCommand;
    use runner::host_driver::HostDriver;

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
            only_http: None,
        };
        let hello = DriverHello {
            protocol: 1,
            driver: "test".to_owned(),
            now: Moment::from_nanos(0),
            versions: Vec::new(),
            missing: Vec::new(),
            profiles: false,
            packed: false,
            samples: false,
            strategies: vec![
                strategy("lib/sequential", "sequential"),
                strategy("lib/threads", "threads"),
            ],
        };
        let command = ProcessCommand::new("test", &[]);
        let driver = HostDriver { host: "test".to_owned(), program: "test".into(), command, hello };
        Catalogue { drivers: vec![driver], ..Catalogue::default() }
    }

    fn chosen(text: &str, link: Option<&Link>) -> Result<Vec<RequestedArm>, UsageError> {
        choose(&parse(text).expect("reads"), &catalogue(), link)
    }

    #[test]
    fn resolves_aliases_defaults_and_links() {
        let run = Link::default();
        let arms = chosen("threads:workers=4,tls=off,sequential", Some(&run)).expect("chosen");
        assert_eq!(arms[0].label.0, "lib/threads:tls=off,workers=4");
        assert_eq!(arms[0].conditions["workers"], "4");
        assert_eq!(arms[0].conditions["session"], "cold");
        assert!(!arms[0].conditions.contains_key("tls"));
        assert_eq!(arms[0].link, Some(Link { tls: false, ..Link::default() }));
        assert_eq!(arms[1].label.0, "lib/sequential");
        assert_eq!(arms[1].link, Some(run));
    }

    #[test]
    fn accepts_link_conditions_with_several_parts() {
        let run = "capacity=2,fault=nagle".parse().expect("a link");
        let arms = chosen(
            "threads:fault=slow:8:50ms+redirect,bandwidth=10Mbit,sequential,sequential:fault=none,capacity=none",
            Some(&run),
        )
        .expect("chosen");
        let links: Vec<String> =
            arms.iter().filter_map(|arm| Some(arm.link.as_ref()?.to_string())).collect();
        assert_eq!(
            links,
            [
                "rtt=11ms,tls=on,bandwidth=10Mbit,capacity=2,fault=slow:8:50ms+redirect",
                "rtt=11ms,tls=on,capacity=2,fault=nagle",
                "rtt=11ms,tls=on",
            ]
        );
        assert_eq!(arms[0].label.0, "lib/threads:bandwidth=10Mbit,fault=slow:8:50ms+redirect");
    }

    #[test]
    fn names_the_known_strategies_conditions_and_values() {
        let link = Link { rtt: Span::ZERO, ..Link::default() };
        let sentence = |text: &str| chosen(text, Some(&link)).expect_err("is refused").to_string();
        assert!(sentence("thread").contains("did you mean lib/threads or threads?"));
        assert!(sentence("threads:worker=4").contains("did you mean workers?"));
        assert!(
            sentence("threads:xyzzy=4")
                .ends_with(&format!("it has session, workers, {}", Link::KEYS.join(", ")))
        );
        assert_eq!(
            sentence("threads:workers=0"),
            "lib/threads: workers must be a number from 1 up, not \"0\""
        );
        assert_eq!(
            sentence("threads:tls=maybe"),
            "lib/threads: tls must be on or off, not \"maybe\""
        );
        assert!(sentence("threads,lib/threads").starts_with("lib/threads is requested twice"));
    }

    #[test]
    fn refuses_link_conditions_for_a_foreign_server() {
        let sentence = chosen("threads:tls=off", None).expect_err("is refused").to_string();
        assert!(sentence.starts_with("tls=off applies only to the embedded endpoint"));
    }
}
