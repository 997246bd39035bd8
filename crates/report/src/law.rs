//! The cost model: a line for each strategy with the parts of its time, what limits the model, what
//! larger batches would take, how much faster the strategy could be, and from which batch size one is
//! faster than another.

use explain::{Analysis, Law};
use model::arm::BatchSize;

use crate::beside::{self, UNKNOWN, column};
use crate::style::{Ink, Style};
use crate::table::{Align, Cell, Column};
use crate::text;
use words::number::with_interval;

const TITLE: &str = "cost model, ms";

/// The indent of further lines.
const INDENT: usize = 2;

/// Whether each strategy's sizes have a column.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SizesColumn {
    /// They are in the title, because all strategies have the same.
    Hidden,
    Shown,
}

/// A part of the cost model: its name, and its seconds with the ends of their interval.
type Part = (&'static str, fn(&Law) -> [Option<f64>; 3]);

const PARTS: [Part; 3] = [
    ("setup", |law| [law.setup, law.setup_low, law.setup_high]),
    ("latency", |law| [law.latency, law.latency_low, law.latency_high]),
    ("per extra request", |law| [law.serial, law.serial_low, law.serial_high]),
];

/// Nothing for a run in which no strategy has two batch sizes.
pub(crate) fn lines(analysis: &Analysis, style: Style) -> Vec<String> {
    if analysis.law.is_empty() {
        return Vec::new();
    }
    let fitted: Vec<&Law> = analysis.law.iter().filter(|law| law.serial.is_some()).collect();
    let first = fitted.first().map(|law| &law.sizes);
    let shared = first.filter(|first| fitted.iter().all(|law| law.sizes == **first));
    let (title, sizes) = match shared {
        Some(sizes) => {
            (format!("{TITLE}, from batch sizes {}", join(sizes, ", ")), SizesColumn::Hidden)
        }
        None => (TITLE.to_owned(), SizesColumn::Shown),
    };
    let title = text::wrap(&title, style.columns(), 0);
    let mut lines: Vec<String> = title.iter().map(|line| style.paint(line, Ink::Heading)).collect();
    lines.extend(table(&fitted, sizes, style));
    let remarks = analysis
        .law
        .iter()
        .filter_map(|law| Some(format!("{}: {}", law.label, words::law::remark(law)?)));
    let predictions = analysis
        .law
        .iter()
        .filter_map(|law| Some(format!("{}: {}", law.label, words::law::predictions(law)?)));
    let speed_ups = analysis
        .law
        .iter()
        .flat_map(|law| law.speed_ups.iter().map(|speed_up| words::law::speed_up(law, speed_up)));
    let crossings = analysis.crossings.iter().map(words::law::crossing);
    let sentences = remarks.chain(predictions).chain(speed_ups).chain(crossings);
    lines.extend(sentences.flat_map(|sentence| text::hang(&sentence, style.columns(), INDENT)));
    lines
}

/// The strategies with a fitted line; their sizes have a column where they differ.
fn table(fitted: &[&Law], sizes: SizesColumn, style: Style) -> Vec<String> {
    if fitted.is_empty() {
        return Vec::new();
    }
    let labels: Vec<_> = fitted.iter().map(|law| &law.label).collect();
    let part = |&(name, parts): &Part| {
        column(Align::Right, name, fitted.iter().map(|law| Cell::new(figure(parts(law)))))
    };
    let mut columns: Vec<Column> = PARTS.iter().map(part).collect();
    if sizes == SizesColumn::Shown {
        let cells = fitted.iter().map(|law| Cell::new(join(&law.sizes, " ")));
        columns.push(column(Align::Right, "sizes", cells));
    }
    beside::labelled("", &labels, columns, style)
}

fn figure(part: [Option<f64>; 3]) -> String {
    let [seconds, low, high] = part;
    let Some(seconds) = seconds else { return UNKNOWN.to_owned() };
    let interval = low.zip(high).map(|(low, high)| (1e3 * low, 1e3 * high));
    with_interval(1e3 * seconds, interval)
}

fn join(sizes: &[BatchSize], between: &str) -> String {
    sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}
