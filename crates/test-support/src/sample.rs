//! Synthetic recordings, for tests.

pub mod client_threads;
pub mod experiment;
pub mod profiles;
pub mod synthetic;

use model::arm::{Arm, ArmName, BatchSize, Label, Role};
use model::driver_protocol::{DriverHello, VERSION};
use model::environment::Environment;
use model::failure::{Failure, FailureKind};
use model::link::Link;
use model::plan::{Plan, PlannedTarget, StopRule};
use model::recording::{ArmFacts, Closing, Recording, RecordingHeader, SCHEMA, StopReason};
use model::strategy::Conditions;
use model::target::{Checks, Request, Target, Trust};
use model::time::{Moment, Span};
use model::trace::{Columns, Milestone};
use model::trial::{
    ImposedEffects, Loss, Outcome, Place, ResponseVersions, Run, Stage, Trial, TrialId, Usage,
};
use model::witness::{ConnectionRow, RequestRow, StreamRow, TlsAgreement, Witness};

use synthetic::SyntheticTrial;

/// The columns of requests of which only the start and the end are known, in milliseconds.
pub fn timed(requests: &[(u64, u64)]) -> Columns {
    let (started, done) = requests
        .iter()
        .map(|&(started, done)| (Some(Span::from_millis(started)), Some(Span::from_millis(done))))
        .unzip();
    Columns::default().with(Milestone::Started, started).with(Milestone::Done, done)
}

/// A failure of a request.
pub fn failure(kind: FailureKind, message: &str) -> Failure {
    Failure { kind, message: message.to_owned() }
}

/// A recording under construction. The first arm's strategy is the baseline.
#[derive(Clone, Debug)]
pub struct Sample {
    plan: Plan,
    facts: Vec<ArmFacts>,
    trials: Vec<Trial>,
    blocks: u32,
}

impl Sample {
    /// Starts a recording with a measured arm for each strategy and batch size.
    pub fn new(arms: &[(&str, u32)]) -> Self {
        let arms: Vec<Arm> =
            arms.iter().map(|&(label, size)| arm(label, BatchSize(size))).collect();
        let baseline = arms.first().map_or(Label(String::new()), |arm| arm.label.clone());
        let targets = vec![PlannedTarget { link: Some(Link::default()), target: target() }];
        let plan = Plan::new(1, targets, arms, baseline, StopRule::DEFAULT);
        Self { plan, facts: Vec::new(), trials: Vec::new(), blocks: 0 }
    }

    /// All arms are measured over this link.
    #[must_use]
    pub fn over(mut self, link: Link) -> Self {
        self.plan.targets.iter_mut().for_each(|target| target.link = Some(link.clone()));
        self
    }

    /// Three strategies at batch size 4 that take about 100, 60 and 50 ms, a little different in
    /// every block, on 1, 4 and 4 connections.
    pub fn three_strategies(blocks: u64) -> Recording {
        let names = ["ureq/sequential", "ureq/threads", "hyper/async"];
        let mut sample = Self::new(&names.map(|name| (name, 4)));
        for block in 0..blocks {
            sample.begin_block();
            for (name, micros) in [(names[0], 100_000), (names[1], 60_000), (names[2], 50_000)] {
                let time = Span::from_nanos((micros + block * 137 % 1000) * 1000);
                let trial = if name == names[0] {
                    SyntheticTrial::sequential(4, time)
                } else {
                    SyntheticTrial::at_once(4, time)
                };
                sample.ran(&format!("{name}@4"), time);
                sample.last_run().columns = trial.columns;
                sample.last_trial().witness = Some(trial.witness);
            }
        }
        sample.end(StopReason::Precision)
    }

    /// The same three strategies at batch sizes 1, 4 and 16. The last is above the number of
    /// workers of the threads.
    pub fn three_sizes(blocks: u64) -> Recording {
        let names = ["ureq/sequential", "ureq/threads", "hyper/async"];
        let sizes = [1, 4, 16];
        let arms: Vec<(&str, u32)> =
            sizes.into_iter().flat_map(|size| names.map(|name| (name, size))).collect();
        let mut sample = Self::new(&arms);
        for arm in sample.plan.arms.iter_mut().filter(|arm| arm.strategy == names[1]) {
            arm.conditions.insert("workers".to_owned(), "6".to_owned());
        }
        for block in 0..blocks {
            sample.begin_block();
            for (name, size) in &arms {
                let (least, trial): (u64, fn(u64, Span) -> SyntheticTrial) = if *name == names[0] {
                    (34_700 + 11_400 * u64::from(size - 1), SyntheticTrial::sequential)
                } else {
                    (35_700 + 400 * u64::from(size - 1), SyntheticTrial::at_once)
                };
                let time =
                    Span::from_nanos((least + (block * 137 + u64::from(*size) * 71) % 400) * 1000);
                let trial = trial(u64::from(*size), time);
                sample.ran(&format!("{name}@{size}"), time);
                sample.last_run().columns = trial.columns;
                sample.last_trial().witness = Some(trial.witness);
            }
        }
        sample.end(StopReason::Precision)
    }

    /// Adds facts that an arm's driver reports.
    pub fn report_facts(&mut self, arm: &str, facts: &[(&str, &str)]) {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        let facts = facts.iter().map(owned).collect();
        self.facts.push(ArmFacts { arm: ArmName(arm.to_owned()), facts });
    }

    /// The plan, to change it.
    pub const fn plan(&mut self) -> &mut Plan {
        &mut self.plan
    }

    /// Gives the arm at `index` another name and role.
    pub fn set_role(&mut self, index: usize, name: &str, role: Role) {
        let arm = &mut self.plan.arms[index];
        arm.name = ArmName(name.to_owned());
        arm.role = role;
    }

    /// Adds a block of these trials, each with its milliseconds.
    pub fn block(&mut self, trials: &[(&str, u64)]) {
        self.begin_block();
        for &(arm, millis) in trials {
            self.ran(arm, Span::from_millis(millis));
        }
    }

    /// Adds a trial to the last block, with its milliseconds.
    pub fn add_trial(&mut self, arm: &str, millis: u64) {
        self.ran(arm, Span::from_millis(millis));
    }

    /// Adds a block of these trials, in the order in which they ran.
    pub fn block_in_order(&mut self, trials: &[(&str, Span)]) {
        self.begin_block();
        for (slot, &(arm, time)) in (0..).zip(trials) {
            let predecessor = self.trials.last().map(|trial| trial.arm.clone());
            let place = Place { block: self.blocks - 1, slot, predecessor };
            self.push(arm, Stage::Counted(place), ran(time, Columns::default()));
        }
    }

    /// Adds a block with only a trial of `arm` whose requests failed like this.
    pub fn failed(&mut self, arm: &str, errors: &[Option<Failure>]) {
        self.begin_block();
        self.add_failed(arm, errors);
    }

    /// Adds a trial of `arm` to the last block whose requests failed like this.
    pub fn add_failed(&mut self, arm: &str, errors: &[Option<Failure>]) {
        self.ran(arm, Span::from_millis(10));
        self.last_run().columns.error = Some(errors.to_vec());
    }

    /// Adds a block with only a lost trial of `arm`.
    pub fn lost(&mut self, arm: &str, message: &str) {
        self.begin_block();
        self.push(arm, self.counted(), lost(message));
    }

    /// Adds a block with only a trial of `arm` that did not start after such a failure.
    pub fn not_started(&mut self, arm: &str, kind: FailureKind) {
        self.begin_block();
        let loss = Loss { kind: Some(kind), message: "not started".to_owned(), ..Loss::default() };
        self.push(arm, self.counted(), Outcome::Lost(loss));
    }

    /// Adds a trial of the pilot whose requests failed like this.
    pub fn pilot(&mut self, arm: &str, errors: &[Option<Failure>]) {
        let columns = Columns { error: Some(errors.to_vec()), ..Columns::default() };
        self.push(arm, Stage::Pilot, ran(Span::from_millis(10), columns));
    }

    /// Adds a lost trial of the pilot.
    pub fn pilot_lost(&mut self, arm: &str, message: &str) {
        self.push(arm, Stage::Pilot, lost(message));
    }

    /// The run of the last trial, to change it.
    pub fn last_run(&mut self) -> &mut Run {
        match &mut self.last_trial().outcome {
            Outcome::Ran(run) => run,
            Outcome::Lost(_) => panic!("the last trial did not run"),
        }
    }

    /// The last trial, to change it.
    pub fn last_trial(&mut self) -> &mut Trial {
        self.trials.last_mut().expect("there is a trial")
    }

    /// Gives the last trial a witness with one TLS connection for each entry, resumed or not. The
    /// first connection carried a request.
    pub fn witness(&mut self, resumed: &[bool]) {
        let connections =
            (0..).zip(resumed).map(|(id, &resumed)| connection_row(id, resumed)).collect();
        let requests = vec![request_row()];
        self.last_trial().witness = Some(Witness {
            connections,
            requests: requests.into(),
            drained: true,
            ..Witness::default()
        });
    }

    /// Removes what the endpoint saw, as for a foreign server.
    #[must_use]
    pub fn without_witness(mut self) -> Self {
        for target in &mut self.plan.targets {
            target.link = None;
        }
        for trial in &mut self.trials {
            trial.witness = None;
        }
        self
    }

    /// Ends the recording.
    pub fn end(self, reason: StopReason) -> Recording {
        Recording {
            header: header(),
            facts: self.facts,
            plan: Some(self.plan),
            trials: self.trials,
            closing: Some(Closing { reason, blocks: self.blocks, busy: None }),
            truncated: false,
        }
    }

    const fn begin_block(&mut self) {
        self.blocks += 1;
    }

    fn counted(&self) -> Stage {
        Stage::Counted(Place { block: self.blocks - 1, slot: 0, predecessor: None })
    }

    fn ran(&mut self, arm: &str, time: Span) {
        self.push(arm, self.counted(), ran(time, Columns::default()));
    }

    fn push(&mut self, arm: &str, stage: Stage, outcome: Outcome) {
        let id = TrialId(self.trials.len() as u64);
        let arm = ArmName(arm.to_owned());
        self.trials.push(Trial {
            id,
            arm,
            stage,
            process: 0,
            outcome,
            witness: None,
            socket: None,
        });
    }
}

/// A plan of one arm whose batch asks for these paths.
pub fn plan_for(paths: &[&str]) -> Plan {
    let size = u32::try_from(paths.len()).expect("is small");
    let mut plan = Sample::new(&[("a/x", size)]).plan;
    let request = |path: &&str| Request {
        method: "GET".to_owned(),
        url: format!("https://127.0.0.1:40001{path}"),
        body: None,
    };
    plan.targets[0].target.requests = paths.iter().map(request).collect();
    plan
}

fn arm(label: &str, batch_size: BatchSize) -> Arm {
    let strategy = label.split(':').next().unwrap_or(label);
    let conditions = Conditions::from([("session".to_owned(), "cold".to_owned())]);
    Arm::measured(Label(label.to_owned()), strategy, conditions, batch_size)
}

fn target() -> Target {
    let request = |number| Request {
        method: "GET".to_owned(),
        url: format!("https://127.0.0.1:40001/todos/{number}"),
        body: None,
    };
    Target {
        userinfo: None,
        requests: (1..=16).map(request).collect(),
        headers: Vec::new(),
        trust: Trust::Anyone,
        checks: Checks { statuses: vec![200], min_bytes: 3 },
        time_limit: Span::from_secs(30),
    }
}

fn header() -> RecordingHeader {
    RecordingHeader {
        schema: SCHEMA.to_owned(),
        started_at: "2026-01-01T00:00:00Z".to_owned(),
        environment: Environment {
            batchmark: "0.0.0".to_owned(),
            kernel: Some("Linux 6.1.0".to_owned()),
            cpu: Some("A Processor of 2 GHz".to_owned()),
            cores: Some(2),
            memory: Some(8 << 30),
            load: Some(0.25),
            governor: Some("performance".to_owned()),
            hypervisor: None,
            clock_source: Some("tsc".to_owned()),
            clock_resolution: Some(Span::from_nanos(40)),
            wake_lateness: Some(Span::from_nanos(55_000)),
            ignored_proxies: Vec::new(),
        },
        drivers: vec![DriverHello {
            protocol: VERSION,
            driver: "batchmark".to_owned(),
            now: Moment::from_nanos(0),
            versions: Vec::new(),
            missing: Vec::new(),
            strategies: Vec::new(),
            profiles: false,
            packed: false,
            samples: false,
        }],
        clock: None,
    }
}

fn ran(time: Span, columns: Columns) -> Outcome {
    let started = Moment::from_nanos(1_000_000);
    Outcome::Ran(Box::new(Run {
        started,
        finished: started + time,
        usage: Usage::default(),
        imposed: ImposedEffects::new(),
        http: ResponseVersions::new(),
        columns,
        sampled: None,
        profile: None,
    }))
}

fn lost(message: &str) -> Outcome {
    Outcome::Lost(Loss { message: message.to_owned(), ..Loss::default() })
}

/// A TLS connection of which nothing else is known. Number 0 carried a request.
pub fn connection_row(id: u64, resumed: bool) -> ConnectionRow {
    let tls = TlsAgreement { version: "TLSv1.3".to_owned(), resumed, alpn: None };
    ConnectionRow {
        tls: Some(tls),
        requests: u64::from(id == 0),
        ..ConnectionRow::accepted(id, 50_000, Span::ZERO)
    }
}

/// A stream that was opened at the start of the trial, alone.
pub fn stream_row(id: u64) -> StreamRow {
    StreamRow {
        id,
        headers_in: Span::ZERO,
        open: 1,
        blocked_by_stream: Span::ZERO,
        blocked_by_connection: Span::ZERO,
        sent_once: None,
        reset: None,
    }
}

/// A request for the first todo, which arrived and was answered at the start of the trial.
pub fn request_row() -> RequestRow {
    RequestRow {
        connection: 0,
        ordinal: 0,
        method: Some("GET".to_owned()),
        path: "/todos/1".to_owned(),
        last_byte_in: Span::ZERO,
        hold_in: Span::ZERO,
        handled: Span::ZERO,
        think: Span::ZERO,
        first_byte_out: Some(Span::ZERO),
        last_byte_out: Some(Span::ZERO),
        hold_out: None,
        in_flight: 1,
        status: 200,
        body_bytes: 80,
        stream: None,
    }
}
