//! Where the time of a batch went: a line for each arm with the phases of its critical path, and
//! one with what was counted beside it.

use explain::{ArmAnalysis, Handshakes};
use model::phase::Phase;

use crate::beside::{self, UNKNOWN, column, counts, is_unknown, millis, percents};
use crate::style::Style;
use crate::table::{Align, Cell};
use crate::text;
use words::number::count;

const TITLE: &str = "path, ms";

/// The critical paths of these arms, and the milestones that were not observed; nothing where none
/// was observed.
pub(crate) fn lines(arms: &[&ArmAnalysis], style: Style) -> Vec<String> {
    if arms.iter().all(|arm| arm.path_requests.is_none()) {
        return Vec::new();
    }
    let phase = |phase: Phase| millis(phase.name(), arms.iter().map(|arm| arm.path[phase]));
    let mut lines = beside::lines(TITLE, arms, Phase::ALL.map(phase).into(), style);
    lines.extend(arms.iter().flat_map(|arm| remark(arm, style)));
    lines
}

/// What was counted beside the times of these arms; nothing where nothing was.
pub(crate) fn counters(arms: &[&ArmAnalysis], style: Style) -> Vec<String> {
    let http =
        arms.iter().map(|arm| Cell::new(arm.http.clone().unwrap_or_else(|| UNKNOWN.to_owned())));
    let handshakes = arms.iter().map(|arm| {
        Cell::new(arm.handshakes.as_ref().map_or_else(|| UNKNOWN.to_owned(), handshakes))
    });
    let mut columns = vec![
        counts("on path", arms.iter().map(|arm| arm.path_requests)),
        column(Align::Right, "HTTP", http),
        counts("connections used", arms.iter().map(|arm| arm.connections_used)),
        column(Align::Right, "handshakes", handshakes),
        millis("CPU ms", arms.iter().map(|arm| arm.cpu_seconds)),
        percents("CPU share", arms.iter().map(|arm| arm.cpu_share)),
    ];
    if columns.iter().all(is_unknown) {
        return Vec::new();
    }
    if arms.iter().any(|arm| arm.child_cpu_seconds.is_some_and(|seconds| seconds > 0.0)) {
        let seconds = arms.iter().map(|arm| arm.child_cpu_seconds);
        columns.push(millis("children's CPU ms", seconds));
    }
    let mut lines = beside::lines("requests", arms, columns, style);
    lines.extend(peak_memory(arms, style));
    lines.extend(arms.iter().flat_map(|arm| extra_requests(arm, style)));
    lines
}

/// The most memory that the process of each arm has held.
fn peak_memory(arms: &[&ArmAnalysis], style: Style) -> Vec<String> {
    let of_arm = |arm: &&ArmAnalysis| {
        Some(format!("{} {}", arm.label, words::number::megabytes(arm.peak_memory?)))
    };
    let known: Vec<String> = arms.iter().filter_map(of_arm).collect();
    if known.is_empty() {
        return Vec::new();
    }
    text::wrap(&format!("peak memory: {}", known.join(", ")), style.columns(), 0)
}

/// The requests that an arm makes for each item, where these are more than one.
fn extra_requests(arm: &ArmAnalysis, style: Style) -> Vec<String> {
    let Some(counts) = &arm.requests_per_item else { return Vec::new() };
    // The shares of a batch may sum to a little more than one.
    if counts.iter().map(|count| count.per_item).sum::<f64>() < 1.0 + 1e-9 {
        return Vec::new();
    }
    let counts = words::findings::requests_per_item(counts);
    text::wrap(&format!("{}: {counts}", arm.arm), style.columns(), 0)
}

fn remark(arm: &ArmAnalysis, style: Style) -> Vec<String> {
    if arm.path_requests.is_none() || arm.path_unobserved.is_empty() {
        return Vec::new();
    }
    let milestones: Vec<&str> =
        arm.path_unobserved.iter().map(|milestone| milestone.name()).collect();
    let sentence = format!("{}: not observed: {}", arm.arm, milestones.join(", "));
    text::wrap(&sentence, style.columns(), 0)
}

fn handshakes(Handshakes { full, resumed }: &Handshakes) -> String {
    let full = count(*full);
    if *resumed > 0.0 { format!("{full} + {} resumed", count(*resumed)) } else { full }
}

#[cfg(test)]
mod tests {
    use super::*;
    use explain::{RequestCount, analyse};
    use test_support::sample::Sample;

    #[test]
    fn counts_the_requests_for_each_item_where_there_are_more() {
        let count = |method: &str, per_item| RequestCount {
            method: Some(method.to_owned()),
            status: Some(200),
            per_item,
        };
        let mut arm = analyse(&Sample::three_strategies(2)).arms.remove(0);
        let mut lines_with = |counts: Vec<RequestCount>| {
            arm.requests_per_item = Some(counts);
            extra_requests(&arm, Style::default())
        };
        assert_eq!(lines_with(vec![count("GET", 1.0)]), [""; 0]);
        assert_eq!(
            lines_with(vec![count("GET", 1.0), count("HEAD", 0.5)]),
            [
                "ureq/sequential@4: requests for each item: 1 GET answered 200, 0.5 HEAD answered",
                "200"
            ]
        );
    }

    #[test]
    fn shows_the_peak_memory_of_each_arm_that_reports_it() {
        let mut arms = analyse(&Sample::three_strategies(2)).arms;
        arms.iter_mut().for_each(|arm| arm.peak_memory = None);
        let lines = |arms: &[ArmAnalysis]| {
            let arms: Vec<&ArmAnalysis> = arms[..2].iter().collect();
            peak_memory(&arms, Style::default())
        };
        assert_eq!(lines(&arms), [""; 0]);
        arms[1].peak_memory = Some(34_496_512);
        assert_eq!(lines(&arms), [format!("peak memory: {} 34.5 MB", arms[1].label)]);
    }

    #[test]
    fn shows_resumed_handshakes_where_there_are_any() {
        let written = |full, resumed| handshakes(&Handshakes { full, resumed });
        assert_eq!(
            (written(4.0, 0.0), written(1.0, 3.0)),
            ("4".to_owned(), "1 + 3 resumed".to_owned())
        );
    }
}
