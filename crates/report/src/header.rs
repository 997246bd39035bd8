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

/// What measured arms fetch from: a line for each target, but one for links that only have further settings.
pub(crate) fn targets(plan: &Plan) -> Vec<String> {
    let measured = || plan.arms.iter().filter(|arm| arm.role == Role::Measured);
    let used = |index: usize| measured().any(|arm| arm.target.0 == index);
    let used = plan.targets.iter().enumerate().filter(|(index, _)| used(*index));
    let (embedded, foreign): (Vec<_>, Vec<_>) =
        used.map(|(_, planned)| planned).partition(|planned| planned.link.is_some());
    let links: Vec<Vec<String>> =
        embedded.iter().filter_map(|planned| Some(settings(planned.link.as_ref()?))).collect();
    links_together(&links).into_iter().chain(foreign.into_iter().map(target)).collect()
}

/// `embedded endpoint, rtt 11 ms, TLS; also with loss 1%`.
fn links_together(links: &[Vec<String>]) -> Vec<String> {
    let Some((first, others)) = links.split_first() else { return Vec::new() };
    let has_all = |link: &&Vec<String>| first.iter().all(|setting| link.contains(setting));
    let (further, different): (Vec<_>, Vec<_>) = others.iter().partition(has_all);
    let more = further.into_iter().map(|link| {
        let more = link.iter().filter(|setting| !first.contains(setting));
        more.map(String::as_str).collect::<Vec<_>>().join(", ")
    });
    let more: Vec<String> = more.collect();
    let also =
        if more.is_empty() { String::new() } else { format!("; also with {}", more.join("; ")) };
    let line = |link: &Vec<String>| format!("embedded endpoint, {}", link.join(", "));
    let together = format!("{}{also}", line(first));
    [together].into_iter().chain(different.into_iter().map(line)).collect()
}

fn target(planned: &PlannedTarget) -> String {
    let Some(first) = planned.target.requests.first() else { return "no request".to_owned() };
    let method = if first.method == "GET" { String::new() } else { format!("{} ", first.method) };
    match planned.target.requests.len() - 1 {
        0 => format!("{method}{}", first.url),
        more => format!("{method}{} and {more} more", first.url),
    }
}

/// `rtt 11 ms` and `TLS`.
fn settings(link: &Link) -> Vec<String> {
    let text = link.to_string();
    let settings = text.split(',').map(|setting| match setting.split_once('=') {
        Some(("tls", "on")) => "TLS".to_owned(),
        Some(("tls", _)) => "no TLS".to_owned(),
        Some((name, value)) => format!("{name} {}", spaced(value)),
        None => setting.to_owned(),
    });
    settings.collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_with_further_settings_share_a_line() {
        let links = ["rtt=40ms", "rtt=40ms,loss=1%", "rtt=40ms,loss=5%", "rtt=9ms"];
        let links = links.map(|link| settings(&link.parse().expect("a link")));
        assert_eq!(
            links_together(&links),
            [
                "embedded endpoint, rtt 40 ms, TLS; also with loss 1%; loss 5%",
                "embedded endpoint, rtt 9 ms, TLS"
            ]
        );
    }
}
