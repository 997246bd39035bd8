//! Plans and pilots for tests.

use model::arm::{Arm, ArmName, BatchSize, Label};
use model::link::Link;
use model::plan::{Plan, PlannedTarget, StopRule};
use model::strategy::Conditions;
use model::target::{Checks, Requests, Target, Trust};
use model::time::{Moment, Span};
use model::trace::Columns;
use model::trial::{ImposedEffects, Outcome, ResponseVersions, Run, Stage, Trial, TrialId, Usage};

/// A measured arm whose label has no conditions.
pub(crate) fn arm(strategy: &str, size: u32, conditions: Conditions) -> Arm {
    Arm::measured(Label(strategy.to_owned()), strategy, conditions, BatchSize(size))
}

/// A target behind the embedded endpoint's link, or a foreign server.
pub(crate) fn target(link: Option<Link>) -> PlannedTarget {
    let target = Target {
        userinfo: None,
        requests: Requests::default(),
        headers: Vec::new(),
        trust: Trust::Default,
        checks: Checks { statuses: vec![200], min_bytes: 0 },
        time_limit: Span::from_secs(30),
    };
    PlannedTarget { link, target }
}

/// A plan of these arms with one target.
pub(crate) fn plan(arms: Vec<Arm>, link: Option<Link>) -> Plan {
    let baseline = arms[0].label.clone();
    Plan::new(1, vec![target(link)], arms, baseline, StopRule::DEFAULT)
}

/// A successful trial of the pilot.
pub(crate) fn trial(arm: &str, millis: u64) -> Trial {
    let run = Run {
        started: Moment::from_nanos(0),
        finished: Moment::from_nanos(millis * 1_000_000),
        usage: Usage::default(),
        columns: Columns::default(),
        imposed: ImposedEffects::new(),
        http: ResponseVersions::new(),
        sampled: None,
        profile: None,
    };
    Trial {
        id: TrialId(0),
        arm: ArmName(arm.to_owned()),
        stage: Stage::Pilot,
        process: 0,
        outcome: Outcome::Ran(Box::new(run)),
        witness: None,
        socket: None,
    }
}
