//! Arms that a plan gets after its pilot: copies of measured arms, behind another link if needed.

use model::arm::{Arm, ArmName, Role};
use model::index::TargetIndex;
use model::link::Link;
use model::plan::{Plan, PlannedTarget};

/// An arm to add to a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraArm {
    /// The arm. Its target is that of the arm that it copies.
    pub arm: Arm,
    /// The link that it is measured over, if that is another.
    pub link: Option<Link>,
}

impl ExtraArm {
    /// A copy of an arm with another role. `suffix` follows the `#` in its name.
    pub(crate) fn copy(arm: &Arm, role: Role, suffix: &str, link: Option<Link>) -> Self {
        let name = ArmName(format!("{}#{suffix}", arm.name));
        Self { arm: Arm { name, role, ..arm.clone() }, link }
    }
}

/// Adds arms to a plan, with a target for each link that the plan has none for.
///
/// # Errors
/// If `open` cannot open a target.
pub(crate) fn add<E>(
    mut plan: Plan,
    extra_arms: Vec<ExtraArm>,
    mut open: impl FnMut(&Link) -> Result<PlannedTarget, E>,
) -> Result<Plan, E> {
    for ExtraArm { mut arm, link } in extra_arms {
        if let Some(link) = link {
            let known = plan.targets.iter().position(|target| target.link.as_ref() == Some(&link));
            let index = match known {
                Some(index) => index,
                None => {
                    plan.targets.push(open(&link)?);
                    plan.targets.len() - 1
                }
            };
            arm.target = TargetIndex(index);
        }
        plan.arms.push(arm);
    }
    Ok(plan)
}
