//! The controls of a run: copies of an arm by which the instrument measures itself.
//!
//! For each batch size, the arm that was quickest in the pilot is copied twice, each copy in a
//! driver process of its own: once as it is, which must not differ, and once with a known delay
//! added by the server, which must be found. Only the embedded endpoint can add one.

use model::arm::{Arm, ArmName, Role};
use model::link::Link;
use model::plan::Plan;
use model::time::Span;
use model::trial::Trial;

use crate::added::Added;
use crate::piloted::{Piloted, quickest, sizes};

/// The least time that the known delay adds to each request on the path.
const LEAST_DELAY: Span = Span::from_nanos(500_000);
/// The known delay of a batch is one in so many parts of its time: 5 %.
const PART_OF_BATCH: u64 = 20;

/// How many requests of an arm's trial lie on its critical path, where that can be told.
pub type RequestsOnPath = fn(&Plan, &Arm, &Trial) -> Option<usize>;

/// The controls that a plan needs, judged by the trials of its pilot.
pub fn controls(plan: &Plan, pilot: &[Trial], on_path: RequestsOnPath) -> Vec<Added> {
    let of_size = |size| {
        let piloted = Piloted::of_size(plan, pilot, size);
        quickest(&piloted).map(|piloted| both(plan, piloted, on_path))
    };
    sizes(plan).into_iter().filter_map(of_size).flatten().collect()
}

fn both(plan: &Plan, piloted: &Piloted<'_>, on_path: RequestsOnPath) -> Vec<Added> {
    let mut controls = vec![copy(piloted.arm, Role::Aa, None)];
    let link = plan[piloted.arm.target].link.as_ref();
    let requests = on_path(plan, piloted.arm, piloted.median());
    let delay = requests.map(|requests| delay(piloted.time(), requests));
    if let (Some(link), Some(delay)) = (link, delay) {
        let delayed = Link { think: link.think + delay, ..link.clone() };
        controls.push(copy(piloted.arm, Role::Delay, Some(delayed)));
    }
    controls
}

/// The time by which each request is delayed: 5 % of the batch, shared out over the requests on
/// its path, but no less than half a millisecond.
fn delay(batch: Span, on_path: usize) -> Span {
    let share = batch.as_nanos() / PART_OF_BATCH / on_path.max(1) as u64;
    Span::from_nanos(share).max(LEAST_DELAY)
}

fn copy(arm: &Arm, role: Role, link: Option<Link>) -> Added {
    let mark = if role == Role::Aa { "aa" } else { "delay" };
    let name = ArmName(format!("{}#{mark}", arm.name));
    Added { arm: Arm { name, role, ..arm.clone() }, link }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::added::add;
    use crate::made_up::{self, target, trial};
    use model::strategy::Conditions;

    fn plan(link: Option<Link>) -> Plan {
        let arms = [("a", 4), ("b", 4), ("a", 16), ("b", 16)];
        let arm = |(strategy, size)| made_up::arm(strategy, size, Conditions::new());
        made_up::plan(arms.map(arm).to_vec(), link)
    }

    fn two_on_path(_: &Plan, _: &Arm, _: &Trial) -> Option<usize> {
        Some(2)
    }

    #[test]
    fn the_quickest_of_each_size_is_copied_twice() {
        let plan = plan(Some(Link::default()));
        let pilot = [trial("a@4", 30), trial("b@4", 40), trial("a@16", 90), trial("b@16", 60)];
        let controls = controls(&plan, &pilot, two_on_path);
        let names: Vec<&str> = controls.iter().map(|control| control.arm.name.0.as_str()).collect();
        assert_eq!(names, ["a@4#aa", "a@4#delay", "b@16#aa", "b@16#delay"]);
        let think = |control: &Added| control.link.as_ref().map(|link| link.think);
        // 5 % of 30 ms over two requests, and of 60 ms.
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
    fn the_delay_is_never_below_half_a_millisecond() {
        let plan = plan(Some(Link::default()));
        let controls = controls(&plan, &[trial("a@4", 2)], two_on_path);
        assert_eq!(controls[1].link.as_ref().map(|link| link.think), Some(LEAST_DELAY));
    }

    #[test]
    fn somebody_elses_server_cannot_be_delayed() {
        let controls = controls(&plan(None), &[trial("a@4", 30)], two_on_path);
        assert_eq!(controls.iter().map(|control| control.arm.role).collect::<Vec<_>>(), [Role::Aa]);
    }
}
