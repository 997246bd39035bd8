//! The requests of single trials over time, as a browser's network panel shows them: the fastest, the median
//! and the slowest trial of each arm.

use explain::waterfall::{
    Pace, PickedTrials, Row, ShownRows, ThreadLane, Waterfall, pick, shown_rows,
    waterfall as of_trial,
};
use explain::{Analysis, ArmAnalysis};
use maud::{Markup, html};
use model::phase::Phase;
use model::recording::Recording;
use model::socket::ThreadWait;
use model::time::Span;
use words::number::{bare_millis, mark};
use words::waterfall as said;

use super::figure::{self, details, figures, texts};
use super::scale::Scale;
use super::size::{self, SizeArms};
use super::{anchor, svg};
use crate::table::Column;

mod looks;
mod shapes;

use shapes::{Bar, LANE, ROW, Shapes};

/// The maximum number of rows of one picture, and of all pictures of a page together.
const MOST_ROWS: usize = 40;
const ROWS_OF_PAGE: usize = 600;
/// A picture has at least this many rows, where its trial has them.
const LEAST_ROWS: usize = 12;
/// The maximum number of threads below a picture.
const MOST_THREADS: usize = 16;

/// A figure for each arm with three trials.
pub(crate) fn section(analysis: &Analysis, recording: &Recording) -> Markup {
    let arms: usize = analysis.arms.iter().filter(|arm| arm.mean().is_some()).count();
    let most = ROWS_OF_PAGE / (arms * Pace::COUNT).max(1);
    let most = most.clamp(LEAST_ROWS, MOST_ROWS);
    let of_sizes = size::each(analysis, |arms| of_size(arms, recording, most));
    html! {
        @if !of_sizes.0.is_empty() {
            (looks::patterns())
            p.note { (said::HOW_TO_READ) }
            (legend())
            (of_sizes)
        }
    }
}

fn of_size(arms: &SizeArms<'_>, recording: &Recording, most: usize) -> Markup {
    let ranked = arms.ranked();
    let shown = ranked.iter().map(|arm| of_arm(arms, arm, recording, most));
    html! { @for arm in shown { (arm) } }
}

fn of_arm(arms: &SizeArms<'_>, arm: &ArmAnalysis, recording: &Recording, most: usize) -> Markup {
    let Some(picked) = pick(recording, &arm.arm) else { return html! {} };
    let drawn = drawn(&picked, recording);
    let longest = drawn.iter().map(|(_, waterfall)| waterfall.length).max().unwrap_or_default();
    if drawn.iter().all(|(_, waterfall)| is_empty(waterfall)) {
        return html! {};
    }
    let scale = Scale::from_zero(longest.as_secs());
    html! {
        figure id=(anchor::arm("waterfall", &arm.arm)) {
            figcaption { h3.arm { (arms.name(arm)) ", batch " (arms.size) } }
            @for (pace, waterfall) in &drawn {
                @let class = if *pace == Pace::Median { "fall" } else { "fall other" };
                details class=(class) {
                    summary { (said::title(waterfall, *pace)) }
                    (picture(waterfall, &scale, most))
                }
            }
        }
    }
}

/// The trials that differ, the fastest first; one that has several paces is shown once, as the median.
fn drawn<'a>(picked: &PickedTrials<'a>, recording: &'a Recording) -> Vec<(Pace, Waterfall<'a>)> {
    let Some(plan) = &recording.plan else { return Vec::new() };
    let median = picked[Pace::Median].id;
    let is_own = |pace: Pace| pace == Pace::Median || picked[pace].id != median;
    let waterfall = |pace: Pace| Some((pace, of_trial(plan, picked[pace])?));
    Pace::ALL.into_iter().filter(|&pace| is_own(pace)).filter_map(waterfall).collect()
}

fn is_empty(waterfall: &Waterfall<'_>) -> bool {
    waterfall.rows.iter().all(|row| row.phases.is_empty())
}

/// The rows of one trial, its threads, what is chosen, and its table.
fn picture(waterfall: &Waterfall<'_>, scale: &Scale, most: usize) -> Markup {
    if is_empty(waterfall) {
        return html! { p { (said::UNOBSERVED) } };
    }
    let ShownRows { rows, hidden } = shown_rows(&waterfall.rows, most);
    let shapes = Shapes { scale };
    let height = ROW * u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let threads = &waterfall.threads[..waterfall.threads.len().min(MOST_THREADS)];
    html! {
        @if let Some(sentence) = said::left_out(rows.len(), hidden) { p.note { (sentence) } }
        div.rows-over-time tabindex="0" role="group" aria-label=(said::CHOOSE) data-row=(ROW) {
            (labels(&rows, ROW, |row| label(row)))
            div.over-time {
                svg.bars width="100%" height=(height) role="img" focusable="false" {
                    title { (said::spoken(waterfall, rows.len())) }
                    rect.chosen width="100%" height=(ROW) visibility="hidden" {}
                    (svg::grid(scale, svg::Pixels(height)))
                    (shapes.drawing(height, &bars(&rows)))
                }
                (svg::axis(scale, "ms", |seconds| mark(1e3 * seconds)))
            }
        }
        p.said aria-live="polite" {}
        @if !threads.is_empty() { (lanes(waterfall, threads, &shapes)) }
        (details("Table", &table(waterfall, &rows)))
    }
}

/// The names beside the rows, in a drawing as high as theirs.
fn labels<T>(rows: &[T], height: u32, label: impl Fn(&T) -> String) -> Markup {
    let all = height * u32::try_from(rows.len()).unwrap_or(u32::MAX);
    html! {
        svg.labels width="100%" height=(all) aria-hidden="true" focusable="false" {
            @for (place, row) in (0_u32..).zip(rows) {
                text x="0" y=(place * height + height - 6) { (label(row)) }
            }
        }
    }
}

/// `3 · c2`, `3 redirect`; the connection is numbered within the trial.
fn label(row: &Row<'_>) -> String {
    let item = row.item.map(|item| (item + 1).to_string());
    let connection = row.connection.map(|connection| format!("c{}", connection.number.0));
    let parts: Vec<String> = item.into_iter().chain(connection).collect();
    let kind = said::kind(row.kind).map(|kind| format!(" {kind}")).unwrap_or_default();
    let path = if row.is_on_path { " *" } else { "" };
    format!("{}{kind}{path}", parts.join(" · "))
}

/// The phases of every row as the client had them, and below them what the witness saw.
fn bars(rows: &[&Row<'_>]) -> Vec<Bar> {
    let mut bars = Vec::new();
    for (row, of) in (0_u32..).zip(rows) {
        bars.extend(of.phases.iter().map(|span| Bar {
            look: phase_class(span.phase),
            from: span.from,
            to: span.to,
            top: row * ROW + 2,
            height: 10,
        }));
        let seen = of.witness.and_then(|seen| Some((seen.arrived, seen.answered?)));
        bars.extend(seen.map(|(from, to)| Bar {
            look: "seen",
            from,
            to,
            top: row * ROW + 13,
            height: 3,
        }));
    }
    bars
}

/// What the client's threads did meanwhile: a lane each.
fn lanes(waterfall: &Waterfall<'_>, threads: &[ThreadLane], shapes: &Shapes<'_>) -> Markup {
    let height = LANE * u32::try_from(threads.len()).unwrap_or(u32::MAX);
    let hidden = waterfall.threads.len() - threads.len();
    html! {
        p.note { (said::threads(threads.len(), hidden)) }
        div.lanes {
            (labels(threads, LANE, said::thread))
            svg.bars width="100%" height=(height) role="img" focusable="false" {
                title { (said::threads(threads.len(), hidden)) }
                (svg::grid(shapes.scale, svg::Pixels(height)))
                (shapes.drawing(height, &stretches(threads)))
            }
        }
        (key(ThreadWait::ALL.into_iter().map(|wait| {
            (wait_class(Some(wait)), words::threads::state(wait.into()))
        }).chain([(wait_class(None), said::AWAKE)]).filter(|(class, _)| {
            threads.iter().flat_map(|lane| &lane.stretches).any(|part| wait_class(part.wait) == *class)
        })))
    }
}

fn stretches(threads: &[ThreadLane]) -> Vec<Bar> {
    let of_lane = |(lane, thread): (u32, &ThreadLane)| {
        let bar = |part: &evidence::thread_states::ThreadStretch| Bar {
            look: wait_class(part.wait),
            from: part.from,
            to: part.to,
            top: lane * LANE + 2,
            height: LANE - 4,
        };
        thread.stretches.iter().map(bar).collect::<Vec<Bar>>()
    };
    (0..).zip(threads).flat_map(of_lane).collect()
}

/// What the areas of all pictures mean.
fn legend() -> Markup {
    let phases = Phase::ALL.map(|phase| (phase_class(phase), said::phase(phase)));
    key(phases.into_iter().chain([("seen", said::SEEN)]))
}

fn key(entries: impl Iterator<Item = (&'static str, &'static str)>) -> Markup {
    html! {
        ul.parts.key {
            @for (class, name) in entries {
                li {
                    svg.swatch width="14" height="14" aria-hidden="true" focusable="false" {
                        rect class={ "area " (class) } width="14" height="14" {}
                    }
                    (name)
                }
            }
        }
    }
}

/// Each request with its phases in milliseconds.
fn table(waterfall: &Waterfall<'_>, rows: &[&Row<'_>]) -> Markup {
    let written = |time: Option<Span>| {
        time.map_or_else(|| "-".to_owned(), |time| bare_millis(time.as_secs()))
    };
    let mut columns: Vec<Column> = vec![
        texts("request", rows.iter().map(|row| name(row))),
        figures("connection", rows.iter().map(|row| number(row))),
    ];
    if rows.iter().any(|row| row.status.is_some()) {
        let status =
            |row: &&Row<'_>| row.status.map_or_else(|| "-".to_owned(), |it| it.to_string());
        columns.push(figures("status", rows.iter().map(status)));
    }
    columns.push(figures("begins, ms", rows.iter().map(|row| written(row.begin()))));
    for phase in Phase::ALL {
        let time = |row: &&Row<'_>| Some(row.time_in(phase)).filter(|time| !time.is_zero());
        if rows.iter().any(|row| time(row).is_some()) {
            columns.push(figures(said::phase(phase), rows.iter().map(|row| written(time(row)))));
        }
    }
    columns.push(figures("in all, ms", rows.iter().map(|row| written(row.length()))));
    let arrived = |row: &&Row<'_>| row.witness.map(|seen| seen.arrived);
    if rows.iter().any(|row| row.witness.is_some()) {
        let answered = |row: &&Row<'_>| row.witness.and_then(|seen| seen.answered);
        columns.push(figures("arrived, ms", rows.iter().map(|row| written(arrived(row)))));
        columns.push(figures("answered, ms", rows.iter().map(|row| written(answered(row)))));
    }
    figure::table(&said::table(waterfall), &columns)
}

/// `3`, `3 redirect`, `other`.
fn name(row: &Row<'_>) -> String {
    let item = row.item.map(|item| (item + 1).to_string());
    let kind = said::kind(row.kind).map(str::to_owned);
    let failed = row.error.map(|error| error.kind.name().to_owned());
    let parts: Vec<String> = item.into_iter().chain(kind).chain(failed).collect();
    parts.join(" ")
}

fn number(row: &Row<'_>) -> String {
    row.connection.map_or_else(|| "-".to_owned(), |connection| connection.number.0.to_string())
}

const fn phase_class(phase: Phase) -> &'static str {
    match phase {
        Phase::Client => "of-client",
        Phase::Queue => "of-queue",
        Phase::Dns => "of-dns",
        Phase::Connect => "of-connect",
        Phase::Tls => "of-tls",
        Phase::Send => "of-send",
        Phase::Wait => "of-wait",
        Phase::Receive => "of-receive",
    }
}

const fn wait_class(wait: Option<ThreadWait>) -> &'static str {
    match wait {
        None => "awake",
        Some(ThreadWait::Network) => "for-network",
        Some(ThreadWait::Timer) => "for-timer",
        Some(ThreadWait::Sleep) => "for-sleep",
        Some(ThreadWait::InterpreterLock) => "for-gil",
        Some(ThreadWait::Lock) => "for-lock",
        Some(ThreadWait::Child) => "for-child",
        Some(ThreadWait::Lookup) => "for-lookup",
        Some(ThreadWait::File) => "for-file",
    }
}
