//! `sockets_unseen`: the socket witness was on, and saw nothing or not all of a client.

use evidence::ArmEvidence;
use model::arm::ArmName;
use model::socket::SocketWitness;
use model::trial::Trial;

use super::detected::{CaveatKind, Detected};
use super::input::CaveatInput;
use crate::arms::ArmAnalysis;

/// The client that calls the kernel itself.
const GO: &str = "go/";
/// The condition that says what a built-in strategy does for each item.
const WORK: &str = "work";
const NETWORK: &str = "network";

/// The socket witness did not see all of some clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketsUnseen {
    /// The arms.
    pub arms: Vec<UnseenArm>,
}

/// An arm whose client was not seen, or not wholly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnseenArm {
    /// The arm.
    pub arm: ArmName,
    /// What is missing.
    pub unseen: Unseen,
}

/// What the socket witness did not see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// No connection in any trial: the library was not loaded into the processes that make the requests.
    Connections,
    /// No connection, because Go makes its system calls without the C library.
    DirectCalls,
    /// Events of this many trials, because its buffer was full.
    Events {
        /// How many trials lack events.
        trials: usize,
        /// How many events are missing in all.
        events: u64,
    },
}

impl CaveatKind for SocketsUnseen {}

/// Detects it in the measured arms that fetched something.
pub(super) fn detect(input: &CaveatInput<'_>) -> Option<Detected<SocketsUnseen>> {
    let found = |arm: &ArmAnalysis| {
        let fetches = arm.conditions.get(WORK).is_none_or(|work| work == NETWORK);
        let unseen = match unseen(input.evidence.arm(&arm.arm)?).filter(|_| fetches)? {
            Unseen::Connections if arm.strategy.starts_with(GO) => Unseen::DirectCalls,
            other => other,
        };
        Some(UnseenArm { arm: arm.arm.clone(), unseen })
    };
    let arms: Vec<UnseenArm> = input.measured().filter_map(found).collect();
    Detected::for_arms(arms, |found| &found.arm, |arms| SocketsUnseen { arms })
}

fn unseen(arm: &ArmEvidence<'_>) -> Option<Unseen> {
    let successful = arm.counted().filter(|trial| trial.batch_time().is_some());
    let seen: Vec<&SocketWitness> =
        successful.filter_map(|trial: &Trial| trial.socket.as_deref()).collect();
    let incomplete = || seen.iter().filter(|sockets| !sockets.is_complete());
    if incomplete().next().is_some() {
        let events = incomplete().map(|sockets| sockets.dropped).sum();
        return Some(Unseen::Events { trials: incomplete().count(), events });
    }
    let is_blind = !seen.is_empty() && seen.iter().all(|sockets| sockets.connections.is_empty());
    is_blind.then_some(Unseen::Connections)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caveats::Reason;
    use crate::caveats::tests::{caveats, codes, named};
    use model::recording::{Recording, StopReason};
    use model::socket::SocketConnection;
    use test_support::sample::Sample;

    /// Twelve blocks of one arm with these socket rows.
    fn recording(sockets: Option<&SocketWitness>) -> Recording {
        recording_of("a/x", sockets)
    }

    fn recording_of(strategy: &str, sockets: Option<&SocketWitness>) -> Recording {
        let mut sample = Sample::new(&[(strategy, 1)]);
        for _ in 0..12 {
            sample.block(&[(&format!("{strategy}@1"), 100)]);
            sample.last_trial().socket = sockets.cloned().map(Box::new);
        }
        sample.end(StopReason::Blocks)
    }

    fn detected(strategy: &str, sockets: &SocketWitness) -> Unseen {
        let found = caveats(&recording_of(strategy, Some(sockets)));
        let Reason::SocketsUnseen(found) = named(&found, "sockets_unseen").reason() else {
            panic!("{found:?}")
        };
        found.arms[0].unseen
    }

    #[test]
    fn detects_a_client_without_connections_and_a_full_buffer() {
        let mut sockets = SocketWitness::default();
        assert_eq!(detected("a/x", &sockets), Unseen::Connections);
        sockets.dropped = 3;
        assert_eq!(detected("a/x", &sockets), Unseen::Events { trials: 12, events: 36 });
    }

    #[test]
    fn knows_that_go_makes_its_system_calls_itself() {
        assert_eq!(detected("go/x", &SocketWitness::default()), Unseen::DirectCalls);
    }

    #[test]
    fn a_client_whose_connections_are_seen_or_that_is_not_observed_has_none() {
        let connections = vec![SocketConnection::default()];
        let sockets = SocketWitness { connections, ..SocketWitness::default() };
        assert_eq!(codes(&recording(Some(&sockets))), [""; 0]);
        assert_eq!(codes(&recording(None)), [""; 0]);
    }
}
