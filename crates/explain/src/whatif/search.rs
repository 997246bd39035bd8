//! The search for the fastest conditions: those of each recorded strategy are varied and predicted, and
//! those that may be the fastest are worth measuring.

use std::collections::{BTreeMap, BTreeSet};

use evidence::setting::LIMITS;
use evidence::{ArmEvidence, Evidence};
use model::arm::{Arm, ArmName, Label, Role};
use model::plan::Plan;
use model::recording::Recording;
use model::strategy::Conditions;
use stats::estimate::Estimate;

use super::condition::own_limit;
use super::{Predictor, Refusal, Setting, WhatIf};
use crate::findings::{ArmClient, ClientOrigin};
use crate::replays::Replays;

/// The maximum number of candidates in the race.
const MOST_RACED: usize = 4;
/// The maximum number of candidates of one strategy, whatever its requests at once and its pool.
const MOST_OF_STRATEGY: usize = 3;
/// The minimum number of candidates, if there are as many: one alone would be compared with nothing.
const LEAST_RACED: usize = 2;

/// How many times fewer requests a copy of an arm makes at once that shows how its work grows with them.
pub const TIMES_FEWER: usize = 4;
/// The least number of requests at once of such a copy.
const LEAST_AT_ONCE: usize = 2;

/// The candidates of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// The candidates, the fastest first, each label once.
    pub candidates: Vec<Candidate>,
    /// The labels that are worth measuring, the fastest first.
    pub raced: Vec<Label>,
    /// The recorded arms of which nothing else could be predicted, with the reason.
    pub unpredicted: Vec<UnpredictedArm>,
}

/// A strategy with conditions, and what it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The strategy with its conditions.
    pub label: Label,
    /// The recorded arm that it is a variation of.
    pub arm: ArmName,
    /// What its batch takes.
    pub time: Estimate,
    /// How that is known.
    pub basis: Basis,
}

/// How a candidate's time is known, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// It was measured.
    Measured,
    /// It is predicted from what was seen.
    Predicted,
    /// It is predicted, and rests on what was not seen.
    Extrapolated,
}

impl Candidate {
    /// The strategy with its conditions but those that are varied.
    fn without_limits(&self) -> Label {
        let mut given = self.label.conditions();
        given.retain(|name, _| !LIMITS.contains(&name.as_str()) && name != "pool");
        Label::new(self.label.strategy(), &given)
    }

    /// The width of its interval.
    fn uncertainty(&self) -> f64 {
        self.time.low.zip(self.time.high).map_or(f64::INFINITY, |(low, high)| high - low)
    }
}

/// A recorded arm whose other conditions are not predicted.
#[derive(Clone, Debug, PartialEq)]
pub struct UnpredictedArm {
    /// Its label.
    pub label: Label,
    /// Why.
    pub refusal: Refusal,
}

/// The strategies of a plan as they were given, and each that may make many requests at once also with a quarter of
/// them: what a client's work costs beside few and beside many requests is seen, not predicted.
pub fn explored(plan: &Plan) -> Vec<Label> {
    let measured = plan.arms.iter().filter(|arm| arm.role == Role::Measured);
    let (given, fewer): (Vec<Label>, Vec<Option<Label>>) =
        measured.map(|arm| (arm.label.clone(), with_fewer(arm))).unzip();
    let mut all = given;
    for label in fewer.into_iter().flatten() {
        if !all.contains(&label) {
            all.push(label);
        }
    }
    all
}

/// The arm with a quarter of its requests at once; none where it makes few, or runs code that may have no limit.
fn with_fewer(arm: &Arm) -> Option<Label> {
    let name = own_limit(&arm.conditions)?;
    let requests = arm.batch_size.requests();
    let origin = ArmClient::new(&arm.strategy, None).origin;
    let limit = match arm.conditions.get(&name)?.parse() {
        Ok(limit) => requests.min(limit),
        Err(_) if origin == ClientOrigin::BuiltIn => requests,
        Err(_) => return None,
    };
    let fewer = limit / TIMES_FEWER;
    if fewer < LEAST_AT_ONCE {
        return None;
    }
    let mut given = arm.label.conditions();
    given.insert(name, fewer.to_string());
    Some(Label::new(&arm.strategy, &given))
}

/// Searches the conditions of the measured arms of a recording; nothing where none has a time.
pub fn search(recording: &Recording) -> Option<Search> {
    let evidence = Evidence::of_recording(recording)?;
    let replays = Replays::new(&evidence, recording);
    let predictor = Predictor { recording, evidence: &evidence, replays: &replays };
    let mut search = Search { candidates: Vec::new(), raced: Vec::new(), unpredicted: Vec::new() };
    for arm in evidence.measured() {
        search.add(&predictor, arm);
    }
    search.sort();
    search.choose();
    (!search.candidates.is_empty()).then_some(search)
}

impl Search {
    fn add(&mut self, predictor: &Predictor<'_, '_>, arm: &ArmEvidence<'_>) {
        let times: Vec<f64> = arm.runs().map(|run| run.batch_time().as_secs()).collect();
        let (name, label) = (arm.arm.name.clone(), arm.arm.label.clone());
        self.candidates.extend(Estimate::from_blocks(&times).map(|time| Candidate {
            label,
            arm: name,
            time,
            basis: Basis::Measured,
        }));
        for settings in variations(predictor, arm) {
            if let Err(refusal) = self.vary(predictor, arm, settings) {
                let label = arm.arm.label.clone();
                self.unpredicted.push(UnpredictedArm { label, refusal });
                return;
            }
        }
    }

    fn vary(
        &mut self,
        predictor: &Predictor<'_, '_>,
        arm: &ArmEvidence<'_>,
        settings: Vec<Setting>,
    ) -> Result<(), Refusal> {
        let mut given = arm.arm.label.conditions();
        given.extend(settings.iter().map(|set| (set.name.clone(), set.value.clone())));
        let question = WhatIf { settings, batch_size: None };
        let batch = predictor.predict(arm, &question).outcome?;
        self.candidates.push(Candidate {
            label: Label::new(&arm.arm.strategy, &given),
            arm: arm.arm.name.clone(),
            time: batch.time,
            basis: if batch.extrapolated { Basis::Extrapolated } else { Basis::Predicted },
        });
        Ok(())
    }

    /// Sorts by time. A label that was measured needs no prediction, and of two predictions from different arms the
    /// surer is kept.
    fn sort(&mut self) {
        self.candidates.sort_by(|one, other| {
            let by_basis = one.basis.cmp(&other.basis);
            by_basis.then(one.uncertainty().total_cmp(&other.uncertainty()))
        });
        let mut seen = BTreeSet::new();
        self.candidates.retain(|candidate| seen.insert(candidate.label.clone()));
        self.candidates.sort_by(|one, other| one.time.seconds.total_cmp(&other.time.seconds));
    }

    /// Chooses the candidates whose interval reaches the fastest.
    fn choose(&mut self) {
        let Some(best) = self.candidates.first().map(|fastest| fastest.time.seconds) else {
            return;
        };
        let mut of_strategy: BTreeMap<Label, usize> = BTreeMap::new();
        let mut raced: Vec<Label> = Vec::new();
        for candidate in &self.candidates {
            let reaches = candidate.time.low.is_none_or(|low| low <= best);
            let chosen = of_strategy.entry(candidate.without_limits()).or_default();
            let has_place = raced.len() < MOST_RACED && *chosen < MOST_OF_STRATEGY;
            if has_place && (reaches || raced.len() < LEAST_RACED) {
                *chosen += 1;
                raced.push(candidate.label.clone());
            }
        }
        self.raced = raced;
    }
}

/// The conditions with which an arm is varied: 1, 2, 4 … requests at once up to all, with a pool that
/// keeps as many connections. None for an arm that has no such condition, or that is sequential although
/// nothing limits it.
fn variations(predictor: &Predictor<'_, '_>, arm: &ArmEvidence<'_>) -> Vec<Vec<Setting>> {
    let conditions = &arm.arm.conditions;
    let requests = arm.size().requests();
    let Some(name) = own_limit(conditions) else { return Vec::new() };
    let limit: Option<usize> = conditions.get(&name).and_then(|value| value.parse().ok());
    let replay = predictor.replays.of_arm(&arm.arm.name);
    let is_sequential = replay.is_some_and(|replay| replay.workers() == 1);
    if limit.is_none() && is_sequential && requests > 1 {
        return Vec::new();
    }
    let now = limit.unwrap_or(requests).min(requests);
    let powers = std::iter::successors(Some(1_usize), |limit| limit.checked_mul(2));
    let limits = powers.take_while(|&limit| limit < requests).chain([requests]);
    let vary = |limit: usize| {
        let mut settings = vec![setting(&name, limit)];
        settings.extend(pool(conditions, limit));
        settings
    };
    limits.filter(|&limit| limit != now).map(vary).collect()
}

/// The pool for a number of requests at once, where it is smaller.
fn pool(conditions: &Conditions, limit: usize) -> Option<Setting> {
    let pool: usize = conditions.get("pool")?.parse().ok()?;
    (pool < limit).then(|| setting("pool", limit))
}

fn setting(name: &str, value: usize) -> Setting {
    Setting { name: name.to_owned(), value: value.to_string() }
}
