//! The controls of a batch size in one line: how precise the measurement itself is.

use explain::{Analysis, ControlAnalysis};
use model::arm::{BatchSize, Role};

use crate::style::Style;
use crate::text;
use words::number::{millis, millis_with_interval, percent};

/// The noise floor and the known delay, side by side where they fit; nothing without controls.
pub(crate) fn lines(analysis: &Analysis, size: BatchSize, style: Style) -> Vec<String> {
    let of_size = analysis.controls.iter().filter(|control| control.batch_size == size);
    let parts: Vec<String> = of_size.filter_map(clause).collect();
    let line = parts.join(", ");
    if text::width(&line) <= style.columns() {
        return text::wrap(&line, style.columns(), 0);
    }
    parts.iter().flat_map(|part| text::wrap(part, style.columns(), 0)).collect()
}

fn clause(control: &ControlAnalysis) -> Option<String> {
    match control.role {
        Role::Aa => Some(noise_floor(control)),
        Role::Delay => Some(known_delay(control)),
        Role::Measured | Role::Toggle | Role::Null => None,
    }
}

fn noise_floor(control: &ControlAnalysis) -> String {
    let missed = if control.missed == Some(true) { ", missed" } else { "" };
    match control.noise_floor {
        Some(share) => format!("noise floor ±{} (A/A{missed})", percent(share)),
        None => "noise floor not yet known (A/A)".to_owned(),
    }
}

fn known_delay(control: &ControlAnalysis) -> String {
    let delay = match control.expected_seconds {
        Some(expected) => format!("known delay {}", millis(expected)),
        None => "unknown delay".to_owned(),
    };
    let missed = if control.missed == Some(true) { ", missed" } else { "" };
    match (control.seconds, control.seconds_low, control.seconds_high) {
        (Some(seconds), Some(low), Some(high)) => {
            let measured = millis_with_interval(seconds, Some((low, high)));
            format!("{delay} measured as {measured}{missed}")
        }
        _ => format!("{delay} not yet measured"),
    }
}
