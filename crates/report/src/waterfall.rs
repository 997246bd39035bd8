//! The waterfall of an arm's median trial: a line a request, with its phases as letters over time.

use explain::Analysis;
use explain::waterfall::{
    ChoiceReason, ChosenArm, Pace, PhaseSpan, Row, ShownRows, Waterfall, chosen_arm, pick,
    shown_rows, waterfall as of_trial,
};
use model::arm::ArmName;
use model::phase::{PerPhase, Phase};
use model::recording::Recording;
use model::time::Span;
use words::number::Decimals;

use crate::beside::UNKNOWN;
use crate::style::{Ink, Style};
use crate::text::{self, width};

mod scale;

use scale::Scale;

/// The maximum number of rows.
const MOST_ROWS: usize = 30;
/// The least width of a picture, however long the labels beside it are.
const NARROWEST: usize = 20;
const GAP: &str = "  ";
/// Marks a request on the critical path.
const ON_PATH: &str = "*";

/// The letter of each phase.
const fn letter(phase: Phase) -> char {
    match phase {
        Phase::Client => '-',
        Phase::Queue => 'q',
        Phase::Dns => 'd',
        Phase::Connect => 'c',
        Phase::Tls => 't',
        Phase::Send => 's',
        Phase::Wait => 'w',
        Phase::Receive => 'r',
    }
}

/// The waterfall of the named arm, else of the slowest with a finding, ending in a line break.
pub fn waterfall(
    analysis: &Analysis,
    recording: &Recording,
    named: Option<&ArmName>,
    style: Style,
) -> String {
    let mut text = lines(analysis, recording, named, style).join("\n");
    text.push('\n');
    text
}

fn lines(
    analysis: &Analysis,
    recording: &Recording,
    named: Option<&ArmName>,
    style: Style,
) -> Vec<String> {
    let none = |arm: &str| text::wrap(&words::waterfall::none(arm), style.columns(), 0);
    let plan = recording.plan.as_ref();
    let named = named.map(|arm| ChosenArm { arm: arm.clone(), reason: ChoiceReason::Named });
    let chosen = named.or_else(|| chosen_arm(analysis, plan?));
    let Some(ChosenArm { arm, reason }) = chosen else { return none("This recording") };
    let trial = pick(recording, &arm).map(|picked| picked[Pace::Median]);
    let waterfall = plan.zip(trial).and_then(|(plan, trial)| of_trial(plan, trial));
    let Some(waterfall) = waterfall else { return none(&arm.0) };
    let mut lines = title(&waterfall, reason, style);
    lines.extend(picture(&waterfall, style));
    lines
}

fn title(waterfall: &Waterfall<'_>, reason: ChoiceReason, style: Style) -> Vec<String> {
    let title = words::waterfall::title(waterfall, Pace::Median);
    let reason = words::waterfall::reason(reason).map(|reason| format!(" ({reason})"));
    let whole = format!("Waterfall of {title}{}", reason.unwrap_or_default());
    let lines = text::hang(&whole, style.columns(), GAP.len());
    lines.into_iter().map(|line| style.paint(&line, Ink::Heading)).collect()
}

fn picture(waterfall: &Waterfall<'_>, style: Style) -> Vec<String> {
    if waterfall.rows.iter().all(|row| row.phases.is_empty()) {
        return text::wrap(words::waterfall::UNOBSERVED, style.columns(), 0);
    }
    let ShownRows { rows, hidden } = shown_rows(&waterfall.rows, MOST_ROWS);
    let left = Left::new(waterfall, &rows);
    let right = Right::new(&rows);
    let beside = left.width() + right.width() + 2 * GAP.len();
    let columns = style.columns().saturating_sub(beside).max(NARROWEST);
    let scale = Scale { length: waterfall.length, columns };
    let mut lines =
        vec![format!("{}{GAP}{}{GAP}{}", left.heading(), scale.line(), right.heading())];
    lines.extend(rows.iter().map(|row| {
        let bar = bar(&row.phases, scale, style);
        format!("{}{GAP}{bar}{GAP}{}", left.cells(row), right.cells(row))
    }));
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines.extend(notes(waterfall, &rows, hidden, scale, style));
    lines
}

/// A letter for each column, of the phase that takes most of it.
fn bar(phases: &[PhaseSpan], scale: Scale, style: Style) -> String {
    let cells = cells(phases, scale);
    let painted = cells.chunk_by(|one, next| one == next).map(|run| match run.first() {
        Some(Some(phase)) => {
            let letters: String = run.iter().map(|_| letter(*phase)).collect();
            style.paint(&letters, Ink::Phase(*phase))
        }
        _ => " ".repeat(run.len()),
    });
    painted.collect()
}

fn cells(phases: &[PhaseSpan], scale: Scale) -> Vec<Option<Phase>> {
    let mut spans = phases.iter().peekable();
    let cell = |column: usize| {
        let (from, to) = (scale.begin(column), scale.begin(column + 1));
        let mut times = PerPhase::<Span>::default();
        while let Some(span) = spans.peek() {
            if span.from >= to {
                break;
            }
            let within = span.to.min(to).saturating_sub(span.from.max(from));
            times[span.phase] = times[span.phase] + within;
            if span.to > to {
                break;
            }
            spans.next();
        }
        let most = times.iter().rev().max_by_key(|(_, time)| **time);
        most.filter(|(_, time)| !time.is_zero()).map(|(phase, _)| phase)
    };
    (0..scale.columns).map(cell).collect()
}

/// The label before the picture: the request's number, and its connection.
struct Left {
    marks_path: bool,
    item: usize,
    connection: usize,
}

impl Left {
    const CONNECTION: &str = "conn";

    fn new(waterfall: &Waterfall<'_>, rows: &[&Row<'_>]) -> Self {
        let digits = |number: usize| number.to_string().len();
        let items = rows.iter().filter_map(|row| row.item).map(|item| digits(item + 1));
        let connection = digits(waterfall.connections).max(Self::CONNECTION.len());
        Self {
            marks_path: !waterfall.rows.iter().all(|row| row.is_on_path),
            item: items.max().unwrap_or(1),
            connection: if waterfall.connections > 0 { connection } else { 0 },
        }
    }

    const fn width(&self) -> usize {
        let gap = if self.connection > 0 { 1 } else { 0 };
        ON_PATH.len() + self.item + gap + self.connection
    }

    fn heading(&self) -> String {
        self.line("", "#", Self::CONNECTION)
    }

    fn cells(&self, row: &Row<'_>) -> String {
        let mark = if self.marks_path && row.is_on_path { ON_PATH } else { "" };
        let item = row.item.map_or_else(String::new, |item| (item + 1).to_string());
        let connection = row.connection.map(|connection| connection.number.0.to_string());
        self.line(mark, &item, &connection.unwrap_or_default())
    }

    fn line(&self, mark: &str, item: &str, connection: &str) -> String {
        let (mark_room, item_room) = (ON_PATH.len(), self.item);
        let start = format!("{mark:mark_room$}{item:>item_room$}");
        match self.connection {
            0 => start,
            room => format!("{start} {connection:>room$}"),
        }
    }
}

/// What stands behind the picture: the status, the time, and what kind of request it is.
struct Right {
    shows_status: bool,
    decimals: Decimals,
    time: usize,
    note: usize,
}

impl Right {
    const STATUS: &str = "code";
    const TIME: &str = "ms";

    fn new(rows: &[&Row<'_>]) -> Self {
        let seconds: Vec<f64> =
            rows.iter().filter_map(|row| Some(row.length()?.as_secs())).collect();
        let decimals = Decimals::for_millis_column(&seconds);
        let times = seconds.iter().map(|&seconds| width(&decimals.write_millis(seconds)));
        let notes = rows.iter().map(|row| width(note(row)));
        Self {
            shows_status: rows.iter().any(|row| row.status.is_some()),
            decimals,
            time: times.max().unwrap_or(0).max(Self::TIME.len()),
            note: notes.max().unwrap_or(0),
        }
    }

    const fn width(&self) -> usize {
        let status = if self.shows_status { Self::STATUS.len() + 1 } else { 0 };
        let note = if self.note > 0 { 1 + self.note } else { 0 };
        status + self.time + note
    }

    fn heading(&self) -> String {
        self.line(Self::STATUS, Self::TIME, "")
    }

    fn cells(&self, row: &Row<'_>) -> String {
        let status = row.status.map_or_else(|| UNKNOWN.to_owned(), |status| status.to_string());
        let time = row.length().map(|time| self.decimals.write_millis(time.as_secs()));
        self.line(&status, &time.unwrap_or_else(|| UNKNOWN.to_owned()), note(row))
    }

    fn line(&self, status: &str, time: &str, note: &str) -> String {
        let (status_room, room) = (Self::STATUS.len(), self.time);
        let status = match self.shows_status {
            true => format!("{status:>status_room$} "),
            false => String::new(),
        };
        format!("{status}{time:>room$} {note}")
    }
}

/// How a request failed, else what it is beside the items.
fn note(row: &Row<'_>) -> &'static str {
    let failed = row.error.map(|error| error.kind.name());
    failed.or_else(|| words::waterfall::kind(row.kind)).unwrap_or_default()
}

/// What the letters mean, and what does not show.
fn notes(
    waterfall: &Waterfall<'_>,
    rows: &[&Row<'_>],
    hidden: usize,
    scale: Scale,
    style: Style,
) -> Vec<String> {
    let cells: Vec<Phase> =
        rows.iter().flat_map(|row| cells(&row.phases, scale)).flatten().collect();
    let mut legend: Vec<String> = Phase::ALL
        .into_iter()
        .filter(|phase| cells.contains(phase))
        .map(|phase| format!("{} {}", letter(phase), words::waterfall::phase(phase)))
        .collect();
    if !waterfall.rows.iter().all(|row| row.is_on_path) {
        legend.push(format!("{ON_PATH} on the critical path"));
    }
    let mut lines = text::list(&legend, GAP, style.columns());
    let sentences = words::waterfall::left_out(rows.len(), hidden).into_iter();
    let sentences = sentences.chain([words::waterfall::resolution(scale.begin(1))]);
    lines.extend(sentences.flat_map(|sentence| text::wrap(&sentence, style.columns(), 0)));
    lines
}

#[cfg(test)]
mod tests;
