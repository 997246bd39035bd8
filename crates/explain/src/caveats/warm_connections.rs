//! `warm_connections`: a session that is kept between trials opened connections all the same.

use model::arm::ArmName;

use super::detected::{CaveatKind, Detected};
use super::input::CaveatInput;
use evidence::ArmEvidence;

/// Trials with a warm session opened connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarmConnections {
    /// The arms.
    pub arms: Vec<ReopeningArm>,
}

/// An arm with a warm session that opened connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReopeningArm {
    /// The arm.
    pub arm: ArmName,
    /// How many connections its counted trials opened.
    pub connections: usize,
    /// How many counted trials opened one.
    pub trials: usize,
    /// The size of its connection pool, where the strategy has the condition `pool`.
    pub pool: Option<String>,
}

impl CaveatKind for WarmConnections {}

/// Detects it in the measured arms with `session=warm`.
pub(super) fn detect(input: &CaveatInput<'_>) -> Option<Detected<WarmConnections>> {
    let is_warm = |arm: &&ArmEvidence<'_>| {
        arm.arm.conditions.get("session").is_some_and(|kept| kept == "warm")
    };
    let reopens = |arm: &ArmEvidence<'_>| {
        let known = arm.successes.iter().filter_map(|success| success.connections);
        let opened: Vec<usize> =
            known.map(|connections| connections.opened).filter(|&opened| opened > 0).collect();
        (!opened.is_empty()).then(|| ReopeningArm {
            arm: arm.arm.name.clone(),
            connections: opened.iter().sum(),
            trials: opened.len(),
            pool: arm.arm.conditions.get("pool").cloned(),
        })
    };
    let arms: Vec<ReopeningArm> =
        input.evidence.measured().filter(is_warm).filter_map(reopens).collect();
    Detected::for_arms(arms, |found| &found.arm, |arms| WarmConnections { arms })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caveats::Reason;
    use crate::caveats::tests::{caveats, codes, named};
    use model::recording::{Recording, StopReason};
    use test_support::sample::Sample;

    fn warm(opened: impl Fn(u32) -> usize) -> Recording {
        let mut sample = Sample::new(&[("a/x", 1)]);
        let conditions = &mut sample.plan().arms[0].conditions;
        conditions.insert("session".to_owned(), "warm".to_owned());
        for block in 0..12 {
            sample.block(&[("a/x@1", 10)]);
            sample.witness(&vec![false; opened(block)]);
        }
        sample.end(StopReason::Blocks)
    }

    #[test]
    fn detects_connections_of_warm_sessions_and_allows_those_of_cold_ones() {
        let found = caveats(&warm(|block| if block < 2 { 3 } else { 0 }));
        let caveat = named(&found, "warm_connections");
        let Reason::WarmConnections(found) = caveat.reason() else { panic!("{caveat:?}") };
        let arm = ArmName("a/x@1".to_owned());
        assert_eq!(found.arms, [ReopeningArm { arm, connections: 6, trials: 2, pool: None }]);
        assert_eq!(codes(&warm(|_| 0)), [""; 0]);
        assert_eq!(codes(&Sample::three_strategies(12)), [""; 0]);
    }
}
