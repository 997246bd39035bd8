//! The target, the machine, the versions and the plan.

use explain::Analysis;
use maud::{Markup, html};
use model::driver_protocol::DriverHello;
use model::environment::Environment;
use model::plan::{Plan, StopRule};
use model::recording::Recording;
use words::number::{count, millis, plain};

use super::figure::{self, texts};
use crate::header;

/// A fact: its name and its value.
struct Fact {
    name: &'static str,
    value: String,
}

/// What a recording needs to be read elsewhere.
pub(crate) fn section(_: &Analysis, recording: &Recording) -> Markup {
    let facts: Vec<Fact> = recording
        .plan
        .iter()
        .flat_map(of_plan)
        .chain(of_machine(&recording.header.environment))
        .chain([Fact { name: "recorded", value: recording.header.started_at.clone() }])
        .collect();
    html! {
        dl.environment {
            @for fact in &facts { div { dt { (fact.name) } dd { (fact.value) } } }
        }
        (versions(&recording.header.drivers))
    }
}

/// What made the page.
pub(crate) fn footer(recording: &Recording) -> Markup {
    html! {
        p {
            "Measured by batchmark " (recording.header.environment.batchmark) " · "
            (recording.header.started_at)
        }
    }
}

fn of_plan(plan: &Plan) -> Vec<Fact> {
    let targets = header::targets(plan).into_iter().map(|value| Fact { name: "target", value });
    let stop = match &plan.stop {
        StopRule::Blocks { blocks } => words::list::counted(*blocks as usize, "block"),
        StopRule::Precision { half_width, least, most, .. } => {
            let most = most.map_or_else(String::new, |most| format!(" to {most}"));
            format!(
                "{least}{most} blocks, until ratios are within {}",
                words::number::percent(*half_width)
            )
        }
    };
    let facts = [
        Fact { name: "baseline", value: plan.baseline.to_string() },
        Fact { name: "stop rule", value: stop },
        Fact {
            name: "pilot",
            value: format!(
                "{} of each arm",
                words::list::counted(plan.pilot_trials as usize, "trial")
            ),
        },
        Fact { name: "seed", value: plan.seed.to_string() },
        Fact { name: "socket witness", value: if plan.sockets { "on" } else { "off" }.to_owned() },
    ];
    targets.chain(facts).collect()
}

fn of_machine(environment: &Environment) -> Vec<Fact> {
    let known = |name: &'static str, value: Option<String>| value.map(|value| Fact { name, value });
    let proxies = environment.ignored_proxies.join(", ");
    let facts = [
        known("cores", environment.cores.map(|cores| cores.to_string())),
        known("CPU", environment.cpu.clone()),
        known("kernel", environment.kernel.clone()),
        known(
            "memory",
            environment
                .memory
                .map(|bytes| format!("{} GiB", count(bytes as f64 / 1_073_741_824.0))),
        ),
        known("load at the start", environment.load.map(plain)),
        known("governor", environment.governor.clone()),
        known("hypervisor", environment.hypervisor.clone()),
        known("clock source", environment.clock_source.clone()),
        known("clock step", environment.clock_resolution.map(|step| millis(step.as_secs()))),
        known("wake-up delay", environment.wake_lateness.map(|late| millis(late.as_secs()))),
        known("ignored proxy variables", Some(proxies).filter(|proxies| !proxies.is_empty())),
    ];
    facts.into_iter().flatten().collect()
}

fn versions(drivers: &[DriverHello]) -> Markup {
    let modules = || {
        drivers.iter().flat_map(|driver| driver.versions.iter().map(move |module| (driver, module)))
    };
    if modules().next().is_none() {
        return html! {};
    }
    let columns = [
        texts("module", modules().map(|(_, module)| module.module.clone())),
        texts("version", modules().map(|(_, module)| module.version.clone())),
        texts("driver", modules().map(|(driver, _)| driver.driver.clone())),
    ];
    figure::table("Versions", &columns)
}
