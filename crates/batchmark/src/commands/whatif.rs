//! `batchmark whatif`: what the arms of a recording would take under other conditions.

use std::collections::BTreeSet;

use explain::whatif::{
    ArmPrediction, ChangedArm, Setting, WhatIf, WorkFactor, known_names, predict_arms,
};
use model::arm::BatchSize;
use model::link::Link;
use model::recording::Recording;
use report::printer::{print, style};

use crate::arguments::WhatIfArguments;
use crate::commands::report::read_recording;
use crate::exit::Exit;
use crate::measuring::Measurer;
use crate::nearest::suggestion;
use crate::output::{OutputFile, create_recording};
use crate::repeat::{Repetition, no_output};
use crate::secrets::SecretCollector;
use crate::usage::UsageError;

/// Predicts, from the recording alone.
///
/// # Errors
/// When there is no recording, it cannot be read, or what is asked is no condition of it.
pub fn whatif(arguments: &WhatIfArguments) -> anyhow::Result<Exit> {
    let recording = read_recording(arguments.recording.as_deref())?;
    let question = WhatIf {
        settings: arguments.settings.clone(),
        batch_size: arguments.batch_size.map(BatchSize),
    };
    check(&recording, &question)?;
    let predictions = predict_arms(&recording, &question).ok_or(UsageError::NothingMeasured)?;
    let predictions = named(predictions, arguments.arm.as_deref())?;
    let changed = if arguments.check {
        changed_arms(&recording, &predictions, &question.settings)?
    } else {
        Vec::new()
    };
    let json = OutputFile::requested(arguments.json.as_deref(), "json")?;
    let is_shown = !json.as_ref().is_some_and(OutputFile::is_stdout);
    if is_shown {
        print(&report::predictions(&predictions, &question, style()))?;
    }
    let measured = measure(arguments, &recording, &changed)?;
    let check = |measured| explain::whatif::check(&predictions, &changed, &measured);
    let checks = measured.map_or_else(Vec::new, check);
    if is_shown && !checks.is_empty() {
        print(&report::checks(&checks, style()))?;
    }
    if let Some(json) = json {
        json.write(&words::whatif::json(&predictions, &question, &checks))?;
    }
    let is_predicted = predictions.iter().any(|prediction| prediction.outcome.is_ok());
    Ok(if is_predicted { Exit::Success } else { Exit::SomeFailed })
}

/// Measures the changed arms beside the unchanged ones; nothing where there are none.
fn measure(
    arguments: &WhatIfArguments,
    recording: &Recording,
    changed: &[ChangedArm],
) -> anyhow::Result<Option<Recording>> {
    if changed.is_empty() {
        return Ok(None);
    }
    let labels = changed.iter().flat_map(|arm| [&arm.label, &arm.changed]);
    let sizes = changed.iter().flat_map(|arm| [arm.recorded_size, arm.batch_size]);
    let repetition = Repetition {
        labels: labels.cloned().collect::<BTreeSet<_>>().into_iter().collect(),
        batch_sizes: sizes.collect::<BTreeSet<_>>().into_iter().collect(),
        hosts: arguments.hosts.clone(),
        output: no_output(arguments.quiet),
    };
    let request = repetition.request(recording)?;
    let measurer = Measurer::new()?;
    let prepared = measurer.prepare(&request)?;
    let file = match arguments.save.as_deref() {
        Some(path) => create_recording(path)?,
        None => tempfile::tempfile()?,
    };
    let secrets = SecretCollector::of_hosts(&arguments.hosts);
    Ok(Some(measurer.measure(&request, prepared, file, secrets.secrets())?))
}

/// What has to be measured for the predictions.
fn changed_arms(
    recording: &Recording,
    predictions: &[ArmPrediction],
    settings: &[Setting],
) -> Result<Vec<ChangedArm>, UsageError> {
    let plan = recording.plan.as_ref().ok_or(UsageError::NothingMeasured)?;
    let mut changed = Vec::new();
    for prediction in predictions.iter().filter(|prediction| prediction.outcome.is_ok()) {
        let Some(arm) = plan.arms.iter().find(|arm| arm.name == prediction.arm) else { continue };
        let unmeasurable = |setting: Setting| {
            UsageError::CannotCheck(format!("{}={} of {}", setting.name, setting.value, arm.label))
        };
        let arm = ChangedArm::new(arm, prediction, settings).map_err(unmeasurable)?;
        changed.push(arm);
    }
    Ok(changed)
}

/// The predictions of the arm with this label or name; all without one.
fn named(all: Vec<ArmPrediction>, typed: Option<&str>) -> Result<Vec<ArmPrediction>, UsageError> {
    let Some(typed) = typed else { return Ok(all) };
    let is_named =
        |prediction: &&ArmPrediction| prediction.label.0 == typed || prediction.arm.0 == typed;
    let found: Vec<ArmPrediction> = all.iter().filter(is_named).cloned().collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let labels: Vec<&str> = all.iter().map(|prediction| prediction.label.0.as_str()).collect();
    Err(UsageError::UnknownArm {
        typed: typed.to_owned(),
        suggestion: suggestion(typed, labels.iter().copied()),
        labels: labels.join(", "),
    })
}

/// Refuses conditions that no arm of the recording has, and values that none accepts.
fn check(recording: &Recording, question: &WhatIf) -> Result<(), UsageError> {
    let plan = recording.plan.as_ref().ok_or(UsageError::NothingMeasured)?;
    let known = known_names(plan);
    for setting in &question.settings {
        let Setting { name, value } = setting;
        if !known.contains(&name.as_str()) {
            return Err(UsageError::UnknownSetting {
                typed: name.clone(),
                suggestion: suggestion(name, known.iter().copied()),
                known: known.join(", "),
            });
        }
        if WorkFactor::of(setting).is_none() {
            check_value(recording, name, value)?;
        }
    }
    Ok(())
}

fn check_value(recording: &Recording, name: &str, value: &str) -> Result<(), UsageError> {
    let specs = recording.header.drivers.iter().flat_map(|driver| &driver.strategies);
    let rules: Vec<_> = specs.filter_map(|spec| spec.condition(name)).collect();
    if let Some(first) = rules.first() {
        if rules.iter().any(|rule| rule.values.accepts(value)) {
            return Ok(());
        }
        let (name, value) = (name.to_owned(), value.to_owned());
        return Err(UsageError::BadSetting { name, value, rule: first.values.to_string() });
    }
    if Link::knows(name) {
        Link::default().set(name, value).map_err(UsageError::Link)?;
    }
    Ok(())
}
