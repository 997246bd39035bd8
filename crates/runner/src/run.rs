//! The run loop: the pilot, then block after block until the plan says stop.
//!
//! Every line goes to the recording as soon as it is known. Driver processes are started, renewed
//! and warmed up between blocks, so that inside a block nothing stands between one counted trial
//! and the next.

use std::io::{self, Write};

use model::arm::ArmName;
use model::driver_protocol::TrialOrder;
use model::plan::Plan;
use model::recording::{Closing, Line, StopReason, Writer};
use model::time::{Moment, Span};
use model::trial::{Loss, Outcome, Place, Stage, Trial, TrialId};

use crate::bench::{Bench, Broken, Readiness, Report};
use crate::event::{Event, Progress, Watch};
use crate::interrupt::Interrupt;
use crate::looks::Looks;
use crate::pilot::Pilot;
use crate::schedule::block_order;

/// Why a run broke off.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The recording could not be written.
    #[error("the recording could not be written: {0}")]
    Recording(#[from] io::Error),
    /// The laboratory failed.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// All that a run needs.
#[derive(Debug)]
pub struct Run<'a, B, W: Write, O> {
    /// What is measured.
    pub plan: &'a Plan,
    /// Where it is measured.
    pub bench: &'a mut B,
    /// Where it is recorded; the header is there already.
    pub writer: &'a mut Writer<W>,
    /// Who watches.
    pub watch: &'a mut O,
    /// Who may end it.
    pub interrupt: &'a Interrupt,
}

impl<'a, B: Bench, W: Write, O: Watch> Run<'a, B, W, O> {
    /// Runs the plan to its end and records how it ended.
    ///
    /// # Errors
    /// When the recording cannot be written, or the endpoint fails.
    pub fn to_its_end(self) -> Result<Closing, RunError> {
        let began = self.bench.now();
        let mut conductor = Conductor { run: self, began, trials: 0, predecessor: None };
        let closing = conductor.conduct()?;
        conductor.run.writer.append(&Line::Closing(closing.clone()))?;
        conductor.run.watch.notice(&Event::Closed(&closing));
        Ok(closing)
    }
}

struct Conductor<'a, B, W: Write, O> {
    run: Run<'a, B, W, O>,
    began: Moment,
    trials: u64,
    predecessor: Option<ArmName>,
}

impl<B: Bench, W: Write, O: Watch> Conductor<'_, B, W, O> {
    fn conduct(&mut self) -> Result<Closing, RunError> {
        let pilot = self.pilot()?;
        let plan = self.run.plan;
        self.run.writer.append(&Line::Plan(Box::new(plan.clone())))?;
        if let Some(reason) = self.ended().or_else(|| pilot.failure()) {
            return Ok(Closing { reason, blocks: 0 });
        }
        self.run.watch.notice(&Event::Planned { plan, block: pilot.block_time().into() });
        self.blocks()
    }

    fn pilot(&mut self) -> Result<Pilot, RunError> {
        let mut pilot = Pilot::new(self.run.plan);
        while let Some(arm) = pilot.next_arm() {
            if self.ended().is_some() {
                break;
            }
            self.run.watch.notice(&Event::Pilot { arm: &self.run.plan.arms[arm].name });
            // An arm that cannot be started is a lost trial, which its order brings to light.
            let _ = self.run.bench.start(arm);
            let before = self.run.bench.now();
            let trial = self.perform(arm, Stage::Pilot)?;
            pilot.take(arm, &trial, self.run.bench.now().since(before));
        }
        Ok(pilot)
    }

    fn blocks(&mut self) -> Result<Closing, RunError> {
        let first = self.run.bench.now();
        let mut looks = Looks::new(self.run.plan);
        let mut block = 0;
        loop {
            if let Some(reason) = looks.reason_to_stop().or_else(|| self.ended()) {
                return Ok(Closing { reason, blocks: block });
            }
            self.make_ready(block)?;
            let Some(times) = self.block(block)? else {
                return Ok(Closing { reason: StopReason::Interrupted, blocks: block });
            };
            looks.take(&times);
            block += 1;
            let progress = self.progress(block, self.run.bench.now().since(first));
            self.run.watch.notice(&Event::Block(progress));
        }
    }

    /// Renews the processes where it is time, starts those that are missing, and warms them up.
    fn make_ready(&mut self, block: u32) -> Result<(), RunError> {
        let arms = self.run.plan.arms.len();
        if block > 0 && block.is_multiple_of(self.run.plan.renew_every.max(1)) {
            (0..arms).for_each(|arm| self.run.bench.retire(arm));
        }
        for arm in 0..arms {
            if self.run.interrupt.is_wished() {
                break;
            }
            if self.run.bench.start(arm) == Ok(Readiness::Fresh) {
                self.perform(arm, Stage::WarmUp)?;
            }
        }
        Ok(())
    }

    /// Runs a block and gives the time of each arm that succeeded; nothing when it was interrupted.
    fn block(&mut self, block: u32) -> Result<Option<Vec<Option<Span>>>, RunError> {
        let arms = self.run.plan.arms.len();
        let mut times = vec![None; arms];
        for (slot, arm) in (0..).zip(block_order(self.run.plan.seed, block, arms)) {
            if self.run.interrupt.is_wished() {
                return Ok(None);
            }
            let place = Place { block, slot, predecessor: self.predecessor.clone() };
            times[arm] = self.perform(arm, Stage::Counted(place))?.batch_time();
            self.run.watch.notice(&Event::Trial { slot: slot as usize + 1, slots: arms });
        }
        Ok(Some(times))
    }

    /// Runs a trial and records it.
    fn perform(&mut self, arm: usize, stage: Stage) -> Result<Trial, RunError> {
        let name = &self.run.plan.arms[arm].name;
        let order = TrialOrder {
            id: TrialId(self.trials),
            requests: self.run.plan.arms[arm].batch_size.0,
            warm_up: !matches!(stage, Stage::Counted(_)),
        };
        let Report { process, outcome, witness } = self.run.bench.trial(arm, &order)?;
        let trial = Trial { id: order.id, arm: name.clone(), stage, process, outcome, witness };
        self.trials += 1;
        self.predecessor = Some(name.clone());
        if let Outcome::Lost(Loss { message, .. }) = &trial.outcome {
            self.run.watch.notice(&Event::Lost { arm: name, message });
        }
        self.run.writer.append(&Line::Trial(Box::new(trial.clone())))?;
        Ok(trial)
    }

    /// Why no further trial or block may begin, whatever has been measured.
    fn ended(&self) -> Option<StopReason> {
        if self.run.interrupt.is_wished() {
            return Some(StopReason::Interrupted);
        }
        let spent = self.run.bench.now().since(self.began);
        self.run.plan.budget.filter(|&budget| spent >= budget).map(|_| StopReason::Budget)
    }

    fn progress(&self, blocks: u32, elapsed: Span) -> Progress {
        let most = self.run.plan.stop.most_blocks();
        let by_blocks = most.map(|most| {
            let rest = u64::from(most.saturating_sub(blocks));
            Span::from_nanos(elapsed.as_nanos() / u64::from(blocks.max(1))).times(rest)
        });
        let spent = self.run.bench.now().since(self.began);
        let by_budget = self.run.plan.budget.map(|budget| budget.saturating_sub(spent));
        let left = [by_blocks, by_budget].into_iter().flatten().min();
        Progress { blocks, most, elapsed: elapsed.into(), left: left.map(Into::into) }
    }
}

#[cfg(test)]
mod tests;
