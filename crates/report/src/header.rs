//! The target and the machine.

use model::arm::Role;
use model::environment::Environment;
use model::link::Link;
use model::plan::{Plan, PlannedTarget};
use model::recording::Recording;

use crate::style::Style;
use crate::text;

/// The target and the machine.
pub(crate) fn lines(recording: &Recording, style: Style) -> Vec<String> {
    let targets = recording.plan.iter().flat_map(targets);
    let environment = &recording.header.environment;
    let machine = [machine(environment)].into_iter().filter(|line| !line.is_empty());
    targets
        .chain(machine)
        .chain(ignored_proxies(environment))
        .chain(recording.plan.as_ref().map(socket_witness))
        .flat_map(|line| text::wrap(&line, style.columns(), 0))
        .collect()
}

/// A line for each target that a measured arm fetches from.
pub(crate) fn targets(plan: &Plan) -> impl Iterator<Item = String> {
    let measured = || plan.arms.iter().filter(|arm| arm.role == Role::Measured);
    let used = move |index: usize| measured().any(|arm| arm.target.0 == index);
    let used = plan.targets.iter().enumerate().filter(move |(index, _)| used(*index));
    used.map(|(_, planned)| target(planned))
}

fn target(planned: &PlannedTarget) -> String {
    if let Some(link) = &planned.link {
        return format!("embedded endpoint, {}", settings(link));
    }
    let Some(first) = planned.target.requests.first() else { return "no request".to_owned() };
    let method = if first.method == "GET" { String::new() } else { format!("{} ", first.method) };
    match planned.target.requests.len() - 1 {
        0 => format!("{method}{}", first.url),
        more => format!("{method}{} and {more} more", first.url),
    }
}

/// `rtt 11ms, TLS`.
fn settings(link: &Link) -> String {
    let text = link.to_string();
    let settings = text.split(',').map(|setting| match setting.split_once('=') {
        Some(("tls", "on")) => "TLS".to_owned(),
        Some(("tls", _)) => "no TLS".to_owned(),
        Some((name, value)) => format!("{name} {}", spaced(value)),
        None => setting.to_owned(),
    });
    settings.collect::<Vec<String>>().join(", ")
}

/// `11 ms` of `11ms`: the unit behind a space.
fn spaced(value: &str) -> String {
    let unit = value.find(|letter: char| letter.is_ascii_alphabetic());
    match unit.filter(|&unit| unit > 0) {
        Some(unit) => format!("{} {}", &value[..unit], &value[unit..]),
        None => value.to_owned(),
    }
}

/// The machine in a line; empty where nothing is known.
pub(crate) fn machine(environment: &Environment) -> String {
    let cores = environment.cores.map(|cores| words::list::counted(cores as usize, "core"));
    let facts = [
        cores,
        environment.cpu.clone(),
        environment.kernel.clone(),
        environment.load.map(|load| format!("load {}", words::number::plain(load))),
        environment.governor.as_ref().map(|governor| format!("governor {governor}")),
    ];
    facts.into_iter().flatten().collect::<Vec<String>>().join(", ")
}

/// Whether the clients' system calls were recorded.
fn socket_witness(plan: &Plan) -> String {
    format!("socket witness {}", if plan.sockets { "on" } else { "off" })
}

fn ignored_proxies(environment: &Environment) -> Option<String> {
    let names = environment.ignored_proxies.join(", ");
    (!names.is_empty()).then(|| format!("ignored proxy variables: {names}"))
}
