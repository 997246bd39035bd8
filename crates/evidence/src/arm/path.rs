//! The mean critical path of an arm: the mean seconds of each phase over its trials.

use std::collections::BTreeSet;

use model::phase::{PerPhase, Phase};
use model::trace::{Milestone, PerMilestone};

use crate::examined::Examined;
use crate::path::{CriticalPath, SegmentLabel};
use crate::setting::{ArmSetting, Lookups, Tls};

/// The mean critical path of an arm's counted trials that succeeded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArmPath {
    /// Mean seconds of each phase on the critical path, which sum to the mean batch time. Null is a
    /// phase of which nothing was observed, 0 one that was observed and took no time.
    pub path: PerPhase<Option<f64>>,
    /// The part of tls that lies before the first handshake byte.
    pub tls_preparation: Option<f64>,
    /// The mean number of requests on the path.
    pub requests: Option<f64>,
    /// The milestones that passed and were not observed.
    pub unobserved: Vec<Milestone>,
    /// The milestones that were observed, in their order.
    pub observed: Vec<Milestone>,
}

impl ArmPath {
    /// Averages the critical paths of an arm's counted trials that succeeded.
    pub(super) fn new(setting: &ArmSetting<'_>, successes: &[Examined<'_>]) -> Self {
        let mut totals = Totals { absent: absent(setting, successes), ..Totals::default() };
        for examined in successes {
            totals.add(examined);
        }
        let batches = successes.iter().map(|examined| u128::from(examined.batch_time().as_nanos()));
        assert_eq!(
            totals.phases.values().sum::<u128>(),
            batches.sum(),
            "the segments of a critical path tile its batch"
        );
        totals.means(successes.len())
    }
}

/// The milestones that no request can have passed.
fn absent(setting: &ArmSetting<'_>, successes: &[Examined<'_>]) -> BTreeSet<Milestone> {
    use Milestone::{Connected, Connecting, Resolved, Resolving, Secured, Securing};
    let opened_none =
        |examined: &Examined<'_>| examined.connections.is_some_and(|found| found.opened == 0);
    let mut absent = BTreeSet::new();
    if successes.iter().all(opened_none) {
        absent.extend([Resolving, Resolved, Connecting, Connected, Securing, Secured]);
    }
    if setting.lookups == Lookups::Unneeded {
        absent.extend([Resolving, Resolved]);
    }
    if setting.tls == Tls::Unrequested {
        absent.extend([Securing, Secured]);
    }
    absent
}

/// The sums over an arm's trials.
#[derive(Debug, Default)]
struct Totals {
    /// Nanoseconds of each phase.
    phases: PerPhase<u128>,
    /// Nanoseconds of tls before the first handshake byte.
    tls_preparation: u128,
    requests: usize,
    /// How many trials have a path.
    paths: usize,
    observed: PerMilestone<bool>,
    absent: BTreeSet<Milestone>,
}

impl Totals {
    fn add(&mut self, examined: &Examined<'_>) {
        for timeline in &examined.timelines {
            for (milestone, _) in timeline.milestones.observed() {
                self.observed[milestone] = true;
            }
        }
        let times = examined.path_times();
        for (phase, time) in times.phases {
            self.phases[phase] += u128::from(time.as_nanos());
        }
        self.tls_preparation += u128::from(times.tls_preparation.as_nanos());
        self.requests += examined.path.as_ref().map_or(0, CriticalPath::requests);
        self.paths += usize::from(examined.path.is_some());
    }

    fn means(&self, trials: usize) -> ArmPath {
        if self.paths == 0 {
            let unobserved = if trials == 0 { Vec::new() } else { self.unobserved() };
            return ArmPath { unobserved, ..ArmPath::default() };
        }
        let mean = |nanos: u128| nanos as f64 / 1e9 / trials as f64;
        let phase = |phase: Phase| {
            let nanos = self.phases[phase];
            (nanos > 0 || self.is_known(phase)).then(|| mean(nanos))
        };
        let prepared = self.tls_preparation;
        let is_prepared = prepared > 0 || self.knows(Milestone::Securing);
        ArmPath {
            path: PerPhase::from_fn(phase),
            tls_preparation: is_prepared.then(|| mean(prepared)),
            requests: Some(self.requests as f64 / self.paths as f64),
            unobserved: self.unobserved(),
            observed: Milestone::ALL.into_iter().filter(|&at| self.observed[at]).collect(),
        }
    }

    /// Whether the end of a phase was observed, or cannot have passed.
    fn is_known(&self, phase: Phase) -> bool {
        let ends = |milestone: &Milestone| SegmentLabel::before(*milestone).phase() == phase;
        phase == Phase::Client
            || Milestone::ALL.into_iter().filter(ends).any(|milestone| self.knows(milestone))
    }

    /// Whether a milestone was observed, or cannot have passed.
    fn knows(&self, milestone: Milestone) -> bool {
        self.observed[milestone] || self.absent.contains(&milestone)
    }

    fn unobserved(&self) -> Vec<Milestone> {
        Milestone::ALL.into_iter().filter(|&milestone| !self.knows(milestone)).collect()
    }
}

#[cfg(test)]
mod tests;
