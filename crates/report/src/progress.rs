//! The progress of a run, on stderr: a bar on a terminal, a line every few seconds elsewhere.
//!
//! It draws only between trials, when an event arrives: drawing costs CPU that a timed client needs.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use model::plan::{Plan, StopRule};
use runner::event::{BlockProgress, Event, Watch};
use runner::interrupt::Interrupt;

use crate::printer::{is_terminal, print_message};
use crate::watch::LiveView;
use words::list::counted;
use words::number::duration;

/// The minimum time between two lines where stderr is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows the progress of a run.
#[derive(Debug)]
pub struct Progress {
    showing: Showing,
    /// The arms whose driver's failure was printed: once is enough.
    lost: BTreeSet<String>,
}

#[derive(Debug)]
enum Showing {
    Bar(ProgressBar),
    Lines { next: Duration },
    Live(Box<LiveView>),
    Nothing,
}

impl Progress {
    /// A bar on a terminal, lines elsewhere.
    pub fn on_stderr() -> Self {
        if is_terminal() {
            return Self::new(Showing::Bar(bar()));
        }
        Self::new(Showing::Lines { next: Duration::ZERO })
    }

    /// A full screen that fills while the run goes on.
    ///
    /// # Errors
    /// If stderr is no terminal that can be drawn on.
    pub fn live(interrupt: &Interrupt) -> io::Result<Self> {
        Ok(Self::new(Showing::Live(Box::new(LiveView::open(interrupt)?))))
    }

    /// Nothing at all.
    pub const fn quiet() -> Self {
        Self::new(Showing::Nothing)
    }

    const fn new(showing: Showing) -> Self {
        Self { showing, lost: BTreeSet::new() }
    }

    fn print(&self, text: &str) {
        match &self.showing {
            Showing::Bar(bar) => bar.suspend(|| print_message(text)),
            Showing::Lines { .. } => print_message(text),
            Showing::Live(_) | Showing::Nothing => {}
        }
    }

    fn show_block(&mut self, blocks: &BlockProgress) {
        match &mut self.showing {
            Showing::Bar(bar) => bar.set_message(block_line(blocks)),
            Showing::Lines { next } if blocks.elapsed >= *next => {
                *next = blocks.elapsed + LINE_EVERY;
                print_message(&block_line(blocks));
            }
            Showing::Lines { .. } | Showing::Live(_) | Showing::Nothing => {}
        }
    }
}

impl Watch for Progress {
    fn notice(&mut self, event: &Event<'_>) {
        if let Showing::Live(view) = &mut self.showing {
            return view.notice(event);
        }
        match event {
            Event::Pilot { arm } => {
                if let Showing::Bar(bar) = &self.showing {
                    bar.set_message(format!("pilot: {arm}"));
                    bar.tick();
                }
            }
            Event::Planned { plan, block } => {
                self.print(&plan_line(plan, *block));
                if let Some(line) = experiments_line(plan, *block) {
                    self.print(&line);
                }
                if let Showing::Bar(bar) = &self.showing {
                    let trials =
                        plan.stop.most_blocks().map(|most| most as usize * plan.arms.len());
                    bar.set_length(trials.unwrap_or_default() as u64);
                    bar.set_message("block 1");
                }
            }
            Event::Trial { .. } => {
                if let Showing::Bar(bar) = &self.showing {
                    bar.inc(1);
                }
            }
            Event::Block(blocks) => self.show_block(blocks),
            Event::Profile { arm } => {
                if let Showing::Bar(bar) = &self.showing {
                    bar.set_message(format!("profile: {arm}"));
                    bar.tick();
                }
            }
            Event::Lost { arm, message } => {
                if self.lost.insert(arm.0.clone()) {
                    self.print(&format!("{arm}: {message}"));
                }
            }
            Event::Closed(_) => {
                if let Showing::Bar(bar) = &self.showing {
                    bar.finish_and_clear();
                }
            }
        }
    }
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─");
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    bar.with_style(style)
}

/// The plan, before the first block.
fn plan_line(plan: &Plan, block: Duration) -> String {
    let arms = plan.arms.len();
    let requests: u64 = plan.arms.iter().map(|arm| u64::from(arm.batch_size.0)).sum();
    let up_to = if matches!(plan.stop, StopRule::Precision { .. }) { "up to " } else { "" };
    let size = plan.stop.most_blocks().map_or_else(
        || format!("blocks of {requests} requests until every ratio is known"),
        |most| format!("{up_to}{most} blocks, {up_to}{} requests", requests * u64::from(most)),
    );
    let by_blocks = plan.stop.most_blocks().map(|most| block * most);
    let time = [by_blocks, plan.budget.map(Into::into)].into_iter().flatten().min();
    let is_exact = up_to.is_empty() && plan.budget.is_none();
    let about = if is_exact { "about " } else { "up to " };
    let time = time.map(|time| format!(", {about}{}", duration(time)));
    let arms = counted(arms, "arm");
    format!("{arms}, {size}{} (seed {})", time.unwrap_or_default(), plan.seed)
}

/// The experiments and how long a block takes with them; nothing without experiments.
fn experiments_line(plan: &Plan, block: Duration) -> Option<String> {
    let cells: usize = plan.experiments.iter().map(|one| one.cells.len().saturating_sub(1)).sum();
    let doses: usize = plan.doses.iter().map(|one| one.doses.len().saturating_sub(1)).sum();
    let part = |number, noun: &str| (number > 0).then(|| counted(number, noun));
    let parts = [part(cells, "cell"), part(doses, "dose")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let explained = counted(plan.experiments.len().max(plan.doses.len()), "arm");
    (!parts.is_empty()).then(|| {
        let parts = parts.join(" and ");
        format!("why: {parts} for {explained}; a block takes about {}", duration(block))
    })
}

fn block_line(blocks: &BlockProgress) -> String {
    let of = blocks.most.map(|most| format!(" of {most}")).unwrap_or_default();
    let left =
        blocks.left.map(|left| format!(", up to {} left", duration(left))).unwrap_or_default();
    format!("block {}{of}{left}", blocks.blocks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::arm::{Arm, BatchSize, Label};
    use model::experiment::{Dose, DoseResponse, Experiment, ExperimentCell};
    use model::strategy::Conditions;
    use model::time::Span;

    fn plan(stop: StopRule) -> Plan {
        let label = || Label("a".into());
        let arm = |size| Arm::measured(label(), "a", Conditions::new(), BatchSize(size));
        Plan::new(7, Vec::new(), vec![arm(4), arm(16)], label(), stop)
    }

    #[test]
    fn the_plan_line_has_the_maximum_blocks_requests_and_time() {
        let block = Duration::from_millis(520);
        assert_eq!(
            plan_line(&plan(StopRule::DEFAULT), block),
            "2 arms, up to 50 blocks, up to 1000 requests, up to 26 s (seed 7)"
        );
        assert_eq!(
            plan_line(&plan(StopRule::Blocks { blocks: 3 }), block),
            "2 arms, 3 blocks, 60 requests, about 1.6 s (seed 7)"
        );
        let mut budgeted = plan(StopRule::DEFAULT);
        budgeted.budget = Some(Span::from_secs(5));
        assert!(plan_line(&budgeted, block).contains("up to 5 s"));
    }

    #[test]
    fn the_experiments_line_has_the_time_of_a_block() {
        let block = Duration::from_millis(1520);
        let mut with = plan(StopRule::DEFAULT);
        assert_eq!(experiments_line(&with, block), None);
        let arm = with.arms[0].name.clone();
        let cell = || ExperimentCell { arm: arm.clone(), on: BTreeSet::new() };
        let cells = vec![cell(), cell(), cell(), cell()];
        let (versus, factors) = (None, Vec::new());
        with.experiments.push(Experiment { arm: arm.clone(), versus, factors, cells });
        let line = |plan: &Plan| experiments_line(plan, block).expect("there is one");
        assert_eq!(line(&with), "why: 3 cells for 1 arm; a block takes about 1.5 s");
        let dose = || Dose { think: Span::ZERO, arm: arm.clone() };
        let doses = vec![dose(), dose()];
        with.doses.push(DoseResponse { arm: arm.clone(), doses });
        assert_eq!(line(&with), "why: 3 cells and 1 dose for 1 arm; a block takes about 1.5 s");
    }

    #[test]
    fn a_block_line_has_the_maximum_time_left() {
        let mut blocks = BlockProgress {
            blocks: 12,
            most: Some(50),
            elapsed: Duration::from_secs(6),
            left: Some(Duration::from_secs(200)),
            half_width: None,
        };
        assert_eq!(block_line(&blocks), "block 12 of 50, up to 3 min 20 s left");
        blocks.most = None;
        blocks.left = None;
        assert_eq!(block_line(&blocks), "block 12");
    }
}
