//! The law of the batch: a line for each strategy with the parts of its time, what limits each, how
//! much quicker they could be, and from which batch size on one beats another.

use explain::figures::with_interval;
use explain::{Analysis, Law};

use crate::beside::{self, UNKNOWN, column};
use crate::style::{Ink, Style};
use crate::table::{Align, Cell, Column};
use crate::text;

const TITLE: &str = "law of a batch, in ms";

/// How far the lines after a sentence's first are pushed in.
const INDENT: usize = 2;

/// A part of the law: its name, and its seconds with the ends of their interval.
type Part = (&'static str, fn(&Law) -> [Option<f64>; 3]);

const PARTS: [Part; 3] = [
    ("setup", |law| [law.setup, law.setup_low, law.setup_high]),
    ("latency", |law| [law.latency, law.latency_low, law.latency_high]),
    ("a further request", |law| [law.serial, law.serial_low, law.serial_high]),
];

/// Nothing for a run in which no strategy has two batch sizes.
pub(crate) fn lines(analysis: &Analysis, style: Style) -> Vec<String> {
    if analysis.law.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![style.paint(TITLE, Ink::Heading)];
    lines.extend(table(&analysis.law, style));
    let remarks = analysis
        .law
        .iter()
        .filter_map(|law| Some(format!("{}: {}", law.label, words::law::remark(law)?)));
    let speed_ups = analysis
        .law
        .iter()
        .flat_map(|law| law.speed_ups.iter().map(|speed_up| words::law::speed_up(law, speed_up)));
    let crossings = analysis.crossings.iter().map(words::law::crossing);
    let sentences = remarks.chain(speed_ups).chain(crossings);
    lines.extend(sentences.flat_map(|told| text::hang(&told, style.columns(), INDENT)));
    lines
}

/// The strategies of which a line was fitted.
fn table(laws: &[Law], style: Style) -> Vec<String> {
    let fitted: Vec<&Law> = laws.iter().filter(|law| law.serial.is_some()).collect();
    if fitted.is_empty() {
        return Vec::new();
    }
    let labels: Vec<_> = fitted.iter().map(|law| &law.label).collect();
    let part = |&(name, parts): &Part| {
        column(Align::Right, name, fitted.iter().map(|law| Cell::new(told(parts(law)))))
    };
    let mut columns: Vec<Column> = PARTS.iter().map(part).collect();
    columns.push(column(Align::Right, "sizes", fitted.iter().map(|law| Cell::new(sizes(law)))));
    beside::labelled("", &labels, columns, style)
}

fn told(part: [Option<f64>; 3]) -> String {
    let [seconds, low, high] = part;
    let told = seconds.map(|seconds| with_interval(number(seconds), low, high, number));
    told.unwrap_or_else(|| UNKNOWN.to_owned())
}

/// Milliseconds with three digits or so.
fn number(seconds: f64) -> String {
    let millis = 1e3 * seconds;
    let decimals = match millis.abs() {
        ..9.95 => 2,
        ..99.5 => 1,
        _ => 0,
    };
    format!("{millis:.decimals$}").replace('-', "−")
}

fn sizes(law: &Law) -> String {
    law.sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
