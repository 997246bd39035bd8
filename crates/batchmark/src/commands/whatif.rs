//! `batchmark whatif`: what the arms of a recording would take under other conditions.

use explain::whatif::{
    ArmPrediction, NOT_MODELLED, Setting, WhatIf, WorkFactor, known_names, predict_arms,
};
use model::arm::BatchSize;
use model::link::Link;
use model::recording::Recording;
use report::printer::{print, style};

use crate::arguments::WhatIfArguments;
use crate::commands::report::read_recording;
use crate::exit::Exit;
use crate::nearest::suggestion;
use crate::output::JsonOutput;
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
    let json = JsonOutput::open(arguments.json.as_deref())?;
    if !matches!(json, Some(JsonOutput::Stdout)) {
        print(&report::predictions(&predictions, &question, style()))?;
    }
    if let Some(json) = json {
        json.write(&words::whatif::json(&predictions, &question))?;
    }
    let is_predicted = predictions.iter().any(|prediction| prediction.outcome.is_ok());
    Ok(if is_predicted { Exit::Success } else { Exit::SomeFailed })
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
        if NOT_MODELLED.contains(&name.as_str()) {
            continue;
        }
        if !known.contains(&name.as_str()) {
            return Err(UsageError::UnknownSetting {
                typed: name.clone(),
                suggestion: suggestion(name, known.iter().copied()),
                known: known.join(", "),
            });
        }
        check_value(recording, name, value)?;
    }
    Ok(())
}

fn check_value(recording: &Recording, name: &str, value: &str) -> Result<(), UsageError> {
    if WorkFactor::read(value).is_some() && name == "work" {
        return Ok(());
    }
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
