//! The waterfall of an arm's median trial: a line a request, with its phases as letters over time.

use explain::Analysis;
use explain::waterfall::{
    ChoiceReason, ChosenArm, Pace, PhaseSpan, Row, ShownRows, Waterfall, chosen_arm, pick,
    shown_rows, waterfall as of_trial,
};
use model::arm::ArmName;
use model::phase::Phase;
use model::recording::Recording;
use words::number::Decimals;

use crate::beside::UNKNOWN;
use crate::style::{Glyphs, Ink, Style};
use crate::text::{self, width};

mod cells;
mod lanes;
mod scale;

use cells::{Part, cells};
use scale::Scale;

/// The maximum number of rows.
const MOST_ROWS: usize = 30;
/// The maximum number of rows below which there is room for what a witness saw.
const MOST_SEEN: usize = 16;
/// The least width of a terminal in which witnesses and threads are shown too.
const WIDE: usize = 80;
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
    let is_wide = style.columns() >= WIDE;
    let names = if is_wide { lanes::names_width(waterfall) } else { 0 };
    let beside = left.width() + right.width().max(names) + 2 * GAP.len();
    let columns = style.columns().saturating_sub(beside).max(NARROWEST);
    let scale = Scale { length: waterfall.length, columns };
    let mut lines =
        vec![format!("{}{GAP}{}{GAP}{}", left.heading(), scale.line(), right.heading())];
    let shows_seen = is_wide && rows.len() <= MOST_SEEN;
    let seen = |row: &Row<'_>| seen_bar(row, scale, style).filter(|_| shows_seen);
    let indent = left.width() + GAP.len();
    for row in &rows {
        let bar = bar(&row.phases, scale, style);
        lines.push(format!("{}{GAP}{bar}{GAP}{}", left.cells(row), right.cells(row)));
        lines.extend(seen(row).map(|bar| format!("{:indent$}{bar}", "")));
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    let mut legend = legend(waterfall, &rows, scale);
    if rows.iter().any(|row| seen(row).is_some()) {
        legend.push(format!("{} {}", seen_letter(style), words::waterfall::SEEN));
    }
    lines.extend(text::list(&legend, GAP, style.columns()));
    let sentences = words::waterfall::left_out(rows.len(), hidden).into_iter();
    let sentences = sentences.chain([words::waterfall::resolution(scale.begin(1))]);
    lines.extend(sentences.flat_map(|sentence| text::wrap(&sentence, style.columns(), 0)));
    if is_wide {
        lines.extend(lanes::lines(waterfall, indent, scale, style));
    }
    lines
}

/// A letter for each column, of the phase that takes most of it.
fn bar(phases: &[PhaseSpan], scale: Scale, style: Style) -> String {
    let cells = phase_cells(phases, scale);
    let painted = cells.chunk_by(|one, next| one == next).map(|run| match run.first() {
        Some(Some(phase)) => {
            let letters: String = run.iter().map(|_| letter(*phase)).collect();
            style.paint(&letters, Ink::Phase(*phase))
        }
        _ => " ".repeat(run.len()),
    });
    painted.collect()
}

fn phase_cells(phases: &[PhaseSpan], scale: Scale) -> Vec<Option<Phase>> {
    let part = |span: &PhaseSpan| Part { from: span.from, to: span.to, kind: span.phase };
    cells(&phases.iter().map(part).collect::<Vec<_>>(), scale)
}

/// What a witness saw of a request, as a thin bar; nothing where no witness saw its answer.
fn seen_bar(row: &Row<'_>, scale: Scale, style: Style) -> Option<String> {
    let seen = row.witness?;
    let part = Part { from: seen.arrived, to: seen.answered?, kind: () };
    let letter = seen_letter(style);
    let cells = cells(&[part], scale);
    let bar: String = cells.iter().map(|cell| cell.map_or(' ', |()| letter)).collect();
    Some(bar)
}

const fn seen_letter(style: Style) -> char {
    match style.glyphs {
        Glyphs::Unicode => '\u{2594}',
        Glyphs::Ascii => '=',
    }
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

/// What the letters of the rows mean.
fn legend(waterfall: &Waterfall<'_>, rows: &[&Row<'_>], scale: Scale) -> Vec<String> {
    let cells: Vec<Phase> =
        rows.iter().flat_map(|row| phase_cells(&row.phases, scale)).flatten().collect();
    let mut legend: Vec<String> = Phase::ALL
        .into_iter()
        .filter(|phase| cells.contains(phase))
        .map(|phase| format!("{} {}", letter(phase), words::waterfall::phase(phase)))
        .collect();
    if !waterfall.rows.iter().all(|row| row.is_on_path) {
        legend.push(format!("{ON_PATH} on the critical path"));
    }
    legend
}

#[cfg(test)]
mod tests;
