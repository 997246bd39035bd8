//! Drift: the trials of each arm in the order of the blocks, a small panel an arm.

use explain::{Analysis, ArmAnalysis};
use maud::{Markup, html};
use model::recording::Recording;
use words::number::percent;
use words::pictures;

use super::anchor;
use super::figure::{self, Figure, figures, strip};
use super::scale::Scale;
use super::size::{self, SizeArms};
use super::svg::{self, Dot, Pixels};
use super::trials::{TrialTime, TrialTimes, sampled};
use crate::beside;

const HEIGHT: Pixels = Pixels(84);
/// How far dots stay away from the edges.
const MARGIN: f64 = 6.0;
/// The room left and right of the dots, as a share of the blocks.
const ROOM: f64 = 0.03;
/// How many dots a panel has at most.
const MOST_DOTS: usize = 300;
/// The panels reach at least this far from the median, as a share of it.
const LEAST_REACH: f64 = 0.02;
/// This share of all trials lies within the panels; a single stall would make the others one line.
const WITHIN: f64 = 0.98;
/// How many cells the table of all trials has at most.
const MOST_CELLS: usize = 4000;

/// The panels of each batch size.
pub(crate) fn section(analysis: &Analysis, recording: &Recording) -> Markup {
    let trials = TrialTimes::new(recording);
    size::each(analysis, |arms| of_size(arms, &trials))
}

fn of_size(arms: &SizeArms<'_>, trials: &TrialTimes<'_>) -> Markup {
    let ranked: Vec<&ArmAnalysis> = arms.ranked();
    let blocks = ranked.iter().flat_map(|arm| trials.of(&arm.arm)).map(|trial| trial.block);
    let last = blocks.max().unwrap_or(0);
    if last == 0 {
        return html! {};
    }
    let reach = reach(&ranked, trials);
    let figure = Figure {
        id: None,
        title: format!(
            "Trials at batch {} over {}",
            arms.size,
            words::list::counted(last as usize + 1, "block")
        ),
        notes: vec![pictures::DRIFT.to_owned()],
        picture: html! {
            div.panels {
                @for arm in &ranked { (panel(arms, arm, trials.of(&arm.arm), f64::from(last), reach)) }
            }
        },
        tables: table(arms, &ranked, trials),
    };
    figure.render()
}

/// How far a trial lies from the median of its arm, as a share.
fn distance(arm: &ArmAnalysis, trial: &TrialTime) -> f64 {
    match arm.describe.median {
        Some(median) if median > 0.0 => trial.seconds / median - 1.0,
        _ => 0.0,
    }
}

/// How far the panels reach from the median: as far as most trials.
fn reach(arms: &[&ArmAnalysis], trials: &TrialTimes<'_>) -> f64 {
    let distances = arms
        .iter()
        .flat_map(|arm| trials.of(&arm.arm).iter().map(|trial| distance(arm, trial).abs()));
    let mut distances: Vec<f64> = distances.collect();
    distances.sort_by(f64::total_cmp);
    let most = distances.len().saturating_sub(1);
    let within = (WITHIN * most as f64).ceil() as usize;
    distances.get(within.min(most)).copied().unwrap_or(0.0).max(LEAST_REACH)
}

fn panel(
    arms: &SizeArms<'_>,
    arm: &ArmAnalysis,
    trials: &[TrialTime],
    last: f64,
    reach: f64,
) -> Markup {
    let middle = f64::from(HEIGHT.0) / 2.0;
    // Dots stay within the panel.
    let across = Scale::between(-ROOM * last, (1.0 + ROOM) * last);
    let is_beyond = |trial: &&TrialTime| distance(arm, trial).abs() > reach;
    let dot = |trial: &TrialTime| Dot {
        across: across.place(f64::from(trial.block)),
        down: middle - (middle - MARGIN) * (distance(arm, trial) / reach).clamp(-1.0, 1.0),
    };
    let shown = || sampled(trials, MOST_DOTS);
    let content = html! {
        line.median x1="0" x2="100%" y1=(middle) y2=(middle) {}
        (svg::dots("trial", shown().filter(|trial| !is_beyond(trial)).map(dot), HEIGHT))
        (svg::dots("beyond", shown().filter(is_beyond).map(dot), HEIGHT))
    };
    let beyond = trials.iter().filter(is_beyond).count();
    html! {
        div.panel id=(anchor::arm("drift", &arm.arm)) {
            p.name { (arms.name(arm)) }
            (strip(&pictures::drift_row(arm, reach), HEIGHT, &content))
            p.scale { span { "±" (percent(reach)) } @if beyond > 0 { span { (pictures::beyond_panel(beyond)) } } }
        }
    }
}

/// The time of each trial, a row a block.
fn table(arms: &SizeArms<'_>, ranked: &[&ArmAnalysis], trials: &TrialTimes<'_>) -> Markup {
    let mut blocks: Vec<u32> =
        ranked.iter().flat_map(|arm| trials.of(&arm.arm)).map(|trial| trial.block).collect();
    blocks.sort_unstable();
    blocks.dedup();
    if blocks.len() * ranked.len() > MOST_CELLS {
        return html! { p { (pictures::too_many_trials(blocks.len() * ranked.len())) } };
    }
    let mut columns = vec![figures("block", blocks.iter().map(|block| (block + 1).to_string()))];
    columns.extend(ranked.iter().map(|arm| {
        let trials = trials.of(&arm.arm);
        let in_block = |block: &u32| {
            let at = trials.binary_search_by_key(block, |trial| trial.block).ok()?;
            Some(trials[at].seconds)
        };
        beside::millis(&arm.label.0, blocks.iter().map(in_block))
    }));
    figure::table(&format!("Every trial at batch {}, ms", arms.size), &columns)
}
