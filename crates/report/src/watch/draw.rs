//! The picture of a live view. No colour and no order says which arm is faster.

use explain::live::LiveArm;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::prelude::Frame;
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Cell, Gauge, Paragraph, Row, Table};
use words::number::millis_with_interval;

use super::state::{LiveBlocks, Stage, State};
use crate::beside::UNKNOWN;
use crate::printable::printable;

const HEADINGS: [&str; 5] = ["arm", "batch", "trials", "failed", "median so far, 95% interval"];
/// How wide the first column is at least.
const MORE: usize = "and 1000 more arms".len();
/// The maximum number of messages, the last ones.
const MESSAGES: usize = 4;

/// Draws a state.
pub(super) fn draw(frame: &mut Frame<'_>, state: &State) {
    let messages = state.messages.len().min(MESSAGES);
    let heights = [
        Constraint::Length(1),
        Constraint::Length(3),
        Constraint::Min(2),
        Constraint::Length(u16::try_from(messages).unwrap_or(u16::MAX)),
        Constraint::Length(1),
    ];
    let [title, progress, table, said, keys] = Layout::vertical(heights).areas(frame.area());
    frame.render_widget(Line::styled(heading(&state.stage), bold()), title);
    if let Some(blocks) = blocks(&state.stage) {
        draw_progress(frame, blocks, progress);
        draw_arms(frame, &blocks.run.arms(), table);
    }
    let last = &state.messages[state.messages.len() - messages..];
    let last: Vec<Line<'_>> = last.iter().map(|text| Line::raw(printable(text))).collect();
    frame.render_widget(Paragraph::new(last), said);
    frame.render_widget(Line::raw(words::live::KEYS), keys);
}

fn bold() -> Style {
    Style::default().add_modifier(Modifier::BOLD)
}

fn heading(stage: &Stage) -> String {
    let stage = match stage {
        Stage::Starting => "starting".to_owned(),
        Stage::Pilot { trial, arm } => words::live::pilot(*trial, arm),
        Stage::Blocks(blocks) => words::live::blocks(blocks.done, &blocks.rule, blocks.left),
        Stage::Profile { arm, .. } => words::live::profile(arm),
    };
    format!("batchmark · {}", printable(&stage))
}

const fn blocks(stage: &Stage) -> Option<&LiveBlocks> {
    match stage {
        Stage::Blocks(blocks) | Stage::Profile { blocks: Some(blocks), .. } => Some(blocks),
        Stage::Starting | Stage::Pilot { .. } | Stage::Profile { blocks: None, .. } => None,
    }
}

/// The blocks done, the trials of the block, and the precision.
fn draw_progress(frame: &mut Frame<'_>, blocks: &LiveBlocks, area: Rect) {
    let LiveBlocks { done, slot, slots, rule, precision, .. } = blocks;
    let rows = [Constraint::Length(1); 3];
    let [bar, trial, known] = Layout::vertical(rows).areas(area);
    if let Some(most) = rule.most_blocks() {
        let whole = f64::from(most.max(1)) * (*slots).max(1) as f64;
        let made = f64::from(*done) * *slots as f64 + *slot as f64;
        let gauge = Gauge::default().ratio((made / whole).clamp(0.0, 1.0)).label("");
        frame.render_widget(gauge, bar);
    }
    let number = u64::from(*done) + 1;
    frame.render_widget(Line::raw(format!("block {number}: trial {slot} of {slots}")), trial);
    frame.render_widget(Line::raw(words::live::precision(*precision, rule)), known);
}

/// The arms in the order of the plan, as many as fit.
fn draw_arms(frame: &mut Frame<'_>, arms: &[LiveArm], area: Rect) {
    let room = usize::from(area.height).saturating_sub(1);
    let shown = if arms.len() > room { room.saturating_sub(1) } else { arms.len() };
    let hidden = arms.len() - shown;
    let mut rows: Vec<Row<'_>> = arms.iter().take(shown).map(row).collect();
    if hidden > 0 {
        rows.push(Row::new([format!("and {}", words::list::counted(hidden, "more arm"))]));
    }
    // The last row may say how many arms do not fit.
    let names = arms.iter().map(|arm| arm.arm.0.chars().count());
    let widest = names.max().unwrap_or(0).max(MORE);
    let widths = [
        Constraint::Max(u16::try_from(widest).unwrap_or(u16::MAX)),
        Constraint::Length(6),
        Constraint::Length(6),
        Constraint::Length(6),
        Constraint::Min(10),
    ];
    let table = Table::new(rows, widths).header(Row::new(HEADINGS).style(bold()));
    frame.render_widget(table.column_spacing(2), area);
}

fn row(arm: &LiveArm) -> Row<'static> {
    let interval = arm.interval.map(|interval| (interval.low, interval.high));
    let median = arm
        .median
        .map_or_else(|| UNKNOWN.to_owned(), |median| millis_with_interval(median, interval));
    let cells = [
        printable(&arm.arm.0),
        arm.batch_size.to_string(),
        arm.succeeded.to_string(),
        arm.failed.to_string(),
        median,
    ];
    Row::new(cells.map(Cell::from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use model::index::ArmIndex;
    use model::recording::StopReason;
    use model::time::Span;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use runner::event::{BlockProgress, Event};
    use stats::quantity::HalfWidth;
    use std::time::Duration;
    use test_support::sample::Sample;

    fn picture(state: &State, columns: u16, lines: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(columns, lines)).expect("opens");
        terminal.draw(|frame| draw(frame, state)).expect("draws");
        terminal.backend().to_string()
    }

    /// A run of two arms after 7 blocks and one trial of the next.
    fn running() -> State {
        let recording = Sample::new(&[("a/x", 4), ("b/y", 4)]).end(StopReason::Blocks);
        let plan = recording.plan.as_ref().expect("has a plan");
        let mut state = State::default();
        state.take(&Event::Planned { plan, block: Duration::from_millis(60) });
        let elapsed = Duration::from_secs(1);
        for block in 1..=8 {
            for (slot, arm) in [(1, ArmIndex(1)), (2, ArmIndex(0))] {
                let time = Some(Span::from_millis(40 + block)).filter(|_| block != 3);
                state.take(&Event::Trial { arm, time, slot, slots: 2, elapsed });
                if block == 8 {
                    break;
                }
            }
            let half_width = HalfWidth::from_share(0.031);
            let (most, left) = (Some(50), Some(Duration::from_secs(90)));
            let blocks = u32::try_from(block).expect("is small");
            let progress = BlockProgress { blocks, most, elapsed, left, half_width };
            if block < 8 {
                state.take(&Event::Block(progress));
            }
        }
        state
    }

    #[test]
    fn shows_how_far_the_run_is_and_the_medians_so_far() {
        assert_snapshot!(picture(&running(), 80, 12), @r#"
    "batchmark · 7 of up to 50 blocks, up to 90 s left                               "
    "████████████                                                                    "
    "block 8: trial 1 of 2                                                           "
    "every ratio within 3.1%; the goal is 2% after at least 10 blocks                "
    "arm                 batch   trials  failed  median so far, 95% interval         "
    "a/x@4               4       6       1       44.5 ms [41.0, 47.0]                "
    "b/y@4               4       7       1       45.0 ms [41.0, 48.0]                "
    "                                                                                "
    "                                                                                "
    "                                                                                "
    "                                                                                "
    "q or Ctrl-C: stop after this trial and report · Ctrl-C again: stop at once      "
    "#);
    }

    #[test]
    fn says_nothing_of_faster_or_slower() {
        let text = picture(&running(), 100, 30).to_lowercase();
        for verdict in ["fast", "slow", "tie", "best", "vs"] {
            assert!(!text.contains(verdict), "{verdict}: {text}");
        }
    }

    #[test]
    fn shows_the_pilot_and_its_trials() {
        let mut state = State::default();
        let arm = model::arm::ArmName("hyper/async@16".to_owned());
        state.take(&Event::Pilot { arm: &arm });
        state.take(&Event::Pilot { arm: &arm });
        let text = picture(&state, 80, 10);
        assert!(text.contains("pilot: trial 2, hyper/async@16"), "{text}");
    }

    #[test]
    fn says_how_many_arms_do_not_fit() {
        let arms: Vec<String> = (0..20).map(|number| format!("a/x{number}")).collect();
        let arms: Vec<(&str, u32)> = arms.iter().map(|arm| (arm.as_str(), 1)).collect();
        let recording = Sample::new(&arms).end(StopReason::Blocks);
        let plan = recording.plan.as_ref().expect("has a plan");
        let mut state = State::default();
        state.take(&Event::Planned { plan, block: Duration::from_millis(60) });
        assert!(picture(&state, 80, 15).contains("and 12 more arms"));
    }

    #[test]
    fn draws_on_the_smallest_terminal() {
        for (columns, lines) in [(1, 1), (10, 2), (300, 100)] {
            let mut state = running();
            state.messages = vec!["a\x1b[2J".to_owned(); 9];
            assert!(!picture(&state, columns, lines).contains('\x1b'));
        }
    }
}
