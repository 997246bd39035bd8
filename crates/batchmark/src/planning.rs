//! Makes the plan of a run from its request and the arms that were chosen.

use model::arm::{Arm, BatchSize, Label};
use model::index::TargetIndex;
use model::link::Link;
use model::plan::{Plan, PlannedTarget};

use crate::drivers::Drivers;
use crate::nearest::suggestion;
use crate::null_command;
use crate::requested_arms::{RequestedArm, Selection};
use crate::run_request::RunRequest;
use crate::usage::UsageError;

/// The plan: every requested arm at every batch size, and its null command if it has one. `targets`
/// holds a target for every link of an arm.
///
/// # Errors
/// If the baseline is unknown.
pub fn plan(
    request: &RunRequest,
    selection: &Selection,
    drivers: &Drivers,
    targets: Vec<PlannedTarget>,
) -> Result<Plan, UsageError> {
    let baseline = baseline(request.baseline.as_deref(), &selection.arms)?;
    let arms = request
        .batch_sizes
        .iter()
        .flat_map(|&size| arms(&selection.arms, size, drivers, &targets))
        .collect();
    Ok(Plan {
        references: selection.references.clone(),
        pilot_trials: request.pilot_trials,
        budget: request.budget,
        ..Plan::new(request.seed, targets, arms, baseline, request.stop.clone())
    })
}

/// The label that `--baseline` names; by default that of the first arm.
fn baseline(typed: Option<&str>, arms: &[RequestedArm]) -> Result<Label, UsageError> {
    let labels = || arms.iter().map(|arm| arm.label.0.as_str());
    match typed {
        Some(typed) => named_baseline(typed, labels()),
        None => {
            let first = arms.first().map(|arm| arm.label.clone());
            first.ok_or_else(|| unknown_baseline("", labels()))
        }
    }
}

/// The label that `--baseline` names: the whole label, or what follows its slash.
///
/// # Errors
/// If it names none of these labels.
pub(crate) fn named_baseline<'a>(
    typed: &str,
    labels: impl Iterator<Item = &'a str> + Clone,
) -> Result<Label, UsageError> {
    let same_mode = |label: &&str| label.rsplit_once('/').is_some_and(|(_, mode)| mode == typed);
    labels
        .clone()
        .find(|label| *label == typed)
        .or_else(|| labels.clone().find(same_mode))
        .map(|label| Label(label.to_owned()))
        .ok_or_else(|| unknown_baseline(typed, labels))
}

fn unknown_baseline<'a>(typed: &str, labels: impl Iterator<Item = &'a str> + Clone) -> UsageError {
    UsageError::UnknownBaseline {
        typed: typed.to_owned(),
        suggestion: suggestion(typed, labels.clone()),
        labels: labels.collect::<Vec<_>>().join(", "),
    }
}

/// The arms of a batch size: the requested ones, then their null commands.
fn arms(
    requested: &[RequestedArm],
    size: BatchSize,
    drivers: &Drivers,
    targets: &[PlannedTarget],
) -> Vec<Arm> {
    let mut arms: Vec<Arm> =
        requested.iter().map(|requested| arm(requested, size, drivers, targets)).collect();
    for (index, requested) in requested.iter().enumerate() {
        let null = requested.null.as_ref().map(|null| null_command::arm(null, &arms[index]));
        // It may have been requested by itself.
        arms.extend(null.filter(|null| arms.iter().all(|arm| arm.name != null.name)));
    }
    arms
}

fn arm(
    requested: &RequestedArm,
    size: BatchSize,
    drivers: &Drivers,
    targets: &[PlannedTarget],
) -> Arm {
    let target = targets.iter().position(|target| target.link == requested.link);
    let (label, conditions) = (requested.label.clone(), requested.conditions.clone());
    Arm {
        target: TargetIndex(target.unwrap_or_default()),
        driver: drivers.index_of(&requested.host).unwrap_or_default(),
        ..Arm::measured(label, &requested.strategy, conditions, size)
    }
}

/// How many connections an arm may open at once: as many as its requests, workers or permits,
/// whichever are fewest.
fn connections(arm: &Arm) -> u64 {
    let limit = |name| arm.conditions.get(name).and_then(|value| value.parse().ok());
    let limits = [limit("workers"), limit("concurrency"), Some(u64::from(arm.batch_size.0))];
    limits.into_iter().flatten().min().unwrap_or_default()
}

/// The files that a process needs besides its connections.
const OTHER_FILES: u64 = 64;
/// The embedded endpoint needs a timer for every connection, where it has to wait.
const FILES_PER_CONNECTION: u64 = 2;

/// How many connections a process may have at once that may open this many files.
pub const fn connections_within(allowed: u64) -> u64 {
    allowed.saturating_sub(OTHER_FILES) / FILES_PER_CONNECTION
}

/// Checks that a process may open as many files as the plan needs at once.
///
/// # Errors
/// If it may not.
pub fn check_files(plan: &Plan, allowed: Option<u64>) -> Result<(), UsageError> {
    let files = |arm: &Arm| connections(arm) * files_of_connection(plan, arm) + OTHER_FILES;
    match (plan.arms.iter().max_by_key(|arm| files(arm)), allowed) {
        (Some(most), Some(allowed)) if allowed < files(most) => {
            let (needed, files) = (connections(most), files(most));
            Err(UsageError::TooFewFiles { needed, files, allowed })
        }
        _ => Ok(()),
    }
}

/// How many files a process needs for each connection of an arm: the embedded endpoint has a timer too,
/// where it has to wait.
fn files_of_connection(plan: &Plan, arm: &Arm) -> u64 {
    let link = plan.target_of(arm).and_then(|planned| planned.link.as_ref());
    if link.is_some_and(Link::has_waits) { FILES_PER_CONNECTION } else { 1 }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use model::strategy::Conditions;
    use model::target::Trust;
    use model::time::Span;

    use super::*;

    fn request(words: &[&str]) -> RunRequest {
        let words = ["batchmark"].iter().chain(words);
        let arguments = crate::arguments::Arguments::try_parse_from(words).expect("parses").run;
        RunRequest::read(&arguments).expect("reads")
    }

    fn requested(label: &str, link: Option<Link>) -> RequestedArm {
        RequestedArm {
            label: Label(label.to_owned()),
            strategy: label.to_owned(),
            conditions: Conditions::new(),
            null: None,
            link,
            host: "built-in".to_owned(),
        }
    }

    fn planned(request: &RunRequest, arms: Vec<RequestedArm>, links: &[Option<Link>]) -> Plan {
        let target = |link: &Option<Link>| PlannedTarget {
            link: link.clone(),
            target: request.template.target([], Trust::Default),
        };
        let selection = Selection { arms, references: vec![Label("lib/reference".to_owned())] };
        let targets = links.iter().map(target).collect();
        plan(request, &selection, &Drivers::default(), targets).expect("plans")
    }

    #[test]
    fn takes_the_first_arm_or_the_named_one_as_baseline() {
        let arms = [requested("lib/sequential", None), requested("lib/threads", None)];
        let named = |typed| baseline(typed, &arms).map(|label| label.0);
        assert_eq!(named(None).expect("is known"), "lib/sequential");
        assert_eq!(named(Some("lib/threads")).expect("is known"), "lib/threads");
        assert_eq!(named(Some("threads")).expect("is known"), "lib/threads");
        let sentence = named(Some("thread")).expect_err("is refused").to_string();
        assert!(sentence.contains("did you mean lib/threads?"), "{sentence}");
    }

    #[test]
    fn measures_every_arm_at_every_batch_size_over_its_own_link() {
        let off = Link { tls: false, ..Link::default() };
        let arms = vec![requested("a", Some(Link::default())), requested("b", Some(off.clone()))];
        let request = request(&["--seed", "5", "-b", "4,16"]);
        let plan = planned(&request, arms, &[Some(Link::default()), Some(off)]);
        let arms: Vec<(&str, usize)> =
            plan.arms.iter().map(|arm| (arm.name.0.as_str(), arm.target.0)).collect();
        assert_eq!(arms, [("a@4", 0), ("b@4", 1), ("a@16", 0), ("b@16", 1)]);
        assert_eq!(plan.seed, 5);
        assert_eq!(plan.references, [Label("lib/reference".to_owned())]);
    }

    #[test]
    fn refuses_more_connections_than_files_may_be_open() {
        let mut arm = requested("a", None);
        arm.conditions.insert("workers".to_owned(), "400".to_owned());
        let plan = |link: Option<Link>| {
            let arm = RequestedArm { link: link.clone(), ..arm.clone() };
            planned(&request(&["-b", "1000"]), vec![arm], &[link])
        };
        let waiting = plan(Some(Link::default()));
        assert!(check_files(&waiting, None).is_ok());
        assert!(check_files(&waiting, Some(864)).is_ok());
        let sentence = check_files(&waiting, Some(863)).expect_err("is refused").to_string();
        assert!(sentence.starts_with("400 connections at once need 864 open files"), "{sentence}");
        let instant = Link { rtt: Span::ZERO, ..Link::default() };
        for link in [None, Some(instant)] {
            let plan = plan(link);
            assert!(check_files(&plan, Some(464)).is_ok());
            assert!(check_files(&plan, Some(463)).is_err());
        }
    }
}
