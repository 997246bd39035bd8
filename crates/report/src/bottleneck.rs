//! What limits the batches of each arm: a line for each, and a sentence for each arm of which the replay
//! says nothing.

use explain::ArmAnalysis;

use crate::beside::{self, UNKNOWN, column, millis};
use crate::style::Style;
use crate::table::{Align, Cell, Column};
use crate::text;
use words::bottleneck::with_use;
use words::number::signed_percent;

const TITLE: &str = "bottleneck";

/// The indent of further lines.
const INDENT: usize = 2;

/// Nothing where no arm could be replayed.
pub(crate) fn lines(arms: &[&ArmAnalysis], style: Style) -> Vec<String> {
    if arms.iter().all(|arm| arm.replay_error.is_none()) {
        return Vec::new();
    }
    let mut lines = beside::lines(TITLE, arms, columns(arms), style);
    let remarks = arms.iter().filter_map(|arm| words::bottleneck::not_calibrated(arm));
    lines.extend(remarks.flat_map(|remark| text::hang(&remark, style.columns(), INDENT)));
    lines
}

fn columns(arms: &[&ArmAnalysis]) -> Vec<Column> {
    let found = || arms.iter().map(|arm| arm.bottleneck);
    let limits = found().map(|found| found.map(|found| with_use(found.limit, found.usage)));
    let next = found().map(|found| found?.next.map(|next| with_use(next.limit, next.usage)));
    let errors = arms.iter().map(|arm| beside::figure(arm.replay_error, error));
    vec![
        named("limit", limits),
        millis("takes ms", found().map(|found| Some(found?.seconds))),
        named("next", next),
        millis("left ms", found().map(|found| Some(found?.seconds_without))),
        column(Align::Right, "replay", errors),
    ]
}

/// An error to a tenth of a percent.
fn error(share: f64) -> String {
    signed_percent((1e3 * share).round() / 1e3)
}

fn named(heading: &str, names: impl Iterator<Item = Option<String>>) -> Column {
    let cells = names.map(|name| Cell::new(name.unwrap_or_else(|| UNKNOWN.to_owned())));
    column(Align::Left, heading, cells)
}

#[cfg(test)]
mod tests {
    use explain::{ArmBottleneck, Limit, LimitUsage, NextLimit, analyse};
    use insta::assert_snapshot;
    use model::recording::StopReason;
    use test_support::sample::Sample;

    use super::*;

    /// Two arms that were replayed, of which one replay misses what was measured.
    fn arms() -> Vec<ArmAnalysis> {
        let mut sample = Sample::new(&[("a/x", 8), ("b/y", 8)]);
        sample.block(&[("a/x@8", 40), ("b/y@8", 50)]);
        let mut arms = analyse(&sample.end(StopReason::Blocks)).arms;
        arms[0].replay_error = Some(0.004);
        arms[0].bottleneck = Some(ArmBottleneck {
            limit: Limit::ServerCapacity,
            seconds: 0.03,
            usage: Some(LimitUsage { places: 2, busy: 0.95 }),
            next: Some(NextLimit {
                limit: Limit::ClientWork,
                usage: Some(LimitUsage { places: 1, busy: 0.12 }),
            }),
            seconds_without: 0.0112,
            more_concurrency_saves: None,
        });
        arms[1].replay_error = Some(-0.062);
        arms
    }

    fn shown(arms: &[ArmAnalysis], width: usize) -> String {
        let arms: Vec<&ArmAnalysis> = arms.iter().collect();
        lines(&arms, Style { width, ..Style::default() }).join("\n")
    }

    #[test]
    fn shows_the_limit_of_each_arm_and_what_cannot_be_replayed() {
        assert_snapshot!(shown(&arms(), 80), @"
        bottleneck  limit                takes ms  next            left ms  replay
        a/x         server capacity 95%      30.0  client CPU 12%     11.2   +0.4%
        b/y         -                           -  -                     -   -6.2%
        b/y: replayed batches are 6.2% shorter than measured. Beyond 5%, nothing is
          predicted.
        ");
        assert_snapshot!(shown(&arms(), 40), @"
        bottleneck
        a/x
          limit server capacity 95% · takes ms 30.0
          next client CPU 12% · left ms 11.2 · replay +0.4%
        b/y
          limit - · takes ms - · next - · left ms - · replay -6.2%
        b/y: replayed batches are 6.2% shorter than measured.
          Beyond 5%, nothing is predicted.
        ");
    }

    #[test]
    fn shows_nothing_where_nothing_could_be_replayed() {
        let mut arms = arms();
        arms.iter_mut().for_each(|arm| (arm.replay_error, arm.bottleneck) = (None, None));
        assert_eq!(shown(&arms, 80), "");
    }
}
