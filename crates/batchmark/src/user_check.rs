//! Checks the user's code and commands before the first trial: each strategy is prepared once, in a
//! process that ends then.

use model::arm::Label;
use model::driver_protocol::Preparation;
use model::facts::{Facts, NOT_SENT, name};
use model::plan::{LeftOut, PlannedTarget};
use model::strategy::Conditions;
use model::target::Target;
use runner::driver::{Driver, DriverFailure};
use runner::host_driver::HostDriver;
use runner::process_groups::ProcessGroups;

use crate::hosts;
use crate::requested_arms::RequestedArm;

/// What the check of the user's strategies found.
#[derive(Debug, Default)]
pub(crate) struct UserCheck {
    /// The strategies that cannot be measured, each once.
    pub(crate) left_out: Vec<LeftOut>,
    /// The arms that do not send the headers of the target.
    pub(crate) without_headers: Vec<Label>,
}

/// Prepares each strategy of the user with its target and starts no trial.
pub(crate) fn check(
    arms: &[RequestedArm],
    drivers: &[HostDriver],
    targets: &[PlannedTarget],
    groups: &ProcessGroups,
) -> UserCheck {
    let mut check = UserCheck::default();
    for arm in arms.iter().filter(|arm| hosts::is_of_user(&arm.strategy)) {
        let driver = drivers.iter().find(|driver| driver.host == arm.host);
        let planned = targets.iter().find(|planned| planned.link == arm.link);
        if let (Some(driver), Some(planned)) = (driver, planned) {
            check.take(arm, prepare_all(arm, driver, &planned.target, groups));
        }
    }
    check
}

impl UserCheck {
    fn take(&mut self, arm: &RequestedArm, prepared: Result<Facts, DriverFailure>) {
        match prepared {
            Ok(facts) if facts.get(name::HEADERS).is_some_and(|value| value == NOT_SENT) => {
                self.without_headers.push(arm.label.clone());
            }
            Ok(_) => {}
            Err(failure) => self.leave_out(&arm.strategy, failure.to_string()),
        }
    }

    fn leave_out(&mut self, strategy: &str, reason: String) {
        if self.left_out.iter().all(|left_out| left_out.strategy != strategy) {
            self.left_out.push(LeftOut { strategy: strategy.to_owned(), reason });
        }
    }
}

/// Prepares an arm, and its command without work. Returns the facts of the arm.
fn prepare_all(
    arm: &RequestedArm,
    driver: &HostDriver,
    target: &Target,
    groups: &ProcessGroups,
) -> Result<Facts, DriverFailure> {
    let prepare = |conditions: &Conditions| {
        Driver::start(&driver.command, groups)?.prepare(Preparation {
            strategy: arm.strategy.clone(),
            conditions: conditions.clone(),
            target: target.clone(),
            trace: true,
        })
    };
    if let Some(null) = &arm.null {
        prepare(null.conditions())?;
    }
    prepare(&arm.conditions)
}
