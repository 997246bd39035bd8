//! Where the time goes: the mean batch of each arm as a bar, cut by what its time is charged to.

use evidence::account::Charge;
use explain::{Analysis, ArmAnalysis};
use maud::{Markup, html};
use model::recording::Recording;
use words::number::{mark, millis};
use words::{charge, pictures};

use super::anchor;
use super::figure::{self, Figure, axis_row, strip, texts};
use super::scale::Scale;
use super::size::{self, SizeArms};
use super::svg::{self, Pixels};
use crate::beside;

const HEIGHT: Pixels = Pixels(30);
/// The bar within its strip, in pixels.
const TOP: Pixels = Pixels(4);
const BAR: Pixels = Pixels(22);
/// A part below this share of its batch is not named beside the bar; the table has it.
const LEAST_NAMED: f64 = 0.01;
/// How many parts the text alternative of a bar names.
const MOST_SPOKEN: usize = 4;

/// What a part of a bar looks like: a colour for its family, and a hatching within it.
#[derive(Clone, Copy)]
struct Look {
    family: &'static str,
    /// 0 is none.
    hatching: u8,
}

/// A part of a bar.
#[derive(Clone, Copy)]
struct Part {
    charge: Charge,
    seconds: f64,
    /// Where it begins, in seconds.
    start: f64,
}

/// The bars of each batch size.
pub(crate) fn section(analysis: &Analysis, _: &Recording) -> Markup {
    size::each(analysis, of_size)
}

fn of_size(arms: &SizeArms<'_>) -> Markup {
    let mut charged = arms.ranked();
    charged.retain(|arm| arm.charges.is_some());
    if charged.is_empty() {
        return html! {};
    }
    let longest = charged.iter().filter_map(|arm| arm.mean()).fold(0.0, f64::max);
    let scale = Scale::from_zero(longest);
    let figure = Figure {
        id: None,
        title: format!("The mean batch at batch {}", arms.size),
        notes: vec![pictures::CHARGES.to_owned()],
        picture: html! {
            div.rows.stacked {
                @for arm in &charged { (row(arms, arm, &scale)) }
                (axis_row(&svg::axis(&scale, "ms", |seconds| mark(1e3 * seconds))))
            }
        },
        tables: table(arms, &charged),
    };
    figure.render()
}

/// The parts of an arm's batch in the order of their kinds, without those that took no time.
fn parts(arm: &ArmAnalysis) -> Vec<Part> {
    let charges = arm.charges.iter().flat_map(|charges| charges.iter());
    let mut start = 0.0;
    let mut parts: Vec<Part> = Vec::new();
    for (charge, &seconds) in charges.filter(|(_, seconds)| **seconds > 0.0) {
        parts.push(Part { charge, seconds, start });
        start += seconds;
    }
    parts
}

fn row(arms: &SizeArms<'_>, arm: &ArmAnalysis, scale: &Scale) -> Markup {
    let parts = parts(arm);
    let mean = arm.mean().unwrap_or_default();
    let mut largest: Vec<(Charge, f64)> =
        parts.iter().map(|part| (part.charge, part.seconds)).collect();
    largest.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let content = html! {
        (svg::grid(scale, HEIGHT))
        @for part in &parts { (segment(part, scale)) }
    };
    let spoken = &largest[..largest.len().min(MOST_SPOKEN)];
    let named = largest.iter().filter(|(_, seconds)| *seconds >= LEAST_NAMED * mean);
    html! {
        div.row id=(anchor::arm("path", &arm.arm)) {
            div.name { (arms.name(arm)) }
            div.value { span { (millis(mean)) } }
            (strip(&pictures::charges_row(arm, spoken), HEIGHT, &content))
            ul.parts {
                @for (charge, seconds) in named {
                    li { (swatch(*charge)) (charge::name(*charge)) " " b { (pictures::charged(*seconds, mean)) } }
                }
            }
        }
    }
}

fn segment(part: &Part, scale: &Scale) -> Markup {
    let Look { family, hatching } = look(part.charge);
    let (from, to) = (scale.place(part.start), scale.place(part.start + part.seconds));
    let width = from.until(to);
    html! {
        rect class={ "part " (family) } x=(from) width=(width) y=(TOP) height=(BAR) {}
        @if hatching > 0 {
            rect class="hatched" x=(from) width=(width) y=(TOP) height=(BAR) fill={ "url(#hatch-" (hatching) ")" } {}
        }
    }
}

/// A small square that looks like the part of the bar.
fn swatch(charge: Charge) -> Markup {
    let Look { family, hatching } = look(charge);
    html! {
        svg.swatch width="14" height="14" aria-hidden="true" focusable="false" {
            rect class={ "part " (family) } width="14" height="14" {}
            @if hatching > 0 { rect.hatched width="14" height="14" fill={ "url(#hatch-" (hatching) ")" } {} }
        }
    }
}

const fn look(charge: Charge) -> Look {
    let (family, hatching) = match charge {
        Charge::Exchange => ("exchange", 0),
        Charge::Turns => ("exchange", 1),
        Charge::Bytes => ("exchange", 2),
        Charge::SlowBody => ("exchange", 3),
        Charge::DelayedAck => ("exchange", 4),
        Charge::Continue => ("exchange", 5),
        Charge::SplitRequest => ("exchange", 6),
        Charge::Loss => ("exchange", 7),
        Charge::Window => ("queue", 3),
        Charge::Waves => ("queue", 0),
        Charge::HeldBack => ("queue", 1),
        Charge::Throttle => ("queue", 2),
        Charge::Setup => ("opening", 0),
        Charge::Preparation => ("opening", 1),
        Charge::Handshake => ("opening", 2),
        Charge::Lookup => ("opening", 3),
        Charge::ClosedByServer => ("opening", 4),
        Charge::Overflow => ("opening", 5),
        Charge::Pools => ("opening", 6),
        Charge::DeadAddress => ("opening", 7),
        Charge::ServerQueue => ("server", 0),
        Charge::Straggle => ("server", 1),
        Charge::Redirect => ("server", 2),
        Charge::ExtraRequest => ("server", 3),
        Charge::Client => ("client", 0),
        Charge::Start => ("client", 1),
        Charge::Sleep => ("client", 2),
        Charge::InterpreterLock => ("client", 3),
        Charge::Lock => ("client", 4),
        Charge::LoopBlocked => ("client", 5),
        Charge::BlockingCall => ("client", 6),
    };
    Look { family, hatching }
}

fn table(arms: &SizeArms<'_>, charged: &[&ArmAnalysis]) -> Markup {
    let has_time = |charge: &Charge| {
        charged.iter().any(|arm| arm.charges.is_some_and(|charges| charges[*charge] > 0.0))
    };
    let shown: Vec<Charge> = Charge::ALL.into_iter().filter(has_time).collect();
    let names = shown.iter().map(|charge| charge::name(*charge).to_owned());
    let mut columns = vec![texts("part", names.chain(["sum".to_owned()]))];
    columns.extend(charged.iter().map(|arm| {
        let part = |charge: &Charge| arm.charges.map(|charges| charges[*charge]);
        beside::millis(&arm.label.0, shown.iter().map(part).chain([arm.mean()]))
    }));
    figure::table(
        &format!("What the mean batch at batch {} is charged to, ms", arms.size),
        &columns,
    )
}
