//! The critical paths of an arm's trials together: mean seconds of each phase.

use std::collections::BTreeSet;

use model::phase::{PerPhase, Phase};
use model::time::Span;
use model::trace::Milestone;

use super::course::{Course, courses};
use super::walk::walk;
use super::{CriticalPath, PathTimes, SegmentLabel};
use crate::join;
use crate::setting::{Lookups, Setting, Tls};
use crate::trials::Success;

/// What is said of the critical path of an arm.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArmPath {
    /// Mean seconds of each phase on the critical path, which sum to the mean batch time. Null is a
    /// phase of which nothing was observed, 0 one that was observed and took no time.
    pub path: PerPhase<Option<f64>>,
    /// The part of tls that lies before the first handshake byte.
    pub tls_preparation: Option<f64>,
    /// The mean number of requests on it.
    pub requests: Option<f64>,
    /// The milestones that passed and that nobody observed.
    pub unobserved: Vec<Milestone>,
    /// The milestones that somebody observed, in their order.
    pub observed: Vec<Milestone>,
}

/// Puts the critical paths of the counted trials of an arm together.
pub fn of_arm(setting: &Setting<'_>, good: &[Success<'_>]) -> ArmPath {
    let mut all = Totals::default();
    for Success { trial, run, .. } in good {
        let joined = join::of_trial(setting, run, trial.witness.as_ref());
        let courses = courses(setting, run, &joined);
        all.observe(&courses);
        all.add(walk(&courses, setting.limit, run.batch_time()), run.batch_time());
    }
    assert_eq!(
        all.phases.values().sum::<u128>(),
        good.iter().map(|success| u128::from(success.run.batch_time().as_nanos())).sum(),
        "the segments of a critical path tile its batch"
    );
    all.absent = absent(setting, good);
    all.sum_up(good.len())
}

/// The milestones that no request can have passed.
fn absent(setting: &Setting<'_>, good: &[Success<'_>]) -> BTreeSet<Milestone> {
    use Milestone::{Connected, Connecting, Resolved, Resolving, Secured, Securing};
    let opened_none =
        |success: &Success<'_>| success.connections.is_some_and(|found| found.opened == 0);
    let mut absent = BTreeSet::new();
    if good.iter().all(opened_none) {
        absent.extend([Resolving, Resolved, Connecting, Connected, Securing, Secured]);
    }
    if setting.lookups == Lookups::Unwanted {
        absent.extend([Resolving, Resolved]);
    }
    if setting.tls == Tls::Unwanted {
        absent.extend([Securing, Secured]);
    }
    absent
}

/// What the trials come to together.
#[derive(Debug, Default)]
struct Totals {
    /// Nanoseconds of each phase.
    phases: PerPhase<u128>,
    /// Nanoseconds of tls before the first handshake byte.
    tls_preparation: u128,
    requests: usize,
    /// In how many trials something was observed.
    paths: usize,
    observed: BTreeSet<Milestone>,
    absent: BTreeSet<Milestone>,
}

impl Totals {
    fn observe(&mut self, courses: &[Course]) {
        let observed = courses.iter().flat_map(|course| course.milestones.observed());
        self.observed.extend(observed.map(|(milestone, _)| milestone));
    }

    /// Adds a trial. One of which nothing was observed is the client's alone.
    fn add(&mut self, path: Option<CriticalPath>, batch: Span) {
        let times = match &path {
            Some(path) => path.times(),
            None => PathTimes::client_only(batch),
        };
        for (phase, time) in times.phases {
            self.phases[phase] += u128::from(time.as_nanos());
        }
        self.tls_preparation += u128::from(times.tls_preparation.as_nanos());
        self.requests += path.as_ref().map_or(0, CriticalPath::requests);
        self.paths += usize::from(path.is_some());
    }

    fn sum_up(&self, trials: usize) -> ArmPath {
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
            observed: self.observed.iter().copied().collect(),
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
        self.observed.contains(&milestone) || self.absent.contains(&milestone)
    }

    fn unobserved(&self) -> Vec<Milestone> {
        Milestone::ALL.into_iter().filter(|&milestone| !self.knows(milestone)).collect()
    }
}

#[cfg(test)]
mod tests;
