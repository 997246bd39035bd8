//! The full report.

mod chosen;
mod controls;
mod ending;
mod failures;
mod narrow;
mod strategies;

use super::*;
use crate::style::Colour;
use crate::text::width;

/// The full report in 80 columns. No line is wider, and colours change nothing else.
fn shown(recording: &Recording) -> String {
    shown_in(recording, 80)
}

fn shown_in(recording: &Recording, columns: usize) -> String {
    let analysis = explain::analyse(recording);
    let plain = full(
        &analysis,
        recording,
        Style { width: columns, colour: Colour::Off, ..Style::default() },
    );
    for line in plain.lines() {
        assert!(width(line) <= columns, "{} columns: {line}", width(line));
        assert_eq!(line, line.trim_end());
    }
    let inked = full(
        &analysis,
        recording,
        Style { width: columns, colour: Colour::Ansi, ..Style::default() },
    );
    assert_eq!(without_colours(&inked), plain);
    plain
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_code, rest)| rest))
}

/// The text at this width, before the paths and from there on.
fn halves(recording: &Recording, columns: usize) -> (String, String) {
    let text = shown_in(recording, columns);
    let (before, after) = text.split_at(text.find("path, ms").expect("paths are shown"));
    (before.to_owned(), after.to_owned())
}
