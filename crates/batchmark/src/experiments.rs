//! The experiments of `--why`: which causes are taken away from which arms, to see what each was
//! worth.
//!
//! Planned after the pilot, like the controls. At each batch size, every measured arm that is slower
//! than the quickest there, and one that stands alone, is copied with causes taken away: those that
//! its `observed` paths say could matter and that its driver offers (`candidates`), at most four, in
//! every combination that means something (`cells`). On the embedded endpoint the same arms are also
//! measured before a server that thinks longer and longer (`doses`).
//!
//! What is chosen here is only worth a measurement: nothing is concluded from the pilot.

mod candidates;
mod cells;
mod doses;
mod observed;

use model::arm::{Arm, BatchSize, Role};
use model::driver_protocol::DriverHello;
use model::experiment::{DoseResponse, Experiment};
use model::link::Link;
use model::plan::Plan;
use model::strategy::StrategySpec;
use model::trial::Trial;

use crate::added::Added;
use crate::piloted::{Piloted, quickest, sizes};
pub use observed::{Observed, observe};

use candidates::Case;

/// An arm is asked about where it took this much of the quickest's time in the pilot.
const SLOWER: f64 = 1.05;

/// What is seen of an arm in a trial of the pilot.
pub type Observe = fn(&Plan, &Arm, &Trial) -> Option<Observed>;

/// What is to be added to a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Experiments {
    /// The factorial designs.
    pub experiments: Vec<Experiment>,
    /// The arms before slower servers.
    pub doses: Vec<DoseResponse>,
    /// The arms that both need.
    pub added: Vec<Added>,
}

/// The experiments for a plan, judged by the trials of its pilot. `drivers` are those of the plan.
pub fn experiments(
    plan: &Plan,
    pilot: &[Trial],
    drivers: &[DriverHello],
    observe: Observe,
) -> Experiments {
    let mut all = Experiments::default();
    for size in sizes(plan) {
        let piloted = Piloted::of_size(plan, pilot, size);
        for subject in subjects(plan, &piloted, size) {
            all.plan(plan, &subject, drivers, observe);
        }
    }
    all
}

/// An arm that is to be explained.
struct Subject<'p, 'a> {
    piloted: &'p Piloted<'a>,
    versus: Option<&'a Arm>,
}

/// The arms of a size that are slower than the quickest, and one that stands alone.
fn subjects<'p, 'a>(
    plan: &Plan,
    piloted: &'p [Piloted<'a>],
    size: BatchSize,
) -> Vec<Subject<'p, 'a>> {
    let measured = |arm: &&Arm| arm.role == Role::Measured && arm.batch_size == size;
    let Some(quickest) = quickest(piloted) else { return Vec::new() };
    if plan.arms.iter().filter(measured).count() == 1 {
        return vec![Subject { piloted: quickest, versus: None }];
    }
    let limit = SLOWER * quickest.time().as_secs();
    let slower = piloted.iter().filter(|piloted| piloted.time().as_secs() > limit);
    slower.map(|piloted| Subject { piloted, versus: Some(quickest.arm) }).collect()
}

impl Experiments {
    fn plan(
        &mut self,
        plan: &Plan,
        subject: &Subject<'_, '_>,
        drivers: &[DriverHello],
        observe: Observe,
    ) {
        let arm = subject.piloted.arm;
        let link = plan.target_of(arm).and_then(|target| target.link.as_ref());
        let seen = observe(plan, arm, subject.piloted.median());
        let factors = match (spec(arm, drivers), &seen) {
            (Some(spec), Some(seen)) => candidates::choose(&Case { arm, spec, link, seen }),
            _ => Vec::new(),
        };
        if subject.versus.is_some() || !factors.is_empty() {
            let (cells, added) = cells::cells(arm, link, &factors);
            let versus = subject.versus.map(|versus| versus.name.clone());
            self.experiments.push(Experiment { arm: arm.name.clone(), versus, factors, cells });
            self.added.extend(added);
        }
        if let Some(link) = link {
            let (response, added) = doses::response(arm, link);
            self.doses.push(response);
            self.added.extend(added);
        }
    }
}

fn spec<'d>(arm: &Arm, drivers: &'d [DriverHello]) -> Option<&'d StrategySpec> {
    drivers.get(arm.driver.0)?.strategies.iter().find(|spec| spec.name == arm.strategy)
}

/// A copy of an arm under a name that says what is different.
fn copy(arm: &Arm, different: &str, link: Option<Link>) -> Added {
    let name = model::arm::ArmName(format!("{}#{different}", arm.name));
    Added { arm: Arm { name, role: Role::Toggle, ..arm.clone() }, link }
}

#[cfg(test)]
mod tests;
