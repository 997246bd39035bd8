//! What failed: how often in each arm, which requests, the first message of each kind, and what to try.

use std::collections::BTreeMap;

use explain::{Analysis, FailureCount, LostTrials};
use model::arm::Label;
use model::failure::FailureKind;

use crate::short_names::ShortNames;
use crate::style::{Ink, Style};
use crate::text;
use words::list::counted;

/// The indent of messages and remedies.
const INDENT: usize = 2;
/// How many lines of a log or a traceback are shown: its last.
const LINES: usize = 16;

/// The failures of the counted trials, or where nothing was measured, of the pilot.
pub(crate) fn lines(analysis: &Analysis, style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    for left_out in &analysis.left_out {
        lines.extend(headline(&format!("{}: left out", left_out.strategy), style));
        lines.extend(message("reason", &left_out.reason, style));
    }
    let mut kinds: BTreeMap<(FailureKind, Option<&Label>), &FailureCount> = BTreeMap::new();
    for arm in analysis.arms.iter().filter(|arm| arm.failed > 0) {
        lines.extend(headline(&words::failures::describe_failures(arm), style));
        for count in &arm.failures {
            let named = words::failures::named(count, Some(arm.batch_size));
            lines.extend(text::wrap(&format!("{}: {named}", count.kind), style.columns(), INDENT));
            // Each arm's own code fails differently.
            let whose =
                matches!(count.kind, FailureKind::Code | FailureKind::Unread).then_some(&arm.label);
            kinds.entry((count.kind, whose)).or_insert(count);
        }
    }
    let of_pilot = words::failures::counts(&analysis.pilot_failures, analysis.pilot_lost.as_ref());
    if !of_pilot.is_empty() {
        lines.extend(headline(&format!("pilot: {}", of_pilot.join(", ")), style));
    }
    kinds.extend(analysis.pilot_failures.iter().map(|count| ((count.kind, None), count)));
    for ((_, whose), count) in kinds {
        lines.extend(explained(count, whose, style));
    }
    let lost = analysis.arms.iter().filter_map(|arm| arm.lost.as_ref());
    let mut shown: Vec<&str> = Vec::new();
    for lost in lost.chain(&analysis.pilot_lost) {
        if !shown.contains(&lost.message.as_str()) {
            lines.extend(lost_trial(lost, style));
            shown.push(&lost.message);
        }
    }
    lines
}

/// The failed arms with what failed, those that failed in the same way together. Of the arms beyond
/// `most` such groups only a count.
pub(crate) fn short(
    analysis: &Analysis,
    names: &ShortNames,
    most: usize,
    style: Style,
) -> Vec<String> {
    let groups = words::failures::of_run(analysis);
    let mut lines = Vec::new();
    for left_out in &analysis.left_out {
        lines.extend(labelled("left out:", &words::failures::left_out(left_out), style));
    }
    for group in groups.iter().take(most) {
        lines.extend(labelled("failed:", &names.shorten(&group.sentence()), style));
    }
    let rest = groups.iter().skip(most).map(|group| group.arms.len()).sum();
    if rest > 0 {
        lines.push(format!("{} failed: --section failures", counted(rest, "more arm")));
    }
    lines
}

/// A sentence behind a label in the colour of what is wrong.
fn labelled(label: &str, sentence: &str, style: Style) -> Vec<String> {
    let mut wrapped = text::hang(&format!("{label} {sentence}"), style.columns(), INDENT);
    if let Some(line) = wrapped.first_mut() {
        *line = line.replacen(label, &style.paint(label, Ink::Bad), 1);
    }
    wrapped
}

fn headline(sentence: &str, style: Style) -> Vec<String> {
    let lines = text::wrap(sentence, style.columns(), 0);
    lines.into_iter().map(|line| style.paint(&line, Ink::Bad)).collect()
}

fn explained(count: &FailureCount, whose: Option<&Label>, style: Style) -> Vec<String> {
    let whose = whose.map(|label| format!(" of {label}")).unwrap_or_default();
    let mut lines = message(&format!("{}{whose}", count.kind), &count.message, style);
    lines.extend(text::wrap(words::failures::remedy(count.kind), style.columns(), 2 * INDENT));
    lines
}

/// A message behind what it is about: a sentence on the same line, a text of several lines, such as a
/// traceback, below it, unchanged.
fn message(about: &str, message: &str, style: Style) -> Vec<String> {
    let mut text = message.lines();
    let first = text.next().unwrap_or_default();
    let mut lines = text::wrap(&format!("{about}: {first}"), style.columns(), INDENT);
    let rest: Vec<&str> = text.collect();
    let (shown, left_out) =
        (&rest[rest.len().saturating_sub(LINES)..], rest.len().saturating_sub(LINES));
    if left_out > 0 {
        lines.push(format!("{:1$}({2} left out)", "", 2 * INDENT, counted(left_out, "line")));
    }
    lines.extend(text::verbatim(&shown.join("\n"), style.columns(), 2 * INDENT));
    lines
}

/// What happened to the first trial that was lost, with the last lines of its driver's log.
fn lost_trial(lost: &LostTrials, style: Style) -> Vec<String> {
    let mut lines = message("lost", &lost.message, style);
    let log: Vec<&str> = lost.stderr.lines().filter(|line| !line.trim().is_empty()).collect();
    let end = &log[log.len().saturating_sub(LINES)..];
    lines.extend(text::verbatim(&end.join("\n"), style.columns(), 2 * INDENT));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_lines_of_a_traceback() {
        let traceback = "ZeroDivisionError: division by zero\nTraceback (most recent call last):\n  \
                         File \"my.py\", line 3, in fetch\n    return 1 / 0";
        let lines = message("code of own/fetch", traceback, Style::default());
        assert_eq!(
            lines,
            [
                "  code of own/fetch: ZeroDivisionError: division by zero",
                "    Traceback (most recent call last):",
                "      File \"my.py\", line 3, in fetch",
                "        return 1 / 0",
            ]
        );
    }

    #[test]
    fn shows_the_end_of_a_long_traceback() {
        let long: Vec<String> = (0..40).map(|line| format!("line {line}")).collect();
        let lines = message("lost", &long.join("\n"), Style::default());
        assert_eq!(lines[..2], ["  lost: line 0", "    (23 lines left out)"]);
        assert_eq!(lines.len(), 2 + LINES);
        assert_eq!(lines.last().map(String::as_str), Some("    line 39"));
    }
}
