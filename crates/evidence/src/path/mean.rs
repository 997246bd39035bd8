//! The critical paths of an arm's trials together: mean seconds of each phase.

use std::collections::BTreeSet;

use model::time::Span;
use model::trace::Milestone;
use schemars::JsonSchema;
use serde::Serialize;

use super::course::{Course, courses};
use super::walk::walk;
use super::{CriticalPath, Label};
use crate::join;
use crate::setting::{Lookups, Setting, Tls};
use crate::trials::Success;

/// What a batch's time consists of: mean seconds of each phase on the critical path. Together they
/// are the batch's mean time. Null is a phase of which nothing was observed, 0 one that was
/// observed and took no time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "each is the phase of the same name")]
pub struct Path {
    pub client: Option<f64>,
    pub queue: Option<f64>,
    pub dns: Option<f64>,
    pub connect: Option<f64>,
    pub tls: Option<f64>,
    pub send: Option<f64>,
    pub wait: Option<f64>,
    pub receive: Option<f64>,
}

/// What is said of the critical path of an arm.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathOfArm {
    pub path: Path,
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
pub fn of_arm(setting: &Setting<'_>, good: &[Success<'_>]) -> PathOfArm {
    let mut all = Totals::default();
    for Success { trial, run, .. } in good {
        let joined = join::of_trial(setting, run, trial.witness.as_ref());
        let courses = courses(setting, run, &joined);
        all.observe(&courses);
        all.add(walk(&courses, setting.limit, run.batch_time()), run.batch_time());
    }
    assert_eq!(
        all.spent.iter().sum::<u128>(),
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
    /// Nanoseconds of each label.
    spent: [u128; Label::ALL.len()],
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

    /// Adds a trial. One of which nothing was observed is the client's alone: nobody else said
    /// that it took part.
    fn add(&mut self, path: Option<CriticalPath>, batch: Span) {
        let Some(path) = path else {
            self.spent[Label::Client as usize] += u128::from(batch.as_nanos());
            return;
        };
        for segment in path.segments() {
            let length = segment.end.saturating_sub(segment.start);
            self.spent[segment.label as usize] += u128::from(length.as_nanos());
        }
        self.requests += path.requests();
        self.paths += 1;
    }

    fn sum_up(&self, trials: usize) -> PathOfArm {
        if self.paths == 0 {
            let unobserved = if trials == 0 { Vec::new() } else { self.unobserved() };
            return PathOfArm { unobserved, ..PathOfArm::default() };
        }
        let mean = |labels: &[Label]| self.mean(labels, trials);
        let path = Path {
            client: mean(&[Label::Client]),
            queue: mean(&[Label::Queue]),
            dns: mean(&[Label::Dns]),
            connect: mean(&[Label::Connect]),
            tls: mean(&[Label::TlsPreparation, Label::Tls]),
            send: mean(&[Label::Send]),
            wait: mean(&[Label::Wait]),
            receive: mean(&[Label::Receive]),
        };
        PathOfArm {
            path,
            tls_preparation: mean(&[Label::TlsPreparation]),
            requests: Some(self.requests as f64 / self.paths as f64),
            unobserved: self.unobserved(),
            observed: self.observed.iter().copied().collect(),
        }
    }

    /// The mean seconds of some labels; nothing where the end of none of them was observed though
    /// it passed.
    fn mean(&self, labels: &[Label], trials: usize) -> Option<f64> {
        let nanos: u128 = labels.iter().map(|&label| self.spent[label as usize]).sum();
        let known = |milestone: &Milestone| {
            self.observed.contains(milestone) || self.absent.contains(milestone)
        };
        let ends = |milestone: &Milestone| labels.contains(&Label::of_stretch_to(*milestone));
        let is_known = labels.contains(&Label::Client)
            || Milestone::ALL.iter().filter(|milestone| ends(milestone)).any(known);
        (nanos > 0 || is_known).then(|| nanos as f64 / 1e9 / trials as f64)
    }

    fn unobserved(&self) -> Vec<Milestone> {
        let known = |milestone: &Milestone| {
            self.observed.contains(milestone) || self.absent.contains(milestone)
        };
        Milestone::ALL.into_iter().filter(|milestone| !known(milestone)).collect()
    }
}

#[cfg(test)]
mod tests;
