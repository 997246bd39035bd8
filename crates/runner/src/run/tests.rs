//! The order of an experiment, with simulated drivers and virtual time.

use std::collections::BTreeMap;

use host::processors::ProcessorTime;
use model::arm::{Arm, BatchSize, Label};
use model::failure::{Failure, FailureKind};
use model::plan::{PlannedTarget, StopRule};
use model::recording::{Header, Recording, SCHEMA};
use model::strategy::Conditions;
use model::target::{Checks, Request, Target, Trust};
use model::trace::Columns;
use model::trial::Usage;

use super::*;

/// Arms that answer in virtual time, and a log of what was asked of them.
struct Simulation {
    now: u64,
    log: Vec<String>,
    names: Vec<String>,
    running: BTreeMap<usize, bool>,
    processes: BTreeMap<usize, u32>,
    /// How long an arm's batch takes in its n-th trial, in milliseconds; or how it fails.
    behaviour: fn(arm: usize, trial: u64) -> Behaviour,
    /// How long a process takes to be ready, in milliseconds.
    start_takes: u64,
    interrupt: Interrupt,
    /// After which trial a person interrupts.
    interrupted_after: Option<u64>,
}

#[derive(Clone, Copy)]
enum Behaviour {
    Takes(u64),
    Fails(FailureKind),
    Dies,
    DoesNotStart,
}

impl Simulation {
    fn new(plan: &Plan, behaviour: fn(usize, u64) -> Behaviour) -> Self {
        Self {
            now: 1_000_000_000,
            log: Vec::new(),
            names: plan.arms.iter().map(|arm| arm.name.0.clone()).collect(),
            running: BTreeMap::new(),
            processes: BTreeMap::new(),
            behaviour,
            start_takes: 0,
            interrupt: Interrupt::default(),
            interrupted_after: None,
        }
    }

    fn pass(&mut self, millis: u64) -> (Moment, Moment) {
        let started = Moment::from_nanos(self.now);
        self.now += millis * 1_000_000;
        (started, Moment::from_nanos(self.now))
    }

    fn ran(&mut self, millis: u64, columns: Columns) -> Outcome {
        let (started, finished) = self.pass(millis);
        Outcome::Ran(Box::new(model::trial::Run {
            started,
            finished,
            usage: Usage::default(),
            columns,
        }))
    }
}

impl Bench for Simulation {
    fn start(&mut self, arm: usize) -> Result<Readiness, Loss> {
        if matches!((self.behaviour)(arm, 0), Behaviour::DoesNotStart) {
            return Err(Loss { message: "no such program".into(), ..Loss::default() });
        }
        if self.running.insert(arm, true) == Some(true) {
            return Ok(Readiness::Running);
        }
        *self.processes.entry(arm).or_insert(0) += 1;
        self.pass(self.start_takes);
        self.log.push(format!("start {}", self.names[arm]));
        Ok(Readiness::Fresh(Facts::new()))
    }

    fn trial(&mut self, arm: usize, order: &TrialOrder) -> Result<Report, Broken> {
        let counted = if order.warm_up { "warm" } else { "run" };
        self.log.push(format!("{counted} {}", self.names[arm]));
        if self.interrupted_after == Some(order.id.0) {
            self.interrupt.wish();
        }
        let outcome = match (self.behaviour)(arm, order.id.0) {
            Behaviour::Takes(millis) => {
                let status = Some(vec![Some(200); order.requests as usize]);
                self.ran(millis, Columns { status, ..Columns::default() })
            }
            Behaviour::Fails(kind) => {
                let failure = Failure { kind, message: "no".into() };
                let status = (kind == FailureKind::Status).then(|| vec![Some(404)]);
                self.ran(
                    1,
                    Columns { error: Some(vec![Some(failure)]), status, ..Columns::default() },
                )
            }
            Behaviour::Dies | Behaviour::DoesNotStart => {
                self.running.insert(arm, false);
                Outcome::Lost(Loss { message: "died".into(), stderr: "oh".into(), kind: None })
            }
        };
        let process = self.processes.get(&arm).copied().unwrap_or(1) - 1;
        Ok(Report { process, outcome, witness: None })
    }

    fn retire(&mut self, arm: usize) {
        if self.running.insert(arm, false) == Some(true) {
            self.log.push(format!("retire {}", self.names[arm]));
        }
    }

    fn now(&self) -> Moment {
        Moment::from_nanos(self.now)
    }

    fn processors(&self) -> Option<ProcessorTime> {
        None
    }
}

/// Counts what it is told.
#[derive(Default)]
struct Told {
    blocks: Vec<u32>,
    lost: usize,
}

impl Watch for Told {
    fn notice(&mut self, event: &Event<'_>) {
        match event {
            Event::Block(progress) => self.blocks.push(progress.blocks),
            Event::Lost { .. } => self.lost += 1,
            _ => {}
        }
    }
}

fn plan(strategies: &[&str], stop: StopRule) -> Plan {
    let label = |strategy: &str| Label(strategy.to_owned());
    let arm = |&strategy: &&str| {
        Arm::measured(label(strategy), strategy, Conditions::new(), BatchSize(1))
    };
    let request = Request { method: "GET".into(), url: "http://h/".into(), body: None };
    let target = Target {
        requests: vec![request],
        headers: Vec::new(),
        trust: Trust::Default,
        checks: Checks { statuses: vec![200], min_bytes: 0 },
        time_limit: Span::from_secs(30),
    };
    let targets = vec![PlannedTarget { link: None, target }];
    let arms = strategies.iter().map(arm).collect();
    Plan::of(1, targets, arms, label(strategies[0]), stop)
}

struct Finished {
    closing: Closing,
    recording: Recording,
    log: Vec<String>,
    told: Told,
}

fn run(plan: &Plan, mut simulation: Simulation) -> Finished {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes);
    let header = Header {
        schema: SCHEMA.to_owned(),
        started_at: String::new(),
        environment: model::environment::Environment::default(),
        drivers: Vec::new(),
    };
    writer.append(&Line::Header(Box::new(header))).expect("memory takes it");
    let mut told = Told::default();
    let interrupt = simulation.interrupt.clone();
    let mut run = Run::begin(&mut simulation, &mut writer, &mut told, &interrupt);
    let pilot = run.pilot(plan).expect("nothing breaks");
    let closing = run.blocks(plan, &pilot).expect("nothing breaks");
    let recording = Recording::read(bytes.as_slice()).expect("reads back");
    assert_eq!(recording.closing.as_ref(), Some(&closing));
    assert_eq!(recording.plan.as_ref(), Some(plan));
    Finished { closing, recording, log: simulation.log, told }
}

fn closed(reason: StopReason, blocks: u32) -> Closing {
    Closing { reason, blocks, busy: None }
}

fn steady(_: usize, _: u64) -> Behaviour {
    Behaviour::Takes(10)
}

#[test]
fn pilot_then_every_arm_once_a_block_in_its_own_order() {
    let plan = plan(&["a", "b", "c"], StopRule::Blocks { blocks: 3 });
    let finished = run(&plan, Simulation::new(&plan, steady));
    insta::assert_snapshot!(finished.log.join("\n"), @"
    start a@1
    warm a@1
    start b@1
    warm b@1
    start c@1
    warm c@1
    run a@1
    run c@1
    run b@1
    run c@1
    run a@1
    run b@1
    run c@1
    run b@1
    run a@1
    ");
    assert_eq!(finished.closing, closed(StopReason::Blocks, 3));
    assert_eq!(finished.told.blocks, [1, 2, 3]);
}

#[test]
fn the_recording_says_where_each_trial_stood() {
    let plan = plan(&["a", "b"], StopRule::Blocks { blocks: 2 });
    let finished = run(&plan, Simulation::new(&plan, steady));
    let places: Vec<String> = finished
        .recording
        .trials
        .iter()
        .map(|trial| match &trial.stage {
            Stage::Counted(place) => {
                let before = place.predecessor.as_ref().map_or("-", |name| &name.0);
                format!("{} {}.{} after {before}", trial.arm, place.block, place.slot)
            }
            stage => format!("{} {stage:?}", trial.arm),
        })
        .collect();
    insta::assert_snapshot!(places.join("\n"), @"
    a@1 Pilot
    b@1 Pilot
    a@1 0.0 after b@1
    b@1 0.1 after a@1
    a@1 1.0 after b@1
    b@1 1.1 after a@1
    ");
}

#[test]
fn processes_are_renewed_as_often_as_it_can_be_had() {
    let renewal = |behaviour, start_takes| {
        let plan = plan(&["a", "b"], StopRule::DEFAULT);
        let mut simulation = Simulation { start_takes, ..Simulation::new(&plan, behaviour) };
        let (mut sink, interrupt) = (Vec::new(), Interrupt::default());
        let (mut writer, mut told) = (Writer::new(&mut sink), Told::default());
        let mut run = Run::begin(&mut simulation, &mut writer, &mut told, &interrupt);
        run.pilot(&plan).expect("nothing breaks").renewal(&plan)
    };
    // 12 ms to renew, which a block of 2 ms may cost 100 ms.
    assert_eq!(renewal(|_, _| Behaviour::Takes(1), 5), 1);
    // 1010 ms to renew, of which four blocks of 1000 ms pay 250 ms each.
    assert_eq!(renewal(|_, _| Behaviour::Takes(500), 5), 5);
    // 2100 ms to renew would take 21 blocks.
    assert_eq!(renewal(|_, _| Behaviour::Takes(50), 1000), 10);
}

#[test]
fn processes_are_renewed_and_warmed_up_between_blocks() {
    let mut plan = plan(&["a", "b"], StopRule::Blocks { blocks: 3 });
    plan.renew_every = 2;
    let finished = run(&plan, Simulation::new(&plan, steady));
    insta::assert_snapshot!(finished.log.join("\n"), @"
    start a@1
    warm a@1
    start b@1
    warm b@1
    run a@1
    run b@1
    run a@1
    run b@1
    retire a@1
    retire b@1
    start a@1
    warm a@1
    start b@1
    warm b@1
    run b@1
    run a@1
    ");
    let processes: Vec<u32> = finished
        .recording
        .trials
        .iter()
        .filter(|trial| trial.arm.0 == "a@1" && trial.place().is_some())
        .map(|trial| trial.process)
        .collect();
    assert_eq!(processes, [0, 0, 1]);
}

#[test]
fn a_driver_that_dies_is_a_lost_trial_and_is_started_afresh() {
    let plan = plan(&["a", "b"], StopRule::Blocks { blocks: 3 });
    let dies_once = |arm, trial| match (arm, trial) {
        (1, 2 | 3) => Behaviour::Dies,
        _ => Behaviour::Takes(10),
    };
    let finished = run(&plan, Simulation::new(&plan, dies_once));
    insta::assert_snapshot!(finished.log.join("\n"), @"
    start a@1
    warm a@1
    start b@1
    warm b@1
    run a@1
    run b@1
    start b@1
    warm b@1
    run a@1
    run b@1
    run b@1
    run a@1
    ");
    assert_eq!(finished.told.lost, 1);
    assert_eq!(finished.closing.blocks, 3);
}

#[test]
fn an_arm_that_cannot_be_started_does_not_stop_the_others() {
    let plan = plan(&["a", "b"], StopRule::Blocks { blocks: 2 });
    let absent = |arm, _| if arm == 1 { Behaviour::DoesNotStart } else { Behaviour::Takes(10) };
    let finished = run(&plan, Simulation::new(&plan, absent));
    let lost = |trial: &&Trial| matches!(trial.outcome, Outcome::Lost(_));
    assert_eq!(finished.recording.trials.iter().filter(lost).count(), 3);
    assert_eq!(finished.closing, closed(StopReason::Blocks, 2));
}

#[test]
fn it_stops_when_every_ratio_is_known_well_enough() {
    let stop = StopRule::Precision { least: 10, most: Some(50), half_width: 0.02, looks: 3 };
    let plan = plan(&["a", "b"], stop);
    let finished = run(&plan, Simulation::new(&plan, steady));
    assert_eq!(finished.closing, closed(StopReason::Precision, 12));
    let noisy = |arm, trial| Behaviour::Takes(if arm == 0 { 10 } else { 10 + trial % 7 * 10 });
    let finished = run(&plan, Simulation::new(&plan, noisy));
    assert_eq!(finished.closing, closed(StopReason::Blocks, 50));
}

#[test]
fn no_block_begins_after_the_budget() {
    let mut plan = plan(&["a", "b"], StopRule::Blocks { blocks: 1000 });
    plan.budget = Some(Span::from_millis(105));
    let finished = run(&plan, Simulation::new(&plan, steady));
    // The pilot takes 20 ms of it, and each block 20 more.
    assert_eq!(finished.closing, closed(StopReason::Budget, 5));
}

#[test]
fn an_interrupt_ends_the_run_after_the_running_trial() {
    let plan = plan(&["a", "b", "c"], StopRule::Blocks { blocks: 9 });
    for after in 0..12 {
        let mut simulation = Simulation::new(&plan, steady);
        simulation.interrupted_after = Some(after);
        let finished = run(&plan, simulation);
        assert_eq!(finished.closing.reason, StopReason::Interrupted);
        assert_eq!(finished.recording.trials.len() as u64, after + 1);
        assert_eq!(u64::from(finished.closing.blocks), (after + 1).saturating_sub(3) / 3);
    }
}

#[test]
fn a_pilot_without_any_answer_ends_the_run() {
    let plan = plan(&["a", "b", "c"], StopRule::Blocks { blocks: 9 });
    let refused = |_, _| Behaviour::Fails(FailureKind::Refused);
    let finished = run(&plan, Simulation::new(&plan, refused));
    assert_eq!(finished.closing, closed(StopReason::Unreachable, 0));
    assert_eq!(finished.recording.trials.len(), 3, "every arm has tried once");
}

#[test]
fn a_pilot_of_failures_is_repeated_before_it_is_believed() {
    let plan = plan(&["a", "b"], StopRule::Blocks { blocks: 9 });
    let absent = |_, _| Behaviour::Fails(FailureKind::Status);
    let finished = run(&plan, Simulation::new(&plan, absent));
    assert_eq!(finished.closing, closed(StopReason::PilotFailed, 0));
    assert_eq!(finished.recording.trials.len(), 6);
    let recovers = |_, trial| {
        if trial < 3 { Behaviour::Fails(FailureKind::Status) } else { Behaviour::Takes(10) }
    };
    let finished = run(&plan, Simulation::new(&plan, recovers));
    assert_eq!(finished.closing.blocks, 9);
}

#[test]
fn a_target_that_never_answers_is_not_waited_for_by_every_arm() {
    let mut plan = plan(&["a", "b", "c", "d"], StopRule::Blocks { blocks: 9 });
    plan.targets[0].target.time_limit = Span::from_millis(1);
    let silent = |_, _| Behaviour::Fails(FailureKind::Timeout);
    let finished = run(&plan, Simulation::new(&plan, silent));
    assert_eq!(finished.closing.reason, StopReason::Unreachable);
    assert_eq!(finished.recording.trials.len(), 2, "two strategies are enough to believe it");
}
