//! The lines above the tables: what was fetched, and on what machine.

use model::arm::Role;
use model::environment::Environment;
use model::plan::{Plan, PlannedTarget};
use model::recording::Recording;

use crate::style::Style;
use crate::text;

/// What was fetched and on what machine.
pub(crate) fn lines(recording: &Recording, style: Style) -> Vec<String> {
    let targets = recording.plan.iter().flat_map(targets);
    let environment = &recording.header.environment;
    let machine = [machine(environment)].into_iter().filter(|line| !line.is_empty());
    targets
        .chain(machine)
        .chain(ignored_proxies(environment))
        .flat_map(|line| text::wrap(&line, style.columns(), 0))
        .collect()
}

/// A line for each target that a measured arm fetches from.
fn targets(plan: &Plan) -> impl Iterator<Item = String> {
    let measured = || plan.arms.iter().filter(|arm| arm.role == Role::Measured);
    let used = move |index: usize| measured().any(|arm| arm.target.0 == index);
    let used = plan.targets.iter().enumerate().filter(move |(index, _)| used(*index));
    used.map(|(_, planned)| target(planned))
}

fn target(planned: &PlannedTarget) -> String {
    if let Some(link) = &planned.link {
        return format!("the embedded endpoint, {link}");
    }
    let Some(first) = planned.target.requests.first() else { return "nothing".to_owned() };
    let method = if first.method == "GET" { String::new() } else { format!("{} ", first.method) };
    match planned.target.requests.len() - 1 {
        0 => format!("{method}{}", first.url),
        more => format!("{method}{} and {more} more", first.url),
    }
}

fn machine(environment: &Environment) -> String {
    let cores = environment.cores.map(|cores| text::counted(cores as usize, "core"));
    let facts = [
        cores,
        environment.cpu.clone(),
        environment.kernel.clone(),
        environment.load.map(|load| format!("load {load:.2}")),
        environment.governor.as_ref().map(|governor| format!("governor {governor}")),
    ];
    facts.into_iter().flatten().collect::<Vec<String>>().join(", ")
}

fn ignored_proxies(environment: &Environment) -> Option<String> {
    let names = environment.ignored_proxies.join(", ");
    (!names.is_empty()).then(|| format!("proxy variables that are set but not used: {names}"))
}
