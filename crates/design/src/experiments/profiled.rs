//! The measured arms whose code is profiled after the last block: those that a driver can profile, and
//! that are slower than the fastest or spend time in the client.

use model::arm::ArmName;
use model::driver_protocol::DriverHello;
use model::plan::Plan;

use super::{Observe, PilotView, SLOWER};
use crate::pilot_arms::{PilotArm, batch_sizes, fastest};

/// The least share of a batch that the client must spend.
const LEAST_CLIENT: f64 = 0.02;

/// The arms of a plan to profile, by its pilot.
pub(crate) fn profiled(pilot: PilotView<'_>) -> Vec<ArmName> {
    let PilotView { plan, trials, drivers, observe, .. } = pilot;
    if !plan.sockets {
        return Vec::new(); // nothing shows which thread a batch waits for
    }
    let of_size = |size| {
        let arms = PilotArm::of_size(plan, trials, size);
        let limit = fastest(&arms).map_or(0.0, |fastest| SLOWER * fastest.time().as_secs());
        let is_wanted = |arm: &PilotArm<'_>| {
            can_profile(arm, drivers)
                && (arm.time().as_secs() > limit || has_client_time(plan, arm, observe))
        };
        arms.iter().filter(|arm| is_wanted(arm)).map(|arm| arm.arm.name.clone()).collect::<Vec<_>>()
    };
    batch_sizes(plan).into_iter().flat_map(of_size).collect()
}

fn can_profile(arm: &PilotArm<'_>, drivers: &[DriverHello]) -> bool {
    drivers.get(arm.arm.driver.0).is_some_and(|driver| driver.profiles)
}

fn has_client_time(plan: &Plan, arm: &PilotArm<'_>, observe: Observe) -> bool {
    let observed = observe(plan, arm.arm, arm.median());
    observed.is_some_and(|observed| observed.share(observed.client) >= LEAST_CLIENT)
}
