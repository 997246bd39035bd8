//! The times: every trial a dot, with the median of each arm and its interval.

use explain::{Analysis, ArmAnalysis};
use maud::{Markup, html};
use model::recording::Recording;
use words::number::mark;
use words::pictures::{self, TimeAxis};

use super::anchor;
use super::figure::{self, Figure, PictureRow, axis_row, figures, strip, texts};
use super::scale::{Scale, Spacing};
use super::size::{self, SizeArms};
use super::svg::{self, Dot, Pixels};
use super::trials::{TrialTime, TrialTimes, sampled};
use crate::beside;

/// The height of a strip, and how far the dots stay away from its edges.
const HEIGHT: Pixels = Pixels(40);
const MARGIN: f64 = 7.0;
/// How many dots a strip has at most.
const MOST_DOTS: usize = 400;
/// The fractional part of the golden ratio: its multiples spread dots of any number evenly.
const SPREAD: f64 = 0.618_033_988_75;

/// The trials of each batch size.
pub(crate) fn section(analysis: &Analysis, recording: &Recording) -> Markup {
    let trials = TrialTimes::new(recording);
    size::each(analysis, |arms| of_size(arms, &trials))
}

fn of_size(arms: &SizeArms<'_>, trials: &TrialTimes<'_>) -> Markup {
    let ranked = arms.ranked();
    if ranked.is_empty() {
        return html! {};
    }
    let seconds: Vec<f64> =
        ranked.iter().flat_map(|arm| trials.of(&arm.arm)).map(|trial| trial.seconds).collect();
    let scale = Scale::of_times(&seconds);
    let unit = if scale.spacing() == Spacing::Logarithmic { "ms, logarithmic" } else { "ms" };
    let figure = Figure {
        id: None,
        title: format!("Trials at batch {}", arms.size),
        notes: notes(&ranked, trials, &scale),
        picture: html! {
            div.rows {
                @for arm in &ranked { (row(arms, arm, trials.of(&arm.arm), &scale)) }
                (axis_row(&svg::axis(&scale, unit, |seconds| mark(1e3 * seconds))))
            }
        },
        tables: table(arms, &ranked),
    };
    figure.render()
}

fn notes(arms: &[&ArmAnalysis], trials: &TrialTimes<'_>, scale: &Scale) -> Vec<String> {
    let axis = match scale.spacing() {
        Spacing::Logarithmic => TimeAxis::Logarithmic,
        Spacing::Linear if scale.low() > 0.0 => TimeAxis::From(scale.low()),
        Spacing::Linear => TimeAxis::FromZero,
    };
    let most = arms.iter().map(|arm| trials.of(&arm.arm)).max_by_key(|trials| trials.len());
    let most = most.unwrap_or_default();
    let left_out = (most.len() > MOST_DOTS)
        .then(|| pictures::sampled(sampled(most, MOST_DOTS).count(), most.len()));
    let without = arms.iter().filter_map(|arm| pictures::no_interval(arm));
    std::iter::once(pictures::times(axis)).chain(left_out).chain(without).collect()
}

fn row(arms: &SizeArms<'_>, arm: &ArmAnalysis, trials: &[TrialTime], scale: &Scale) -> Markup {
    let dots = sampled(trials, MOST_DOTS).enumerate().map(|(place, trial)| {
        let spread = (place as f64 * SPREAD).fract();
        let room = f64::from(HEIGHT.0) - 2.0 * MARGIN;
        Dot { across: scale.place(trial.seconds), down: MARGIN + room * spread }
    });
    let ends = arm.median_low.zip(arm.median_high);
    let content = html! {
        (svg::grid(scale, HEIGHT))
        @if let Some((low, high)) = ends {
            @let (low, high) = (scale.place(low), scale.place(high));
            rect.spread x=(low) width=(low.until(high)) y="3" height={ (HEIGHT.0 - 6) } {}
        }
        (svg::dots("trial", dots, HEIGHT))
        @if let Some(median) = arm.describe.median {
            @let at = scale.place(median);
            line.median x1=(at) x2=(at) y1="1" y2={ (HEIGHT.0 - 1) } {}
        }
    };
    let row = PictureRow {
        id: Some(anchor::arm("times", &arm.arm)),
        name: arms.name(arm),
        values: pictures::median(arm).into_iter().collect(),
        strip: strip(&pictures::times_row(arm), HEIGHT, &content),
    };
    row.render()
}

fn table(arms: &SizeArms<'_>, ranked: &[&ArmAnalysis]) -> Markup {
    let describe = || ranked.iter().map(|arm| arm.describe);
    let columns = [
        texts("strategy", ranked.iter().map(|arm| arm.label.0.clone())),
        figures("trials", describe().map(|describe| describe.count.to_string())),
        figures("failed", ranked.iter().map(|arm| arm.failed.to_string())),
        beside::millis("mean", describe().map(|describe| describe.mean)),
        beside::millis("std", describe().map(|describe| describe.std)),
        beside::millis("min", describe().map(|describe| describe.min)),
        beside::millis("25%", describe().map(|describe| describe.lower_quartile)),
        beside::millis("median", describe().map(|describe| describe.median)),
        beside::millis("75%", describe().map(|describe| describe.upper_quartile)),
        beside::millis("max", describe().map(|describe| describe.max)),
        figures(
            "median with its 95% interval",
            ranked.iter().map(|arm| pictures::median(arm).unwrap_or_default()),
        ),
    ];
    figure::table(&format!("Times at batch {}, ms", arms.size), &columns)
}
