//! The order of an experiment, with simulated drivers and virtual time.

use std::collections::{BTreeMap, BTreeSet};

use host::processors::ProcessorTime;
use model::arm::{Arm, BatchSize, Label};
use model::failure::{Failure, FailureKind};
use model::plan::{PlannedTarget, Resumption, StopRule};
use model::recording::{Recording, RecordingHeader, SCHEMA};
use model::strategy::Conditions;
use model::target::{Checks, Request, Target, Trust};
use model::trace::Columns;
use model::trial::{ImposedEffects, ResponseVersions, Usage};

use super::*;

/// Runs trials in virtual time and logs what was requested.
struct Simulation {
    now: u64,
    log: Vec<String>,
    names: IndexVec<ArmIndex, String>,
    running: BTreeSet<ArmIndex>,
    processes: BTreeMap<ArmIndex, u32>,
    /// How long an arm's batch takes in its n-th trial, in milliseconds; or how it fails.
    behaviour: fn(arm: usize, trial: u64) -> Behaviour,
    /// How long a process takes to be ready, in milliseconds.
    start_takes: u64,
    interrupt: Interrupt,
    /// After which trial Ctrl-C is pressed.
    interrupted_after: Option<u64>,
}

#[derive(Clone, Copy)]
enum Behaviour {
    Takes(u64),
    Fails(FailureKind),
    /// Fails, and its process takes no further trial.
    FailsAndEnds(FailureKind),
    Dies,
    DoesNotStart,
}

impl Simulation {
    fn new(plan: &Plan, behaviour: fn(usize, u64) -> Behaviour) -> Self {
        Self {
            now: 1_000_000_000,
            log: Vec::new(),
            names: plan.arms.iter().map(|arm| arm.name.0.clone()).collect(),
            running: BTreeSet::new(),
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

    fn start(&mut self, arm: ArmIndex, behaviour: Behaviour) -> ProcessStart {
        if matches!(behaviour, Behaviour::DoesNotStart) {
            return ProcessStart { took: Span::ZERO, facts: None };
        }
        self.running.insert(arm);
        *self.processes.entry(arm).or_insert(0) += 1;
        self.pass(self.start_takes);
        self.log.push(format!("start {}", self.names[arm]));
        ProcessStart { took: Span::from_millis(self.start_takes), facts: Some(Facts::new()) }
    }

    fn ran(&mut self, millis: u64, columns: Columns) -> Outcome {
        let (started, finished) = self.pass(millis);
        Outcome::Ran(Box::new(model::trial::Run {
            started,
            finished,
            usage: Usage::default(),
            columns,
            imposed: ImposedEffects::new(),
            http: ResponseVersions::new(),
            sampled: None,
            profile: None,
        }))
    }
}

impl Executor for Simulation {
    fn is_running(&self, arm: ArmIndex) -> bool {
        self.running.contains(&arm)
    }

    fn trial(&mut self, arm: ArmIndex, order: &TrialOrder) -> Result<TrialReport, ExecutorError> {
        let behaviour = (self.behaviour)(arm.0, order.id.0);
        let start = (!self.is_running(arm)).then(|| self.start(arm, behaviour));
        if self.is_running(arm) {
            let name = &self.names[arm];
            self.log.push(match (order.warm_up, order.profile) {
                (true, true) => format!("warm {name}, profiled"),
                (true, false) => format!("warm {name}"),
                (false, true) => format!("profile {name}"),
                (false, false) => format!("run {name}"),
            });
        }
        if self.interrupted_after == Some(order.id.0) {
            self.interrupt.request();
        }
        let outcome = match behaviour {
            Behaviour::Takes(millis) => {
                let status = Some(vec![Some(200); order.requests as usize]);
                self.ran(millis, Columns { status, ..Columns::default() })
            }
            Behaviour::Fails(kind) => self.ran(1, failed(kind)),
            Behaviour::FailsAndEnds(kind) => {
                self.running.remove(&arm);
                self.ran(1, failed(kind))
            }
            Behaviour::Dies | Behaviour::DoesNotStart => {
                self.running.remove(&arm);
                Outcome::Lost(Loss { message: "died".into(), stderr: "oh".into(), kind: None })
            }
        };
        let process = self.processes.get(&arm).copied().unwrap_or(1) - 1;
        Ok(TrialReport { start, process, outcome, witness: None, socket: None })
    }

    fn retire(&mut self, arm: ArmIndex) {
        if self.running.remove(&arm) {
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

fn failed(kind: FailureKind) -> Columns {
    let failure = Failure { kind, message: "no".into() };
    let status = (kind == FailureKind::Status).then(|| vec![Some(404)]);
    Columns { error: Some(vec![Some(failure)]), status, ..Columns::default() }
}

/// Counts events.
#[derive(Default)]
struct EventCounter {
    blocks: Vec<u32>,
    lost: usize,
}

impl Watch for EventCounter {
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
        userinfo: None,
        requests: vec![request].into(),
        headers: Vec::new(),
        trust: Trust::Default,
        checks: Checks { statuses: vec![200], min_bytes: 0 },
        time_limit: Span::from_secs(30),
    };
    let targets = vec![PlannedTarget { link: None, target }];
    let arms = strategies.iter().map(arm).collect();
    Plan::new(1, targets, arms, label(strategies[0]), stop)
}

struct Finished {
    closing: Closing,
    recording: Recording,
    log: Vec<String>,
    events: EventCounter,
}

fn run(plan: &Plan, mut simulation: Simulation) -> Finished {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes);
    let header = RecordingHeader {
        schema: SCHEMA.to_owned(),
        started_at: String::new(),
        environment: model::environment::Environment::default(),
        drivers: Vec::new(),
        clock: None,
    };
    writer.append(RecordingLine::Header(Box::new(header))).expect("memory takes it");
    let mut events = EventCounter::default();
    let interrupt = simulation.interrupt.clone();
    let mut run = RunLoop::begin(&mut simulation, &mut writer, &mut events, &interrupt);
    let pilot = run.pilot(plan).expect("nothing breaks");
    let closing = run.blocks(plan, &pilot).expect("nothing breaks");
    let recording = Recording::read(bytes.as_slice()).expect("reads back");
    assert_eq!(recording.closing.as_ref(), Some(&closing));
    assert_eq!(recording.plan.as_ref(), Some(plan));
    Finished { closing, recording, log: simulation.log, events }
}

fn closed(reason: StopReason, blocks: u32) -> Closing {
    Closing { reason, blocks, busy: None }
}

fn steady(_: usize, _: u64) -> Behaviour {
    Behaviour::Takes(10)
}

#[test]
fn runs_the_pilot_and_then_every_arm_once_per_block_in_random_order() {
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
    assert_eq!(finished.events.blocks, [1, 2, 3]);
}

#[test]
fn records_block_slot_and_predecessor_of_each_trial() {
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
fn renews_processes_as_often_as_the_allowed_cost_permits() {
    let renewal = |behaviour, start_takes| {
        let plan = plan(&["a", "b"], StopRule::DEFAULT);
        let mut simulation = Simulation { start_takes, ..Simulation::new(&plan, behaviour) };
        let (mut sink, interrupt) = (Vec::new(), Interrupt::default());
        let (mut writer, mut events) = (Writer::new(&mut sink), EventCounter::default());
        let mut run = RunLoop::begin(&mut simulation, &mut writer, &mut events, &interrupt);
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
fn renews_and_warms_up_processes_between_blocks() {
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
fn restarts_a_driver_that_died_after_a_lost_trial() {
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
    assert_eq!(finished.events.lost, 1);
    assert_eq!(finished.closing.blocks, 3);
}

#[test]
fn measures_the_other_arms_when_one_cannot_be_started() {
    let plan = plan(&["a", "b"], StopRule::Blocks { blocks: 2 });
    let absent = |arm, _| if arm == 1 { Behaviour::DoesNotStart } else { Behaviour::Takes(10) };
    let finished = run(&plan, Simulation::new(&plan, absent));
    let lost = |trial: &&Trial| matches!(trial.outcome, Outcome::Lost(_));
    let counted = |trial: &&Trial| trial.place().is_some();
    let lost: Vec<&Trial> = finished.recording.trials.iter().filter(lost).collect();
    assert_eq!(lost.iter().filter(|trial| counted(trial)).count(), 2, "one in each block");
    assert_eq!(lost.iter().filter(|trial| trial.stage == Stage::WarmUp).count(), 2);
    assert_eq!(lost.len(), 5, "the pilot's trial is lost too");
    assert!(lost.iter().all(|trial| trial.outcome == lost[0].outcome));
    assert_eq!(finished.events.lost, 3, "each start that failed is reported once");
    assert_eq!(finished.closing, closed(StopReason::Blocks, 2));
}

#[test]
fn loses_the_counted_trial_when_the_warm_up_ended_its_process() {
    let plan = plan(&["a", "b"], StopRule::Blocks { blocks: 1 });
    let ends = |arm, trial| match (arm, trial) {
        (1, 1 | 2) => Behaviour::FailsAndEnds(FailureKind::Timeout),
        _ => Behaviour::Takes(10),
    };
    let finished = run(&plan, Simulation::new(&plan, ends));
    let last = finished.recording.trials.iter().rfind(|trial| trial.arm.0 == "b@1");
    let Some(Outcome::Lost(loss)) = last.map(|trial| &trial.outcome) else {
        panic!("the counted trial was run");
    };
    assert_eq!(loss.kind, Some(FailureKind::Timeout));
    assert_eq!(loss.message, "no: in the trial before this one, which ended the process");
    assert_eq!(finished.events.lost, 0, "the failure is counted by its kind");
}

#[test]
fn stops_when_every_ratio_is_known_precisely_enough() {
    let stop = StopRule::Precision { least: 10, most: Some(50), half_width: 0.02, looks: 3 };
    let plan = plan(&["a", "b"], stop);
    let finished = run(&plan, Simulation::new(&plan, steady));
    assert_eq!(finished.closing, closed(StopReason::Precision, 12));
    let noisy = |arm, trial| Behaviour::Takes(if arm == 0 { 10 } else { 10 + trial % 7 * 10 });
    let finished = run(&plan, Simulation::new(&plan, noisy));
    assert_eq!(finished.closing, closed(StopReason::Blocks, 50));
}

#[test]
fn starts_no_block_after_the_budget() {
    let mut plan = plan(&["a", "b"], StopRule::Blocks { blocks: 1000 });
    plan.budget = Some(Span::from_millis(105));
    let finished = run(&plan, Simulation::new(&plan, steady));
    // The pilot takes 20 ms of it, and each block 20 more.
    assert_eq!(finished.closing, closed(StopReason::Budget, 5));
}

#[test]
fn ends_after_the_current_trial_when_interrupted() {
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
fn ends_after_a_pilot_without_any_answer() {
    let plan = plan(&["a", "b", "c"], StopRule::Blocks { blocks: 9 });
    let refused = |_, _| Behaviour::Fails(FailureKind::Refused);
    let finished = run(&plan, Simulation::new(&plan, refused));
    assert_eq!(finished.closing, closed(StopReason::Unreachable, 0));
    assert_eq!(finished.recording.trials.len(), 3, "every arm has tried once");
}

#[test]
fn repeats_a_pilot_of_failures_before_giving_up() {
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
fn gives_up_on_a_silent_target_before_every_arm_has_waited() {
    let mut plan = plan(&["a", "b", "c", "d"], StopRule::Blocks { blocks: 9 });
    plan.targets[0].target.time_limit = Span::from_millis(1);
    let silent = |_, _| Behaviour::Fails(FailureKind::Timeout);
    let finished = run(&plan, Simulation::new(&plan, silent));
    assert_eq!(finished.closing.reason, StopReason::Unreachable);
    assert_eq!(finished.recording.trials.len(), 2, "two strategies are enough to believe it");
}

#[test]
fn profiles_arms_after_the_last_block_in_trials_that_do_not_count() {
    let mut plan = plan(&["a", "b"], StopRule::Blocks { blocks: 1 });
    plan.profiled = vec![plan.arms[1].name.clone()];
    let finished = run(&plan, Simulation::new(&plan, steady));
    let last = finished.log.iter().rposition(|line| line.starts_with("run ")).expect("was run");
    insta::assert_snapshot!(finished.log[last + 1..].join("\n"), @"
    retire b@1
    start b@1
    warm b@1, profiled
    profile b@1
    profile b@1
    profile b@1
    profile b@1
    profile b@1
    retire b@1
    ");
    let is_profile = |trial: &&Trial| trial.stage == Stage::Profile;
    let profiled: Vec<&Trial> = finished.recording.trials.iter().filter(is_profile).collect();
    assert!(profiled.len() == 5 && profiled.iter().all(|trial| trial.place().is_none()));
    assert_eq!(finished.closing, closed(StopReason::Blocks, 1));
}

#[test]
fn profiles_nothing_after_an_interrupt_and_stops_where_a_process_ends() {
    let mut plan = plan(&["a"], StopRule::Blocks { blocks: 1 });
    plan.profiled = vec![plan.arms[0].name.clone()];
    let profiled = |simulation: Simulation| {
        let log = run(&plan, simulation).log;
        log.iter().filter(|line| line.starts_with("profile")).count()
    };
    let interrupted = Simulation { interrupted_after: Some(1), ..Simulation::new(&plan, steady) };
    assert_eq!(profiled(interrupted), 0);
    let dies = |_, trial| if trial == 4 { Behaviour::Dies } else { Behaviour::Takes(10) };
    assert_eq!(profiled(Simulation::new(&plan, dies)), 2);
}

/// Runs a plan until Ctrl-C after a trial, then goes on from what was recorded. Cuts the recording after
/// `cut` lines first, as if the program had been killed.
fn interrupted_and_resumed(plan: &Plan, after: u64, cut: usize) -> Finished {
    let mut simulation = Simulation::new(plan, steady);
    simulation.interrupted_after = Some(after);
    let first = run(plan, simulation).recording;
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes);
    let mut lines = vec![RecordingLine::Header(Box::new(first.header))];
    lines.push(RecordingLine::Plan(Box::new(plan.clone())));
    lines.extend(first.trials.into_iter().map(|trial| RecordingLine::Trial(Box::new(trial))));
    lines.extend(first.closing.map(RecordingLine::Closing));
    lines.truncate(lines.len() - cut);
    lines.into_iter().for_each(|line| writer.append(line).expect("memory takes it"));
    let before = Recording::read(bytes.as_slice()).expect("reads");
    let recorded = RecordedRun::read(&before, plan).expect("is in order");
    let mut plan = plan.clone();
    plan.resumed.push(Resumption {
        at: String::new(),
        first_trial: TrialId(recorded.next_trial),
        block: recorded.whole_blocks(),
        spent: recorded.spent(),
    });
    let mut simulation = Simulation::new(&plan, steady);
    let interrupt = simulation.interrupt.clone();
    let mut events = EventCounter::default();
    let mut writer = Writer::new(&mut bytes);
    let mut run =
        RunLoop::begin(&mut simulation, &mut writer, &mut events, &interrupt).resuming(recorded);
    let pilot = run.pilot(&plan).expect("nothing breaks");
    let closing = run.blocks(&plan, &pilot).expect("nothing breaks");
    let recording = Recording::read(bytes.as_slice()).expect("reads back");
    Finished { closing, recording, log: simulation.log, events }
}

/// The block, the slot and the arm of each counted trial.
fn order(recording: &Recording) -> Vec<String> {
    let counted = recording.trials.iter().filter_map(|trial| Some((trial, trial.place()?)));
    counted.map(|(trial, place)| format!("{}.{} {}", place.block, place.slot, trial.arm)).collect()
}

#[test]
fn a_resumed_run_has_the_blocks_of_an_uninterrupted_one() {
    let plan = plan(&["a", "b", "c"], StopRule::Blocks { blocks: 4 });
    let whole = run(&plan, Simulation::new(&plan, steady));
    for after in 3..14 {
        for cut in [0, 1, 2] {
            let resumed = interrupted_and_resumed(&plan, after, cut);
            assert_eq!(order(&resumed.recording), order(&whole.recording), "{after} {cut}");
            assert_eq!(resumed.closing, closed(StopReason::Blocks, 4));
            let ids: BTreeSet<u64> =
                resumed.recording.trials.iter().map(|trial| trial.id.0).collect();
            assert_eq!(ids.len(), resumed.recording.trials.len(), "ids are unique");
        }
    }
}

#[test]
fn a_resumed_run_goes_on_counting_its_budget() {
    let mut plan = plan(&["a", "b"], StopRule::Blocks { blocks: 100 });
    // The pilot takes 20 ms, and so does a block.
    plan.budget = Some(Span::from_millis(100));
    let whole = run(&plan, Simulation::new(&plan, steady));
    assert_eq!(whole.closing, closed(StopReason::Budget, 4));
    // The second pilot takes the time of a block.
    let resumed = interrupted_and_resumed(&plan, 5, 0);
    assert_eq!(resumed.closing, closed(StopReason::Budget, 3));
}

#[test]
fn refuses_to_go_on_in_another_order() {
    let mut plan = plan(&["a", "b", "c"], StopRule::Blocks { blocks: 4 });
    let recording = run(&plan, Simulation::new(&plan, steady)).recording;
    assert!(RecordedRun::read(&recording, &plan).is_ok());
    plan.seed += 1;
    let refusal = RecordedRun::read(&recording, &plan).expect_err("is refused").to_string();
    assert!(refusal.ends_with("is not in the order of its seed"), "{refusal}");
}

#[test]
fn a_resumed_run_repeats_no_finished_profile() {
    let mut plan = plan(&["a"], StopRule::Blocks { blocks: 1 });
    plan.profiled = vec![plan.arms[0].name.clone()];
    let recording = run(&plan, Simulation::new(&plan, steady)).recording;
    let recorded = RecordedRun::read(&recording, &plan).expect("is in order");
    assert_eq!(recorded.profiled.len(), 1);
    assert_eq!(recorded.processes.as_slice(), [2]);
}
