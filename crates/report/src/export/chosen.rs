//! The trials that formats of single trials show: the median trial of each measured arm, or the one that
//! was chosen.

use std::borrow::Cow;

use explain::waterfall::{Pace, Row, RowKind, Waterfall, pick, waterfall};
use model::arm::{Arm, Role};
use model::plan::Plan;
use model::target::{Request, Target};
use model::trace::Milestone;
use model::trial::{Outcome, Run, Trial};

use super::Source;

/// A trial that ran, with its requests.
#[derive(Debug)]
pub(super) struct ChosenTrial<'a> {
    pub(super) arm: &'a Arm,
    pub(super) target: &'a Target,
    pub(super) trial: &'a Trial,
    pub(super) run: &'a Run,
    pub(super) waterfall: Waterfall<'a>,
}

/// The chosen trials, in the order of their arms.
pub(super) fn chosen<'a>(source: Source<'a>) -> Vec<ChosenTrial<'a>> {
    let Some(plan) = &source.recording.plan else { return Vec::new() };
    let trials: Vec<&Trial> = match source.trial {
        Some(id) => source.recording.trials.iter().filter(|trial| trial.id == id).collect(),
        None => {
            let measured = plan.arms.iter().filter(|arm| arm.role == Role::Measured);
            let median = |arm: &Arm| Some(pick(source.recording, &arm.name)?[Pace::Median]);
            measured.filter_map(median).collect()
        }
    };
    trials.into_iter().filter_map(|trial| ChosenTrial::new(plan, trial)).collect()
}

impl<'a> ChosenTrial<'a> {
    /// None for a trial that was lost.
    fn new(plan: &'a Plan, trial: &'a Trial) -> Option<Self> {
        let Outcome::Ran(run) = &trial.outcome else { return None };
        let arm = plan.arms.iter().find(|arm| arm.name == trial.arm)?;
        let target = &plan.target_of(arm)?.target;
        Some(Self { arm, target, trial, run, waterfall: waterfall(plan, trial)? })
    }

    /// The name of the trial: `ureq/threads@16, block 3`.
    pub(super) fn name(&self) -> String {
        match self.trial.place() {
            Some(place) => format!("{}, block {}", self.arm.name, place.block),
            None => self.arm.name.0.clone(),
        }
    }

    /// The request as it was planned; nothing for one that belongs to no item of the batch.
    pub(super) fn planned(&self, row: &Row<'_>) -> Option<Request> {
        self.target.requests.get(row.item?)
    }

    /// The URL: that of the item, else its server with the path that was seen.
    pub(super) fn url(&self, row: &Row<'_>) -> Option<String> {
        if let (RowKind::Item, Some(planned)) = (row.kind, self.planned(row)) {
            return Some(planned.url);
        }
        let path = row.path.as_deref()?;
        let server = self.planned(row).or_else(|| self.target.requests.first())?;
        Some(format!("{}{path}", origin(&server.url)))
    }

    /// The method: the one that was seen, else the planned one.
    pub(super) fn method<'r>(&self, row: &'r Row<'a>) -> Option<Cow<'r, str>> {
        let seen = row.method.as_deref().map(Cow::Borrowed);
        seen.or_else(|| Some(Cow::Owned(self.planned(row)?.method)))
    }
}

/// The names of the milestones that the request must have passed and that were not observed.
pub(super) fn unobserved(row: &Row<'_>) -> Vec<&'static str> {
    let is_opened = row.connection.is_some_and(|connection| connection.is_opened);
    let passed = Milestone::ALL.into_iter().filter(|milestone| match milestone {
        Milestone::Connecting | Milestone::Connected => is_opened,
        Milestone::Resolving | Milestone::Resolved | Milestone::Securing | Milestone::Secured => {
            false
        }
        Milestone::FirstByte | Milestone::Done => row.error.is_none(),
        Milestone::Submitted | Milestone::Started | Milestone::Writing | Milestone::Sent => true,
    });
    let is_observed = |milestone| row.milestones.iter().any(|seen| seen.milestone == milestone);
    passed.filter(|&milestone| !is_observed(milestone)).map(Milestone::name).collect()
}

/// Scheme and authority of a URL.
fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |colon| colon + "://".len());
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |path| start + path);
    &url[..end]
}
