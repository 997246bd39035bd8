//! What failed: how often in each arm, the first message of each kind, and what to try.

use std::collections::BTreeMap;

use explain::{Analysis, ArmAnalysis, FailureCount, LostTrials};
use model::failure::FailureKind;

use crate::style::{Ink, Style};
use crate::text::{self, counted};

/// By how much messages and hints are set in.
const INDENT: usize = 2;

/// The failures of the counted trials, or where nothing was measured, of the pilot.
pub(crate) fn lines(analysis: &Analysis, style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    let mut kinds: BTreeMap<FailureKind, &FailureCount> = BTreeMap::new();
    for arm in analysis.arms.iter().filter(|arm| arm.failed > 0) {
        lines.extend(headline(&of_arm(arm), style));
        for count in &arm.failures {
            kinds.entry(count.kind).or_insert(count);
        }
    }
    let of_pilot = parts(&analysis.pilot_failures, analysis.pilot_lost.as_ref());
    if !of_pilot.is_empty() {
        lines.extend(headline(&format!("pilot: {}", of_pilot.join(", ")), style));
    }
    kinds.extend(analysis.pilot_failures.iter().map(|count| (count.kind, count)));
    lines.extend(kinds.into_values().flat_map(|count| explained(count, style)));
    let lost = analysis.arms.iter().filter_map(|arm| arm.lost.as_ref());
    if let Some(lost) = lost.chain(&analysis.pilot_lost).next() {
        lines.extend(told(lost, style));
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

/// `timeout 2 requests`, `lost 1 trial`.
fn parts(failures: &[FailureCount], lost: Option<&LostTrials>) -> Vec<String> {
    let failures = failures
        .iter()
        .map(|count| format!("{} {}", count.kind, counted(count.requests, "request")));
    let lost = lost.map(|lost| format!("lost {}", counted(lost.trials, "trial")));
    failures.chain(lost).collect()
}

fn explained(count: &FailureCount, style: Style) -> Vec<String> {
    let mut lines =
        text::wrap(&format!("{}: {}", count.kind, count.message), style.columns(), INDENT);
    lines.extend(text::wrap(hint(count.kind), style.columns(), 2 * INDENT));
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
        FailureKind::Code => "The code that was measured has to be mended.",
    }
}

/// What happened to the first trial that was lost, with the last lines of its driver's log.
fn told(lost: &LostTrials, style: Style) -> Vec<String> {
    const LOG_LINES: usize = 5;
    let mut lines = text::wrap(&format!("lost: {}", lost.message), style.columns(), INDENT);
    let log: Vec<&str> = lost.stderr.lines().filter(|line| !line.trim().is_empty()).collect();
    for line in &log[log.len().saturating_sub(LOG_LINES)..] {
        lines.extend(text::wrap(line, style.columns(), 2 * INDENT));
    }
    lines
}
