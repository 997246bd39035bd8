//! What failed: how often in each arm, the first message of each kind, and what to try.

use std::collections::BTreeMap;

use explain::{Analysis, ArmAnalysis, FailureCount, LostTrials};
use model::arm::Label;
use model::failure::FailureKind;

use crate::style::{Ink, Style};
use crate::text::{self, counted};

/// By how much messages and hints are set in.
const INDENT: usize = 2;
/// How many lines of a log or a traceback are shown: its last.
const LINES: usize = 16;

/// The failures of the counted trials, or where nothing was measured, of the pilot.
pub(crate) fn lines(analysis: &Analysis, style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    let mut kinds: BTreeMap<(FailureKind, Option<&Label>), &FailureCount> = BTreeMap::new();
    for arm in analysis.arms.iter().filter(|arm| arm.failed > 0) {
        lines.extend(headline(&of_arm(arm), style));
        for count in &arm.failures {
            // Code that fails does so in its own way.
            let whose =
                matches!(count.kind, FailureKind::Code | FailureKind::Unread).then_some(&arm.label);
            kinds.entry((count.kind, whose)).or_insert(count);
        }
    }
    let of_pilot = parts(&analysis.pilot_failures, analysis.pilot_lost.as_ref());
    if !of_pilot.is_empty() {
        lines.extend(headline(&format!("pilot: {}", of_pilot.join(", ")), style));
    }
    kinds.extend(analysis.pilot_failures.iter().map(|count| ((count.kind, None), count)));
    for ((_, whose), count) in kinds {
        lines.extend(explained(count, whose, style));
    }
    let lost = analysis.arms.iter().filter_map(|arm| arm.lost.as_ref());
    let mut told_of: Vec<&str> = Vec::new();
    for lost in lost.chain(&analysis.pilot_lost) {
        if !told_of.contains(&lost.message.as_str()) {
            lines.extend(told(lost, style));
            told_of.push(&lost.message);
        }
    }
    lines
}

fn headline(sentence: &str, style: Style) -> Vec<String> {
    let lines = text::wrap(sentence, style.columns(), 0);
    lines.into_iter().map(|line| style.paint(&line, Ink::Bad)).collect()
}

fn of_arm(arm: &ArmAnalysis) -> String {
    let parts = parts(&arm.failures, arm.lost.as_ref()).join(", ");
    format!("{}: {} of {} failed: {parts}", arm.arm, arm.failed, counted(arm.trials(), "trial"))
}

/// `timeout 2 requests`, `timeout 1 trial` where none was made, `lost 1 trial`.
fn parts(failures: &[FailureCount], lost: Option<&LostTrials>) -> Vec<String> {
    let failures = failures.iter().map(|count| match count.requests {
        0 => format!("{} {}", count.kind, counted(count.trials, "trial")),
        requests => format!("{} {}", count.kind, counted(requests, "request")),
    });
    let lost = lost.map(|lost| format!("lost {}", counted(lost.trials, "trial")));
    failures.chain(lost).collect()
}

fn explained(count: &FailureCount, whose: Option<&Label>, style: Style) -> Vec<String> {
    let whose = whose.map(|label| format!(" of {label}")).unwrap_or_default();
    let mut lines = message(&format!("{}{whose}", count.kind), &count.message, style);
    lines.extend(text::wrap(hint(count.kind), style.columns(), 2 * INDENT));
    lines
}

/// A message behind what it is about: a sentence on the same line, a text of several lines, such as a
/// traceback, below it as it stands.
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

/// What to try.
const fn hint(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Dns => "Check the host's name in the URL.",
        FailureKind::Refused => "Check that the server is up, and the URL's host and port.",
        FailureKind::Reset => {
            "The server's log may say why. Plain http:// to a port that speaks TLS ends so too."
        }
        FailureKind::Timeout => "--timeout gives each trial more time.",
        FailureKind::Tls => {
            "--cacert FILE trusts the certificates in FILE, -k trusts any; a server that speaks no TLS wants http://."
        }
        FailureKind::Protocol => {
            "Check that the URL begins with what the server speaks, http:// or https://."
        }
        FailureKind::Status => "--expect-status CODE accepts another status.",
        FailureKind::Check => "--expect-min-bytes N accepts shorter bodies.",
        FailureKind::Code | FailureKind::Unread => "The code that was measured has to be mended.",
    }
}

/// What happened to the first trial that was lost, with the last lines of its driver's log.
fn told(lost: &LostTrials, style: Style) -> Vec<String> {
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
    fn a_traceback_stands_as_it_was_written() {
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
    fn of_a_long_one_the_end_is_shown() {
        let long: Vec<String> = (0..40).map(|line| format!("line {line}")).collect();
        let lines = message("lost", &long.join("\n"), Style::default());
        assert_eq!(lines[..2], ["  lost: line 0", "    (23 lines left out)"]);
        assert_eq!(lines.len(), 2 + LINES);
        assert_eq!(lines.last().map(String::as_str), Some("    line 39"));
    }
}
