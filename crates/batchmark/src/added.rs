//! Arms that a plan is given after its pilot: copies of measured arms, each behind a link of its own
//! where it needs one.

use model::arm::Arm;
use model::index::TargetIndex;
use model::link::Link;
use model::plan::{Plan, PlannedTarget};

/// An arm that is to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// The arm; its target is that of the arm that it copies.
    pub arm: Arm,
    /// The link behind which it is measured, where that is another.
    pub link: Option<Link>,
}

/// Adds arms to a plan, with a target for each link that the plan has none for.
///
/// # Errors
/// When `open` cannot open a target.
pub fn add<E>(
    mut plan: Plan,
    added: Vec<Added>,
    mut open: impl FnMut(&Link) -> Result<PlannedTarget, E>,
) -> Result<Plan, E> {
    for Added { mut arm, link } in added {
        if let Some(link) = link {
            let there = plan.targets.iter().position(|target| target.link.as_ref() == Some(&link));
            arm.target = TargetIndex(match there {
                Some(target) => target,
                None => {
                    plan.targets.push(open(&link)?);
                    plan.targets.len() - 1
                }
            });
        }
        plan.arms.push(arm);
    }
    Ok(plan)
}
