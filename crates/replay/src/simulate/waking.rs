//! When a client works at all, and what it costs to begin again.

use model::time::Span;

use super::Woken;
use super::simulation::Simulation;
use super::task::Work;
use crate::batch::Step;
use crate::shorten::seconds;
use crate::wake::coldness;

/// How much of a client works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Working {
    /// How many steps of its work are being done.
    steps: usize,
    /// Since when none is; none before the first.
    idle_since: Option<Span>,
}

impl Simulation<'_> {
    /// How long a step takes that begins now: longer where the client has to begin to work again.
    pub(super) fn begin_working(&mut self, task: usize, step: Step) -> Span {
        if !works(step) {
            return step.length;
        }
        self.working.steps += 1;
        let Some(since) = self.working.idle_since.take() else { return step.length };
        let cold = coldness(self.now.saturating_sub(since));
        let Woken { requests, openings } = &mut self.shown.woken;
        let woken = match (self.tasks[task].opens(), self.tasks[task].work) {
            (Some(opening), _) => openings.get_mut(opening),
            (None, Work::Request { place, .. }) => requests.get_mut(place),
            (None, Work::Opening | Work::Settings | Work::Beside) => None,
        };
        if let Some(woken) = woken {
            *woken += cold;
        }
        step.length + seconds(cold * self.batch.wake.as_secs())
    }

    /// Notes that a step is over.
    pub(super) fn end_working(&mut self, step: Step) {
        if works(step) {
            self.working.steps = self.working.steps.saturating_sub(1);
            self.working.idle_since = (self.working.steps == 0).then_some(self.now);
        }
    }
}

/// Whether the client does anything in a step.
const fn works(step: Step) -> bool {
    step.is_computing() && !step.length.is_zero()
}
