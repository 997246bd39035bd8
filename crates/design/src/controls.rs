//! The controls of a run: copies of an arm by which the run checks its own measurements.
//!
//! At each batch size, the arm that was fastest in the pilot is copied twice, each copy with a
//! driver process of its own. One copy is unchanged and must not differ. The other is delayed by the
//! server, and the delay must be found. Only the embedded endpoint can delay.

use evidence::examine;
use model::arm::{Arm, Role};
use model::link::Link;
use model::plan::Plan;
use model::time::Span;
use model::trial::Trial;

use crate::extra_arms::ExtraArm;
use crate::pilot_arms::{PilotArm, batch_sizes, fastest};

/// The minimum delay of each request on the path.
const LEAST_DELAY: Span = Span::from_nanos(500_000);
/// The known delay of a batch is one part in this many of its time: 5%.
const PART_OF_BATCH: u64 = 20;

/// How many requests of an arm's trial are on its critical path, if that is known.
pub(crate) type RequestsOnPath = fn(&Plan, &Arm, &Trial) -> Option<usize>;

/// Counts the requests on the critical path of a trial.
pub(crate) fn requests_on_path(plan: &Plan, arm: &Arm, trial: &Trial) -> Option<usize> {
    examine(plan, arm, trial)?.path.map(|path| path.requests())
}

/// The controls for a plan, chosen by the trials of its pilot.
pub(crate) fn controls(plan: &Plan, pilot: &[Trial], on_path: RequestsOnPath) -> Vec<ExtraArm> {
    let of_size = |size| {
        let arms = PilotArm::of_size(plan, pilot, size);
        fastest(&arms).map(|arm| both(plan, arm, on_path))
    };
    batch_sizes(plan).into_iter().filter_map(of_size).flatten().collect()
}

fn both(plan: &Plan, fastest: &PilotArm<'_>, on_path: RequestsOnPath) -> Vec<ExtraArm> {
    let arm = fastest.arm;
    let mut controls = vec![ExtraArm::copy(arm, Role::Aa, "aa", None)];
    let link = plan[arm.target].link.as_ref();
    let requests = on_path(plan, arm, fastest.median());
    let delay = requests.map(|requests| delay(fastest.time(), requests));
    if let (Some(link), Some(delay)) = (link, delay) {
        let delayed = Link { think: link.think + delay, ..link.clone() };
        controls.push(ExtraArm::copy(arm, Role::Delay, "delay", Some(delayed)));
    }
    controls
}

/// The delay of each request: 5% of the batch, divided by the requests on its path, but at least
/// half a millisecond.
fn delay(batch: Span, on_path: usize) -> Span {
    let share = batch.as_nanos() / PART_OF_BATCH / on_path.max(1) as u64;
    Span::from_nanos(share).max(LEAST_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extra_arms::add;
    use crate::sample::{self, target, trial};
    use model::strategy::Conditions;

    fn plan(link: Option<Link>) -> Plan {
        let arms = [("a", 4), ("b", 4), ("a", 16), ("b", 16)];
        let arm = |(strategy, size)| sample::arm(strategy, size, Conditions::new());
        sample::plan(arms.map(arm).to_vec(), link)
    }

    fn two_on_path(_: &Plan, _: &Arm, _: &Trial) -> Option<usize> {
        Some(2)
    }

    #[test]
    fn copies_the_fastest_arm_of_each_batch_size_twice() {
        let plan = plan(Some(Link::default()));
        let pilot = [trial("a@4", 30), trial("b@4", 40), trial("a@16", 90), trial("b@16", 60)];
        let controls = controls(&plan, &pilot, two_on_path);
        let names: Vec<&str> = controls.iter().map(|control| control.arm.name.0.as_str()).collect();
        assert_eq!(names, ["a@4#aa", "a@4#delay", "b@16#aa", "b@16#delay"]);
        let think = |control: &ExtraArm| control.link.as_ref().map(|link| link.think);
        // 5% of 30 ms over two requests, and of 60 ms.
        assert_eq!(think(&controls[1]), Some(Span::from_nanos(750_000)));
        assert_eq!(think(&controls[3]), Some(Span::from_nanos(1_500_000)));
        assert_eq!(think(&controls[0]), None);

        let open = |link: &Link| Ok::<_, ()>(target(Some(link.clone())));
        let completed = add(plan.clone(), controls, open).expect("opens");
        assert_eq!(completed.arms[..4], plan.arms);
        let targets: Vec<usize> = completed.arms[4..].iter().map(|arm| arm.target.0).collect();
        assert_eq!(targets, [0, 1, 0, 2]);
        assert_eq!(completed.targets.len(), 3);
    }

    #[test]
    fn delays_each_request_by_at_least_half_a_millisecond() {
        let plan = plan(Some(Link::default()));
        let controls = controls(&plan, &[trial("a@4", 2)], two_on_path);
        assert_eq!(controls[1].link.as_ref().map(|link| link.think), Some(LEAST_DELAY));
    }

    #[test]
    fn does_not_delay_a_foreign_server() {
        let controls = controls(&plan(None), &[trial("a@4", 30)], two_on_path);
        assert_eq!(controls.iter().map(|control| control.arm.role).collect::<Vec<_>>(), [Role::Aa]);
    }
}
