//! What the controls of a batch size say of the instrument, in one line.

use explain::figures::{millis, millis_alone, percent};
use explain::{Analysis, ControlAnalysis};
use model::arm::{BatchSize, Role};

use crate::style::Style;
use crate::text;

/// The noise floor and the known delay, side by side where they fit; nothing without controls.
pub(crate) fn lines(analysis: &Analysis, size: BatchSize, style: Style) -> Vec<String> {
    let of_size = analysis.controls.iter().filter(|control| control.batch_size == size);
    let parts: Vec<String> = of_size.filter_map(told).collect();
    let line = parts.join(", ");
    if text::width(&line) <= style.columns() {
        return text::wrap(&line, style.columns(), 0);
    }
    parts.iter().flat_map(|part| text::wrap(part, style.columns(), 0)).collect()
}

fn told(control: &ControlAnalysis) -> Option<String> {
    match control.role {
        Role::Aa => Some(noise_floor(control)),
        Role::Delay => Some(known_delay(control)),
        Role::Measured | Role::Toggle | Role::Null => None,
    }
}

fn noise_floor(control: &ControlAnalysis) -> String {
    let missed = if control.missed == Some(true) { ", missed" } else { "" };
    match control.noise_floor {
        Some(share) => format!("noise floor ± {} (A/A{missed})", percent(share)),
        None => "noise floor not known yet (A/A)".to_owned(),
    }
}

fn known_delay(control: &ControlAnalysis) -> String {
    let delay = match control.expected_seconds {
        Some(expected) => format!("known delay {}", millis(expected)),
        None => "delay of unknown length".to_owned(),
    };
    let found = if control.missed == Some(true) { "missed" } else { "found" };
    match (control.seconds, control.seconds_low, control.seconds_high) {
        (Some(seconds), Some(low), Some(high)) => {
            let [seconds, low, high] = [seconds, low, high].map(millis_alone);
            format!("{delay} {found} as {seconds} [{low}, {high}] ms")
        }
        _ => format!("{delay} not found yet"),
    }
}
