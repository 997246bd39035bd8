//! The strategies that can be compared here, and those that are missing.

use std::path::Path;

use model::driver_protocol::{DriverHello, MissingStrategy, ModuleVersion};
use model::strategy::{ConditionSpec, StrategySpec};
use runner::host_driver::{AbsentHost, HostDriver};
use words::checkup::MissingGroup;

use crate::style::{Ink, Style};
use crate::text;

/// The indent below a name.
const INDENT: usize = 4;
/// The words before what gets a missing library or program.
const TO_GET_IT: &str = "to get it: ";

/// Every host with its versions and its strategies, then the hosts that cannot be used.
pub fn strategies(drivers: &[HostDriver], absent: &[AbsentHost], style: Style) -> String {
    let mut sections: Vec<Vec<String>> = Vec::new();
    for HostDriver { host, program, hello, .. } in drivers {
        sections.push(heading(host, program, hello, style));
        sections.extend(hello.strategies.iter().map(|spec| strategy(spec, style)));
        sections.extend(missing(&hello.missing, style));
    }
    sections.extend(absent.iter().map(|host| absent_host(host, style)));
    let mut text = sections.iter().map(|lines| lines.join("\n")).collect::<Vec<_>>().join("\n\n");
    text.push('\n');
    text
}

fn heading(host: &str, program: &Path, hello: &DriverHello, style: Style) -> Vec<String> {
    let title = format!("{host}: {}", program.display());
    let mut lines = vec![style.paint(&title, Ink::Heading)];
    lines.extend(versions(&hello.versions, style));
    lines
}

fn versions(modules: &[ModuleVersion], style: Style) -> Vec<String> {
    let lines = version_list(modules, style.columns() - INDENT);
    lines.into_iter().map(|line| format!("{:INDENT$}{line}", "")).collect()
}

/// The versions in lines of at most `columns`, each unbroken behind its name.
pub(crate) fn version_list(modules: &[ModuleVersion], columns: usize) -> Vec<String> {
    let mut entries: Vec<String> = modules.iter().map(|module| version(module) + ",").collect();
    if let Some(last) = entries.last_mut() {
        last.pop();
    }
    text::list(&entries, " ", columns)
}

fn version(module: &ModuleVersion) -> String {
    let provider = module.distribution.as_ref();
    let provider = provider.map(|name| format!(" (from {name})")).unwrap_or_default();
    format!("{} {}{provider}", module.module, module.version)
}

fn strategy(spec: &StrategySpec, style: Style) -> Vec<String> {
    let alias = spec.alias.as_ref().map(|alias| format!(" (or {alias})")).unwrap_or_default();
    let mut lines = vec![format!("{}{alias}", spec.name)];
    lines.extend(text::wrap(&spec.summary, style.columns(), INDENT));
    let width = spec.conditions.iter().map(|condition| text::width(&head(condition))).max();
    let beside = INDENT + width.unwrap_or_default() + 2;
    for condition in &spec.conditions {
        let rule = text::wrap(&condition.values.to_string(), style.columns(), beside);
        let mut lines_beside = text::wrap(&condition.summary, style.columns(), beside);
        lines_beside.extend(rule);
        let head = format!("{:INDENT$}{}", "", head(condition));
        for (place, line) in lines_beside.into_iter().enumerate() {
            let text = line.trim_start();
            let before = if place == 0 { head.as_str() } else { "" };
            lines.push(format!("{before:beside$}{text}"));
        }
    }
    lines
}

fn head(condition: &ConditionSpec) -> String {
    format!("{}={}", condition.name, condition.default)
}

/// The missing strategies, those with the same reason together.
fn missing(all: &[MissingStrategy], style: Style) -> Vec<Vec<String>> {
    MissingGroup::all(all)
        .map(|MissingGroup { names, reason, remedy }| {
            let mut lines = lacking(&format!("{}: missing", names.join(", ")), reason, style);
            let command = format!("{TO_GET_IT}{remedy}");
            lines.push(text::command(&command, INDENT));
            lines
        })
        .collect()
}

fn absent_host(AbsentHost { host, absence }: &AbsentHost, style: Style) -> Vec<String> {
    let mut lines = lacking(&format!("{host}: not available"), &absence.reason, style);
    let advice = format!("{TO_GET_IT}{}", absence.remedy);
    lines.extend(text::wrap(&advice, style.columns(), INDENT));
    lines
}

/// What is missing, and why.
fn lacking(title: &str, reason: &str, style: Style) -> Vec<String> {
    let title = text::wrap(title, style.columns(), 0);
    let mut lines: Vec<String> = title.iter().map(|line| style.paint(line, Ink::Unsure)).collect();
    lines.extend(text::wrap(reason, style.columns(), INDENT));
    lines
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use runner::command::ProcessCommand;
    use runner::host_driver::Absence;

    use super::*;
    use model::driver_protocol::VERSION;
    use model::strategy::ValueRule;
    use model::time::Moment;

    fn hello() -> DriverHello {
        let condition = |name: &str, default: &str, values, summary: &str| ConditionSpec {
            name: name.to_owned(),
            default: default.to_owned(),
            values,
            summary: summary.to_owned(),
        };
        let spec = StrategySpec {
            name: "requests/threads".to_owned(),
            alias: None,
            summary: "one session of requests, shared by the threads of the event loop's default \
                      executor"
                .to_owned(),
            conditions: vec![
                condition(
                    "session",
                    "cold",
                    ValueRule::words(&["cold", "warm"]),
                    "whether each batch opens and closes a session of its own, with all that \
                     belongs to it",
                ),
                condition("workers", "6", ValueRule::count_from(1), "how many threads there are"),
            ],
            columns: Vec::new(),
            only_http: None,
        };
        let version = |module: &str, distribution: Option<&str>| ModuleVersion {
            module: module.to_owned(),
            version: "2.12.900".to_owned(),
            distribution: distribution.map(str::to_owned),
        };
        DriverHello {
            protocol: VERSION,
            driver: "python".to_owned(),
            now: Moment::from_nanos(0),
            profiles: true,
            packed: false,
            samples: false,
            versions: vec![
                version("requests", None),
                version("urllib3", Some("urllib3-future")),
                version("aiohttp", None),
                version("certifi", None),
            ],
            strategies: vec![spec],
            missing: ["httpx/threads", "httpx/async"]
                .map(|name| MissingStrategy {
                    name: name.to_owned(),
                    reason: "the module httpx cannot be imported: No module named 'httpx'".into(),
                    remedy: "/usr/bin/python3 -m pip install httpx".to_owned(),
                })
                .into(),
        }
    }

    #[test]
    fn lists_strategies_and_what_is_missing() {
        let hello = hello();
        let program = PathBuf::from("/usr/bin/python3");
        let command = ProcessCommand::new(&program, &[]);
        let driver = HostDriver { host: "python".to_owned(), program, command, hello };
        let absence = Absence {
            reason: "there is no program node on PATH".to_owned(),
            remedy: "install Node.js 18 or newer (on Debian and Ubuntu: apt install nodejs), or \
                     name one with --node"
                .to_owned(),
        };
        let absent = AbsentHost { host: "node".to_owned(), absence };
        let text = strategies(&[driver], &[absent], Style::default());
        insta::assert_snapshot!(text, @"
        python: /usr/bin/python3
            requests 2.12.900, urllib3 2.12.900 (from urllib3-future), aiohttp 2.12.900,
            certifi 2.12.900

        requests/threads
            one session of requests, shared by the threads of the event loop's default
            executor
            session=cold  whether each batch opens and closes a session of its own, with
                          all that belongs to it
                          cold or warm
            workers=6     how many threads there are
                          a number from 1 up

        httpx/threads, httpx/async: missing
            the module httpx cannot be imported: No module named 'httpx'
            to get it: /usr/bin/python3 -m pip install httpx

        node: not available
            there is no program node on PATH
            to get it: install Node.js 18 or newer (on Debian and Ubuntu: apt install
            nodejs), or name one with --node
        ");
    }
}
