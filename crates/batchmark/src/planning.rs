//! From what was typed to the plan: everything that decides what is measured.

use std::fs::File;

use model::arm::{Arm, BatchSize, Label};
use model::index::TargetIndex;
use model::plan::{Plan, PlannedTarget, StopRule};
use model::target::{Checks, Request, Target, Trust};
use model::time::Span;

use crate::arguments::{RequestArguments, RunArguments};
use crate::choice::Choice;
use crate::nearest::suggestion;
use crate::null_command;
use crate::urls::method;
use crate::usage::UsageError;

/// The batch sizes where none are given: those of the question that this program began with.
const BATCH_SIZES: [u32; 2] = [4, 16];
/// The largest batch: it is held in memory as a whole, with its trace.
const LARGEST_BATCH: u32 = 1_000_000;
/// Where only a precision is asked for, the run ends after so many blocks all the same.
const MOST_FOR_PRECISION: u32 = 1000;

/// The batch sizes that were asked for, each once, in their order.
///
/// # Errors
/// When one is zero, too large, or larger than the list of URLs.
pub fn batch_sizes(typed: &[u32], urls: Option<usize>) -> Result<Vec<BatchSize>, UsageError> {
    let available = urls.map_or(u64::from(LARGEST_BATCH), |urls| urls as u64);
    let mut sizes: Vec<u32> = if typed.is_empty() {
        BATCH_SIZES.into_iter().filter(|&size| u64::from(size) <= available).collect()
    } else {
        typed.to_vec()
    };
    if sizes.is_empty() {
        sizes.extend(u32::try_from(available));
    }
    let mut seen = std::collections::BTreeSet::new();
    sizes.retain(|size| seen.insert(*size));
    for &size in &sizes {
        if size == 0 || size > LARGEST_BATCH {
            return Err(UsageError::BadBatchSize(size));
        }
        if u64::from(size) > available {
            return Err(UsageError::TooFewUrls { size, urls: urls.unwrap_or_default() });
        }
    }
    Ok(sizes.into_iter().map(BatchSize).collect())
}

/// The target that requests, trust and the typed checks make.
///
/// # Errors
/// When the time limit is nothing, or the method is none.
pub fn target(
    requests: Vec<Request>,
    trust: Trust,
    arguments: &RequestArguments,
) -> Result<Target, UsageError> {
    if arguments.timeout.is_zero() {
        return Err(UsageError::NoTime);
    }
    let usual = if method(arguments)? == "GET" { Checks::MORE_THAN_EMPTY } else { 0 };
    Ok(Target {
        requests,
        headers: arguments.headers.clone(),
        trust,
        checks: Checks {
            statuses: arguments.expect_status.clone(),
            min_bytes: arguments.expect_min_bytes.map_or(usual, |size| size.0),
        },
        time_limit: arguments.timeout,
    })
}

/// Whom to trust, as typed.
///
/// # Errors
/// When the file of certificates cannot be read.
pub fn trust(arguments: &RequestArguments) -> Result<Trust, UsageError> {
    match arguments.cacert.clone() {
        None if arguments.insecure => Ok(Trust::Anyone),
        None => Ok(Trust::Default),
        Some(path) => match File::open(&path) {
            Ok(_) => Ok(Trust::File { path }),
            Err(source) => Err(UsageError::Unreadable { path, source }),
        },
    }
}

/// Why the run will end.
pub fn stop_rule(arguments: &RunArguments) -> StopRule {
    let StopRule::Precision { least, most, half_width, looks } = StopRule::DEFAULT else {
        return StopRule::DEFAULT;
    };
    match (arguments.iterations, arguments.precision) {
        (None, None) => StopRule::Precision { least, most, half_width, looks },
        (Some(blocks), None) => StopRule::Blocks { blocks },
        (most, Some(half_width)) => {
            let most = most.or(Some(MOST_FOR_PRECISION));
            StopRule::Precision { least, most, half_width, looks }
        }
    }
}

/// The label that the baseline names; the first choice where none is typed.
///
/// # Errors
/// When it names none of the choices.
pub fn baseline(typed: Option<&str>, choices: &[Choice]) -> Result<Label, UsageError> {
    let labels = || choices.iter().map(|choice| choice.label.0.as_str());
    let Some(typed) = typed else {
        let first = choices.first().map(|choice| choice.label.clone());
        return first.ok_or_else(|| unknown_baseline("", labels()));
    };
    let same_mode = |label: &&str| label.rsplit_once('/').is_some_and(|(_, mode)| mode == typed);
    labels()
        .find(|label| *label == typed)
        .or_else(|| labels().find(same_mode))
        .map(|label| Label(label.to_owned()))
        .ok_or_else(|| unknown_baseline(typed, labels()))
}

fn unknown_baseline<'a>(typed: &str, labels: impl Iterator<Item = &'a str> + Clone) -> UsageError {
    UsageError::UnknownBaseline {
        typed: typed.to_owned(),
        suggestion: suggestion(typed, labels.clone()),
        labels: labels.collect::<Vec<_>>().join(", "),
    }
}

/// The plan for the choices, each measured at each batch size, beside its null command where it has
/// one. `targets` holds a target for every link that a choice names.
///
/// # Errors
/// When the baseline is unknown.
pub fn plan(
    arguments: &RunArguments,
    choices: &[Choice],
    sizes: &[BatchSize],
    targets: Vec<PlannedTarget>,
) -> Result<Plan, UsageError> {
    let arms = sizes.iter().flat_map(|&size| arms(choices, size, &targets)).collect();
    let seed = arguments.seed.unwrap_or_else(seed);
    let baseline = baseline(arguments.baseline.as_deref(), choices)?;
    Ok(Plan {
        pilot_trials: arguments.warm_up,
        budget: arguments.budget,
        ..Plan::of(seed, targets, arms, baseline, stop_rule(arguments))
    })
}

/// The arms of a batch size, those that were asked about first.
fn arms(choices: &[Choice], size: BatchSize, targets: &[PlannedTarget]) -> Vec<Arm> {
    let mut arms: Vec<Arm> = choices.iter().map(|choice| arm(choice, size, targets)).collect();
    for (place, choice) in choices.iter().enumerate() {
        let null = choice.null.as_ref().map(|null| null_command::arm(null, &arms[place]));
        // It may have been asked about by itself.
        arms.extend(null.filter(|null| arms.iter().all(|arm| arm.name != null.name)));
    }
    arms
}

fn arm(choice: &Choice, size: BatchSize, targets: &[PlannedTarget]) -> Arm {
    Arm {
        target: TargetIndex(
            targets.iter().position(|target| target.link == choice.link).unwrap_or_default(),
        ),
        driver: choice.driver,
        ..Arm::measured(choice.label.clone(), &choice.strategy, choice.conditions.clone(), size)
    }
}

/// A seed that nobody chose; short enough to be typed again.
fn seed() -> u64 {
    Span::from(host::clock::monotonic()).as_nanos() % 1_000_000_007
}

/// How many connections an arm may hold at once: as many as its requests, its workers or its
/// permits, whichever are fewest.
fn connections(arm: &Arm) -> u64 {
    let limit = |name| arm.conditions.get(name).and_then(|value| value.parse().ok());
    let limits = [limit("workers"), limit("concurrency"), Some(u64::from(arm.batch_size.0))];
    limits.into_iter().flatten().min().unwrap_or_default()
}

/// Checks that a process may open as many files as the plan needs at once.
///
/// # Errors
/// When it may not.
pub fn check_files(plan: &Plan, allowed: Option<u64>) -> Result<(), UsageError> {
    /// What a process needs beside its connections.
    const BESIDE: u64 = 64;
    let needed = plan.arms.iter().map(connections).max().unwrap_or_default();
    // The embedded endpoint needs a timer beside every connection.
    let files = 2 * needed + BESIDE;
    match allowed {
        Some(allowed) if allowed < files => Err(UsageError::TooFewFiles { needed, files, allowed }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
