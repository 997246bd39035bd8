//! The replay of each measured arm, made once for all that is predicted.

use std::collections::BTreeMap;

use evidence::setting::LIMITS;
use evidence::{ArmEvidence, Evidence};
use model::arm::ArmName;
use model::facts::{Facts, name};
use model::parallel;
use model::recording::Recording;
use replay::batch::Connecting;
use replay::{ArmFacts, ArmReplay, BatchBeginning, Threading, WorkStretch};

use crate::findings::{ArmClient, ClientLibrary};

/// The replays of the measured arms.
#[derive(Clone, Debug, Default)]
pub struct Replays {
    by_arm: BTreeMap<ArmName, ArmReplay>,
}

impl Replays {
    /// Replays every measured arm of which a request was observed.
    pub fn new(evidence: &Evidence<'_>, recording: &Recording) -> Self {
        let cores = recording.header.environment.cores.unwrap_or(1);
        let arms: Vec<&ArmEvidence<'_>> = evidence.measured().collect();
        let rooms = server_rooms(&arms, evidence.plan.seed);
        let replayed = |arm: &&ArmEvidence<'_>| {
            let facts = recording.facts.iter().find(|facts| facts.arm == arm.arm.name);
            let known = ArmFacts {
                cores: usize::try_from(cores).unwrap_or(1),
                threading: threading(&arm.arm.strategy, facts.map(|facts| &facts.facts)),
                connecting: connecting(&arm.arm.strategy, facts.map(|facts| &facts.facts)),
                server_room: rooms.get(&arm.arm.target.0).copied(),
            };
            Some((arm.arm.name.clone(), ArmReplay::new(arm, known, evidence.plan.seed)?))
        };
        let by_arm = parallel::map_large(&arms, replayed).into_iter().flatten().collect();
        let mut replays = Self { by_arm };
        replays.learn_costs(evidence);
        replays.learn_beginnings(evidence);
        replays
    }

    /// Shows each client what all of its arms show of what its work costs.
    fn learn_costs(&mut self, evidence: &Evidence<'_>) {
        let mut seen: BTreeMap<SameClient, Vec<WorkStretch>> = BTreeMap::new();
        for arm in evidence.measured() {
            let stretches = self.of_arm(&arm.arm.name).into_iter().flat_map(ArmReplay::stretches);
            seen.entry(SameClient::new(arm)).or_default().extend(stretches);
        }
        self.teach(evidence, &seen, |replay, seen| replay.learn_costs(seen));
    }

    /// Shows each client how the batches of all of its arms began.
    fn learn_beginnings(&mut self, evidence: &Evidence<'_>) {
        let mut seen: BTreeMap<SameClient, Vec<BatchBeginning>> = BTreeMap::new();
        for arm in evidence.measured() {
            let beginning = self.of_arm(&arm.arm.name).and_then(ArmReplay::beginning);
            seen.entry(SameClient::new(arm)).or_default().extend(beginning);
        }
        self.teach(evidence, &seen, |replay, seen| replay.learn_beginnings(seen));
    }

    /// Shows the replay of each arm what all arms of its client show.
    fn teach<T>(
        &mut self,
        evidence: &Evidence<'_>,
        shown: &BTreeMap<SameClient, Vec<T>>,
        learn: impl Fn(&mut ArmReplay, &[T]),
    ) {
        for arm in evidence.measured() {
            let known = shown.get(&SameClient::new(arm));
            if let Some((replay, known)) = self.by_arm.get_mut(&arm.arm.name).zip(known) {
                learn(replay, known);
            }
        }
    }

    /// The replay of an arm; nothing where none of its requests was observed.
    pub fn of_arm(&self, arm: &ArmName) -> Option<&ArmReplay> {
        self.by_arm.get(arm)
    }
}

/// What arms of one client on one server have in common: all but how many requests they make at once,
/// and how many connections they have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SameClient {
    strategy: String,
    target: usize,
    conditions: BTreeMap<String, String>,
}

impl SameClient {
    fn new(arm: &ArmEvidence<'_>) -> Self {
        let mut conditions = arm.arm.conditions.clone();
        conditions.retain(|name, _| {
            !["session", "pool"].contains(&name.as_str()) && !LIMITS.contains(&name.as_str())
        });
        Self { strategy: arm.arm.strategy.clone(), target: arm.arm.target.0, conditions }
    }
}

/// How many requests the server of each target handles at once, where arms show that: as the larger part of them does.
fn server_rooms(arms: &[&ArmEvidence<'_>], seed: u64) -> BTreeMap<usize, usize> {
    let of_arm = |arm: &&ArmEvidence<'_>| {
        let room = ArmReplay::server_room(arm, seed)?;
        Some((arm.arm.target.0, room))
    };
    let mut shown: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (target, room) in parallel::map_large(arms, of_arm).into_iter().flatten() {
        shown.entry(target).or_default().push(room);
    }
    let middle = |(target, mut rooms): (usize, Vec<usize>)| {
        rooms.sort_unstable();
        Some((target, *rooms.get(rooms.len() / 2)?))
    };
    shown.into_iter().filter_map(middle).collect()
}

/// What runs the threads of a strategy; `facts` are what its driver reports of the arm.
fn threading(strategy: &str, facts: Option<&Facts>) -> Threading {
    let fact = |name: &str| facts.and_then(|facts| facts.get(name)).map(String::as_str);
    match ArmClient::new(strategy, facts).library {
        ClientLibrary::Ureq | ClientLibrary::Hyper => return Threading::Parallel,
        ClientLibrary::Fetch | ClientLibrary::Node => return Threading::EventLoop,
        _ => {}
    }
    match fact(name::GIL) {
        Some("on") => Threading::OneAtATime,
        Some(_) => Threading::Parallel,
        None => Threading::Unknown,
    }
}

/// What requests of a strategy do whose connection is being opened.
fn connecting(strategy: &str, facts: Option<&Facts>) -> Connecting {
    let is_hyper = ArmClient::new(strategy, facts).library == ClientLibrary::Hyper;
    // reqwest has hyper's pool.
    if is_hyper || strategy.starts_with("reqwest/") {
        Connecting::TakesFirst
    } else {
        Connecting::WaitsForOwn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_requests_of_hypers_pool_take_the_first_connection() {
        assert_eq!(connecting("hyper/async", None), Connecting::TakesFirst);
        assert_eq!(connecting("reqwest/async", None), Connecting::TakesFirst);
        assert_eq!(connecting("aiohttp/async", None), Connecting::WaitsForOwn);
    }

    #[test]
    fn the_lock_of_an_interpreter_decides_what_runs_threads() {
        let of = |strategy: &str, gil: Option<&str>| {
            let facts = gil.map(|gil| Facts::from([(name::GIL.to_owned(), gil.to_owned())]));
            threading(strategy, facts.as_ref())
        };
        assert_eq!(of("requests/threads", Some("on")), Threading::OneAtATime);
        assert_eq!(of("own/f", Some("off")), Threading::Parallel);
        assert_eq!(of("fetch/concurrent", None), Threading::EventLoop);
        assert_eq!(of("ureq/threads", None), Threading::Parallel);
        assert_eq!(of("command/curl", None), Threading::Unknown);
    }
}
