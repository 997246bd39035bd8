//! The run loop: the pilot, then block after block until the plan says stop.
//!
//! Every line goes to the recording as soon as it is known. Driver processes are started, renewed
//! and warmed up between blocks, so that inside a block nothing stands between one counted trial
//! and the next.

use std::collections::BTreeMap;
use std::io::{self, Write};

use model::arm::{Arm, ArmName};
use model::driver_protocol::TrialOrder;
use model::facts::Facts;
use model::plan::Plan;
use model::recording::{ArmFacts, Closing, Line, StopReason, Writer};
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

/// Why no further block was begun, and how many whole ones there are.
struct Ended {
    reason: StopReason,
    blocks: u32,
}

/// A run: where it is measured, where it is recorded, who watches and who may end it.
#[derive(Debug)]
pub struct Run<'a, B, W: Write, O> {
    /// Where it is measured.
    bench: &'a mut B,
    /// Where it is recorded; the header is there already.
    writer: &'a mut Writer<W>,
    /// Who watches.
    watch: &'a mut O,
    /// Who may end it.
    interrupt: &'a Interrupt,
    began: Moment,
    trials: u64,
    /// What the processes said of their arms last.
    facts: BTreeMap<ArmName, Facts>,
    predecessor: Option<ArmName>,
}

impl<'a, B: Bench, W: Write, O: Watch> Run<'a, B, W, O> {
    /// A run that begins now.
    pub fn begin(
        bench: &'a mut B,
        writer: &'a mut Writer<W>,
        watch: &'a mut O,
        interrupt: &'a Interrupt,
    ) -> Self {
        let began = bench.now();
        Self {
            bench,
            writer,
            watch,
            interrupt,
            began,
            trials: 0,
            facts: BTreeMap::new(),
            predecessor: None,
        }
    }

    /// Where it is measured, for whoever completes the plan between the pilot and the blocks.
    pub const fn bench(&mut self) -> &mut B {
        self.bench
    }

    /// Runs the pilot of a plan, which may be completed afterwards by what the pilot shows.
    ///
    /// # Errors
    /// When the recording cannot be written, or the endpoint fails.
    pub fn pilot(&mut self, plan: &Plan) -> Result<Pilot, RunError> {
        let mut pilot = Pilot::new(plan);
        while let Some(arm) = pilot.next_arm() {
            if self.ended(plan).is_some() {
                break;
            }
            self.watch.notice(&Event::Pilot { arm: &plan.arms[arm].name });
            let asked = self.bench.now();
            self.start(plan, arm)?;
            let before = self.bench.now();
            pilot.started(arm, before.since(asked));
            let trial = self.perform(&plan.arms[arm], arm, Stage::Pilot)?;
            pilot.take(arm, trial, self.bench.now().since(before));
        }
        Ok(pilot)
    }

    /// Runs the blocks of a plan to their end and records how they ended.
    ///
    /// # Errors
    /// When the recording cannot be written, or the endpoint fails.
    pub fn blocks(mut self, plan: &Plan, pilot: &Pilot) -> Result<Closing, RunError> {
        self.writer.append(&Line::Plan(Box::new(plan.clone())))?;
        let closing = match self.ended(plan).or_else(|| pilot.failure()) {
            Some(reason) => Closing { reason, blocks: 0, busy: None },
            None => {
                self.watch.notice(&Event::Planned { plan, block: pilot.block_time(plan).into() });
                let before = self.bench.processors();
                let Ended { reason, blocks } = self.block_after_block(plan)?;
                let times = self.bench.processors().zip(before);
                let busy = times.and_then(|(after, before)| after.busy_since(before));
                Closing { reason, blocks, busy }
            }
        };
        self.writer.append(&Line::Closing(closing.clone()))?;
        self.watch.notice(&Event::Closed(&closing));
        Ok(closing)
    }

    fn block_after_block(&mut self, plan: &Plan) -> Result<Ended, RunError> {
        let first = self.bench.now();
        let mut looks = Looks::new(plan);
        let mut block = 0;
        loop {
            if let Some(reason) = looks.reason_to_stop().or_else(|| self.ended(plan)) {
                return Ok(Ended { reason, blocks: block });
            }
            self.make_ready(plan, block)?;
            let Some(times) = self.block(plan, block)? else {
                return Ok(Ended { reason: StopReason::Interrupted, blocks: block });
            };
            looks.take(&times);
            block += 1;
            let progress = self.progress(plan, block, self.bench.now().since(first));
            self.watch.notice(&Event::Block(progress));
        }
    }

    /// Renews the processes where it is time, starts those that are missing, and warms them up.
    fn make_ready(&mut self, plan: &Plan, block: u32) -> Result<(), RunError> {
        let arms = plan.arms.len();
        if block > 0 && block.is_multiple_of(plan.renew_every.max(1)) {
            (0..arms).for_each(|arm| self.bench.retire(arm));
        }
        for arm in 0..arms {
            if self.interrupt.is_wished() {
                break;
            }
            if self.start(plan, arm)? {
                self.perform(&plan.arms[arm], arm, Stage::WarmUp)?;
            }
        }
        Ok(())
    }

    /// Makes sure that an arm's process is there, records what a new one says of its arm where that
    /// is news, and tells whether it is new. An arm that cannot be started is a lost trial, which
    /// its order brings to light.
    fn start(&mut self, plan: &Plan, arm: usize) -> Result<bool, RunError> {
        let Ok(Readiness::Fresh(facts)) = self.bench.start(arm) else { return Ok(false) };
        let arm = plan.arms[arm].name.clone();
        if self.facts.get(&arm) != Some(&facts) {
            self.facts.insert(arm.clone(), facts.clone());
            self.writer.append(&Line::Ready(ArmFacts { arm, facts }))?;
        }
        Ok(true)
    }

    /// Runs a block and gives the time of each arm that succeeded; nothing when it was interrupted.
    fn block(&mut self, plan: &Plan, block: u32) -> Result<Option<Vec<Option<Span>>>, RunError> {
        let arms = plan.arms.len();
        let mut times = vec![None; arms];
        for (slot, arm) in (0..).zip(block_order(plan.seed, block, arms)) {
            if self.interrupt.is_wished() {
                return Ok(None);
            }
            let place = Place { block, slot, predecessor: self.predecessor.clone() };
            times[arm] = self.perform(&plan.arms[arm], arm, Stage::Counted(place))?.batch_time();
            self.watch.notice(&Event::Trial { slot: slot as usize + 1, slots: arms });
        }
        Ok(Some(times))
    }

    /// Runs a trial and records it.
    fn perform(&mut self, arm: &Arm, place: usize, stage: Stage) -> Result<Trial, RunError> {
        let name = &arm.name;
        let order = TrialOrder {
            id: TrialId(self.trials),
            requests: arm.batch_size.0,
            warm_up: !matches!(stage, Stage::Counted(_)),
        };
        let Report { process, outcome, witness } = self.bench.trial(place, &order)?;
        let trial = Trial { id: order.id, arm: name.clone(), stage, process, outcome, witness };
        self.trials += 1;
        self.predecessor = Some(name.clone());
        if let Outcome::Lost(Loss { message, kind: None, .. }) = &trial.outcome {
            self.watch.notice(&Event::Lost { arm: name, message });
        }
        self.writer.append(&Line::Trial(Box::new(trial.clone())))?;
        Ok(trial)
    }

    /// Why no further trial or block may begin, whatever has been measured.
    fn ended(&self, plan: &Plan) -> Option<StopReason> {
        if self.interrupt.is_wished() {
            return Some(StopReason::Interrupted);
        }
        let spent = self.bench.now().since(self.began);
        plan.budget.filter(|&budget| spent >= budget).map(|_| StopReason::Budget)
    }

    fn progress(&self, plan: &Plan, blocks: u32, elapsed: Span) -> Progress {
        let most = plan.stop.most_blocks();
        let by_blocks = most.map(|most| {
            let rest = u64::from(most.saturating_sub(blocks));
            Span::from_nanos(elapsed.as_nanos() / u64::from(blocks.max(1))).times(rest)
        });
        let spent = self.bench.now().since(self.began);
        let by_budget = plan.budget.map(|budget| budget.saturating_sub(spent));
        let left = [by_blocks, by_budget].into_iter().flatten().min();
        Progress { blocks, most, elapsed: elapsed.into(), left: left.map(Into::into) }
    }
}

#[cfg(test)]
mod tests;
