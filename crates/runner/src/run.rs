//! The run loop: the pilot, block after block until [`crate::stopping`] ends them, then the profiled trials.
//!
//! Every line is recorded as soon as it is known. Driver processes are started, renewed and warmed
//! up between blocks, so nothing happens between one counted trial of a block and the next.

use std::collections::BTreeMap;
use std::io::{self, Write};

use model::arm::ArmName;
use model::driver_protocol::TrialOrder;
use model::facts::Facts;
use model::failure::Failure;
use model::index::{ArmIndex, IndexVec};
use model::plan::Plan;
use model::recording::{ArmFacts, Closing, RecordingLine, StopReason, Writer};
use model::time::{Moment, Span};
use model::trial::{Loss, Outcome, Place, Stage, Trial, TrialId};

use crate::event::{BlockProgress, Event, Watch};
use crate::executor::{Executor, ExecutorError, ProcessStart, TrialReport};
use crate::interrupt::Interrupt;
use crate::pilot::Pilot;
use crate::recorded::RecordedRun;
use crate::schedule::{block_order, stretch};
use crate::stopping::{Limits, Stopping, failed_pilot};

/// How many trials of an arm are profiled.
pub(crate) const PROFILED_TRIALS: usize = 5;

/// An error that ends a run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The recording could not be written.
    #[error("the recording could not be written: {0}")]
    Recording(#[from] io::Error),
    /// The executor failed.
    #[error(transparent)]
    Executor(#[from] ExecutorError),
}

/// Why no further block began, and how many blocks are whole.
struct Stopped {
    reason: StopReason,
    blocks: u32,
}

/// How a block ended.
enum BlockEnd {
    /// Every arm had its trial: the time of each arm that succeeded.
    Whole(IndexVec<ArmIndex, Option<Span>>),
    /// The block was cut short.
    Stopped(StopReason),
}

/// Why an arm takes no trial in the next block, and its last process.
#[derive(Clone, Debug)]
struct Unready {
    process: u32,
    loss: Loss,
}

/// A run in progress.
#[derive(Debug)]
pub struct RunLoop<'a, E, W: Write, O> {
    executor: &'a mut E,
    /// The recording, which has its header already.
    writer: &'a mut Writer<W>,
    watch: &'a mut O,
    interrupt: &'a Interrupt,
    began: Moment,
    /// What was recorded before the run was interrupted; nothing of a new run.
    recorded: RecordedRun,
    trials: u64,
    /// The last facts that each arm's driver stated.
    facts: BTreeMap<ArmName, Facts>,
    predecessor: Option<ArmName>,
    /// Whether the blocks are over and code is profiled.
    profiling: bool,
}

impl<'a, E: Executor, W: Write, O: Watch> RunLoop<'a, E, W, O> {
    /// A run that begins now.
    pub fn begin(
        executor: &'a mut E,
        writer: &'a mut Writer<W>,
        watch: &'a mut O,
        interrupt: &'a Interrupt,
    ) -> Self {
        let began = executor.now();
        Self {
            executor,
            writer,
            watch,
            interrupt,
            began,
            recorded: RecordedRun::default(),
            trials: 0,
            facts: BTreeMap::new(),
            predecessor: None,
            profiling: false,
        }
    }

    /// Goes on with a run that was interrupted: with its next block, in the order of its seed.
    #[must_use]
    pub fn resuming(self, recorded: RecordedRun) -> Self {
        let (trials, facts) = (recorded.next_trial, recorded.facts.clone());
        Self { recorded, trials, facts, ..self }
    }

    /// The executor, to complete the plan between the pilot and the blocks.
    pub const fn executor(&mut self) -> &mut E {
        self.executor
    }

    /// The last facts that each arm's driver stated.
    pub fn facts(&self) -> Vec<ArmFacts> {
        let facts =
            |(arm, facts): (&ArmName, &Facts)| ArmFacts { arm: arm.clone(), facts: facts.clone() };
        self.facts.iter().map(facts).collect()
    }

    /// Runs the pilot of a plan. The plan may be completed afterwards by what the pilot shows.
    ///
    /// # Errors
    /// If the recording cannot be written, or the endpoint fails.
    pub fn pilot(&mut self, plan: &Plan) -> Result<Pilot, RunError> {
        let limits = self.limits(plan);
        let mut pilot = Pilot::new(plan);
        while let Some(arm) = pilot.next_arm() {
            if limits.reached(self.executor.now()).is_some() {
                break;
            }
            self.watch.notice(&Event::Pilot { arm: &plan[arm].name });
            let before = self.executor.now();
            let Performed { start, trial } = self.perform(plan, arm, Stage::Pilot)?;
            self.record(trial.clone())?;
            let took = start.as_ref().map_or(Span::ZERO, |start| start.took);
            let spent = self.executor.now().since(before).saturating_sub(took);
            pilot.take(arm, start.as_ref(), trial, spent);
        }
        Ok(pilot)
    }

    /// Runs the blocks of a plan to their end and records how they ended.
    ///
    /// # Errors
    /// If the recording cannot be written, or the endpoint fails.
    pub fn blocks(mut self, plan: &Plan, pilot: &Pilot) -> Result<Closing, RunError> {
        self.writer.append(RecordingLine::Plan(Box::new(plan.clone())))?;
        let reached = self.limits(plan).reached(self.executor.now());
        let closing = match reached.or_else(|| failed_pilot(pilot.outcome())) {
            Some(reason) => {
                let blocks = self.recorded.whole_blocks();
                Closing { reason, blocks, busy: None }
            }
            None => {
                self.watch.notice(&Event::Planned { plan, block: pilot.block_time(plan).into() });
                let before = self.executor.processors();
                let Stopped { reason, blocks } = self.block_after_block(plan)?;
                let times = self.executor.processors().zip(before);
                let busy = times.and_then(|(after, before)| after.busy_since(before));
                self.profile(plan)?;
                Closing { reason, blocks, busy }
            }
        };
        self.writer.append(RecordingLine::Closing(closing.clone()))?;
        self.watch.notice(&Event::Closed(&closing));
        Ok(closing)
    }

    fn limits(&self, plan: &Plan) -> Limits {
        let left = plan.budget.map(|budget| budget.saturating_sub(self.recorded.spent));
        Limits::new(self.interrupt, self.began, left)
    }

    fn block_after_block(&mut self, plan: &Plan) -> Result<Stopped, RunError> {
        let first = self.executor.now();
        let mut stopping = Stopping::new(plan, self.limits(plan));
        self.recorded.blocks.iter().for_each(|times| stopping.take(times));
        loop {
            let block = stopping.blocks();
            if let Some(reason) = stopping.before_block(self.executor.now()) {
                return Ok(Stopped { reason, blocks: block });
            }
            let unready = self.make_ready(plan, block)?;
            match self.block(plan, block, &unready, first)? {
                BlockEnd::Whole(times) => stopping.take(&times),
                BlockEnd::Stopped(reason) => return Ok(Stopped { reason, blocks: block }),
            }
            let elapsed = self.executor.now().since(first);
            let progress = self.progress(plan, &stopping, elapsed);
            self.watch.notice(&Event::Block(progress));
        }
    }

    /// Ends the processes that are due for renewal, then starts and warms up those that are missing.
    /// Returns the arms that have no process even so.
    fn make_ready(
        &mut self,
        plan: &Plan,
        block: u32,
    ) -> Result<BTreeMap<ArmIndex, Unready>, RunError> {
        if block > 0 && block.is_multiple_of(plan.renew_every.max(1)) {
            plan.arm_indices().for_each(|arm| self.executor.retire(arm));
        }
        let mut unready = BTreeMap::new();
        for arm in plan.arm_indices() {
            if self.limits(plan).before_trial().is_some() {
                break;
            }
            if self.executor.is_running(arm) {
                continue;
            }
            let trial = self.perform(plan, arm, Stage::WarmUp)?.trial;
            if !self.executor.is_running(arm) {
                unready.insert(arm, Unready { process: trial.process, loss: loss_after(&trial) });
            }
            self.record(trial)?;
        }
        Ok(unready)
    }

    /// Runs a block: a trial of every arm. The trial of an arm that is not ready is lost. The first block
    /// began at `first`.
    fn block(
        &mut self,
        plan: &Plan,
        block: u32,
        unready: &BTreeMap<ArmIndex, Unready>,
        first: Moment,
    ) -> Result<BlockEnd, RunError> {
        let arms = plan.arms.len();
        let mut times = IndexVec::filled(None, arms);
        for (slot, arm) in (0..).zip(block_order(plan.seed, block, arms)) {
            if let Some(reason) = self.limits(plan).before_trial() {
                return Ok(BlockEnd::Stopped(reason));
            }
            let place = Place { block, slot, predecessor: self.predecessor.clone() };
            let stage = Stage::Counted(place);
            times[arm] = match unready.get(&arm) {
                Some(unready) => self.lose(plan, arm, stage, unready)?,
                None => self.measure(plan, arm, stage)?,
            };
            let elapsed = self.executor.now().since(first).into();
            let (time, slot) = (times[arm], slot as usize + 1);
            self.watch.notice(&Event::Trial { arm, time, slot, slots: arms, elapsed });
        }
        Ok(BlockEnd::Whole(times))
    }

    /// Runs the profiled trials. Where Ctrl-C ends the run, there are fewer or none.
    fn profile(&mut self, plan: &Plan) -> Result<(), RunError> {
        self.profiling = true;
        for (index, arm) in plan.indexed_arms() {
            if plan.profiled.contains(&arm.name) && !self.recorded.profiled.contains(&arm.name) {
                self.profile_arm(plan, index)?;
            }
        }
        Ok(())
    }

    /// Profiles an arm in a new process, until it has all of its trials or one of them ends the process.
    /// A language can only name the code that it compiles while it is profiled.
    fn profile_arm(&mut self, plan: &Plan, arm: ArmIndex) -> Result<(), RunError> {
        if self.limits(plan).before_trial().is_some() {
            return Ok(());
        }
        self.watch.notice(&Event::Profile { arm: &plan[arm].name });
        self.executor.retire(arm);
        let stages = std::iter::repeat_n(Stage::Profile, PROFILED_TRIALS);
        for stage in std::iter::once(Stage::WarmUp).chain(stages) {
            self.measure(plan, arm, stage)?;
            let has_ended = !self.executor.is_running(arm);
            if has_ended || self.limits(plan).before_trial().is_some() {
                break;
            }
        }
        self.executor.retire(arm);
        Ok(())
    }

    /// Runs a trial and records it. Returns its batch time.
    fn measure(
        &mut self,
        plan: &Plan,
        arm: ArmIndex,
        stage: Stage,
    ) -> Result<Option<Span>, RunError> {
        let trial = self.perform(plan, arm, stage)?.trial;
        let time = trial.batch_time();
        self.record(trial)?;
        Ok(time)
    }

    /// Runs a trial, and records the facts that a new process states. The trial itself is to be recorded next.
    fn perform(&mut self, plan: &Plan, arm: ArmIndex, stage: Stage) -> Result<Performed, RunError> {
        let (id, requests) = (TrialId(self.trials), plan[arm].batch_size.0);
        let order = TrialOrder {
            id,
            requests,
            warm_up: matches!(stage, Stage::Pilot | Stage::WarmUp),
            sample: stretch(plan.seed, id, plan.sampling, requests),
            profile: self.profiling,
        };
        let TrialReport { start, process, outcome, witness, socket } =
            self.executor.trial(arm, &order)?;
        let name = &plan[arm].name;
        if let Some(facts) = start.as_ref().and_then(|start| start.facts.as_ref()) {
            self.record_facts(name, facts)?;
        }
        if let Outcome::Lost(Loss { message, kind: None, .. }) = &outcome {
            self.watch.notice(&Event::Lost { arm: name, message });
        }
        let arm = name.clone();
        let trial = Trial { id: order.id, arm, stage, process, outcome, witness, socket };
        Ok(Performed { start, trial })
    }

    /// Records a trial that cannot be run. It has no batch time.
    fn lose(
        &mut self,
        plan: &Plan,
        arm: ArmIndex,
        stage: Stage,
        Unready { process, loss }: &Unready,
    ) -> Result<Option<Span>, RunError> {
        let trial = Trial {
            id: TrialId(self.trials),
            arm: plan[arm].name.clone(),
            stage,
            process: *process,
            outcome: Outcome::Lost(loss.clone()),
            witness: None,
            socket: None,
        };
        self.record(trial)?;
        Ok(None)
    }

    fn record(&mut self, trial: Trial) -> Result<(), RunError> {
        self.trials += 1;
        self.predecessor = Some(trial.arm.clone());
        Ok(self.writer.append(RecordingLine::Trial(Box::new(trial)))?)
    }

    /// Records what a driver states about its arm, if it states something new.
    fn record_facts(&mut self, arm: &ArmName, facts: &Facts) -> Result<(), RunError> {
        if self.facts.get(arm) != Some(facts) {
            self.facts.insert(arm.clone(), facts.clone());
            let facts = ArmFacts { arm: arm.clone(), facts: facts.clone() };
            self.writer.append(RecordingLine::Ready(facts))?;
        }
        Ok(())
    }

    fn progress(&self, plan: &Plan, stopping: &Stopping, elapsed: Span) -> BlockProgress {
        let (blocks, half_width) = (stopping.blocks(), stopping.half_width());
        let most = plan.stop.most_blocks();
        let by_blocks = most.map(|most| {
            let rest = u64::from(most.saturating_sub(blocks));
            let since = blocks.saturating_sub(self.recorded.whole_blocks());
            Span::from_nanos(elapsed.as_nanos() / u64::from(since.max(1))).times(rest)
        });
        let by_budget = self.limits(plan).left(self.executor.now());
        let left = [by_blocks, by_budget].into_iter().flatten().min();
        let (elapsed, left) = (elapsed.into(), left.map(Into::into));
        BlockProgress { blocks, most, elapsed, left, half_width }
    }
}

/// A trial that was run, and the start of its process.
struct Performed {
    start: Option<ProcessStart>,
    trial: Trial,
}

/// Why an arm whose process is gone after a warm-up trial takes no trial in the block.
fn loss_after(warm_up: &Trial) -> Loss {
    let run = match &warm_up.outcome {
        Outcome::Lost(loss) => return loss.clone(),
        Outcome::Ran(run) => run,
    };
    let Some(Failure { kind, message }) = run.first_failure() else {
        return Loss { message: "the driver has ended".into(), ..Loss::default() };
    };
    let message = format!("{message}: in the trial before this one, which ended the process");
    Loss { kind: Some(*kind), message, stderr: String::new() }
}

#[cfg(test)]
mod tests;
