//! What `batchmark doctor` found: a line or more for each point, under the title of its topic.

use words::checkup::{Checkup, Point, Remedy, State, Topic};

use crate::strategies::version_list;
use crate::style::{Ink, Style};
use crate::text;

/// The most columns, also on a wider terminal: sentences are read better in short lines.
const COLUMNS: usize = 100;
/// Where the names and what was found begin.
const NAME: usize = 9;
const FOUND: usize = 28;

/// All points, and a line that counts what is missing. What the system or a program says is shown without its
/// control characters.
pub fn doctor(checkup: &Checkup, style: Style) -> String {
    let mut lines = Vec::new();
    for points in checkup.points.chunk_by(|one, next| one.topic == next.topic) {
        lines.push(style.paint(title(points[0].topic), Ink::Heading));
        lines.extend(points.iter().flat_map(|point| point_lines(point, style)));
        lines.push(String::new());
    }
    lines.extend(text::wrap(&ending(checkup), style.columns().min(COLUMNS), 0));
    lines.join("\n") + "\n"
}

const fn title(topic: Topic) -> &'static str {
    match topic {
        Topic::Machine => "Machine",
        Topic::Programs => "Programs and libraries",
        Topic::SocketWitness => "Socket witness (sees the system calls of any client)",
    }
}

fn point_lines(point: &Point, style: Style) -> Vec<String> {
    let columns = style.columns().min(COLUMNS);
    let beside = |text: &str| text::wrap(text, columns, FOUND);
    let mut found = beside(&point.found);
    found.extend(
        version_list(&point.versions, columns - FOUND).iter().flat_map(|line| beside(line)),
    );
    match &point.remedy {
        Some(Remedy::Advice(advice)) => found.extend(beside(&format!("-> {advice}"))),
        Some(Remedy::Command(command)) => {
            found.push(text::command(&format!("-> {command}"), NAME));
        }
        None => {}
    }
    let mut lines = text::wrap(&point.name, columns, NAME);
    let fits = lines.len() == 1 && text::width(&lines[0]) + 2 <= FOUND;
    if fits && !found.is_empty() {
        lines[0] = format!("{:FOUND$}{}", lines[0], found.remove(0).trim_start());
    }
    lines.extend(found);
    if let Some(first) = lines.first_mut() {
        let state = style.paint(point.state.name(), ink(point.state));
        let gap = NAME - text::width(point.state.name());
        *first = format!("{state}{:gap$}{}", "", first.trim_start());
    }
    lines
}

const fn ink(state: State) -> Ink {
    match state {
        State::Good => Ink::Good,
        State::Note => Ink::Unsure,
        State::Missing => Ink::Bad,
    }
}

fn ending(checkup: &Checkup) -> String {
    let count = |state| checkup.points.iter().filter(|point| point.state == state).count();
    let (missing, notes) = (count(State::Missing), count(State::Note));
    match missing + notes {
        0 => "Nothing is missing.".to_owned(),
        _ => format!(
            "{missing} missing, {}. None of it prevents a run without arguments: batchmark",
            words::list::counted(notes, "note")
        ),
    }
}

#[cfg(test)]
mod tests {
    use model::driver_protocol::ModuleVersion;

    use super::*;

    fn point(topic: Topic, name: &str, state: State, found: &str, remedy: Option<Remedy>) -> Point {
        Point {
            topic,
            name: name.to_owned(),
            state,
            found: found.to_owned(),
            versions: Vec::new(),
            remedy,
        }
    }

    fn checkup() -> Checkup {
        let version = |module: &str| ModuleVersion {
            module: module.to_owned(),
            version: "2.12.900".to_owned(),
            distribution: None,
        };
        let python = Point {
            versions: ["requests", "urllib3", "aiohttp", "certifi", "h11", "httpcore", "trio"]
                .map(version)
                .into(),
            ..point(Topic::Programs, "python", State::Good, "/usr/bin/python3", None)
        };
        let names = "httpx/sequential, httpx/threads, httpx/async, httpx2/threads";
        let pip = "/home/somebody/environment/bin/python3 -m pip install httpx";
        let pip = Some(Remedy::Command(pip.to_owned()));
        let points = vec![
            point(Topic::Machine, "cores", State::Good, "2 (A CPU)", None),
            point(
                Topic::Machine,
                "virtual machine",
                State::Note,
                "yes (evil\x1b[2J vendor)",
                Some(Remedy::Advice(
                    "other guests may take its cores: repeat a run later before you trust a small \
                      difference"
                        .to_owned(),
                )),
            ),
            python,
            point(Topic::Programs, names, State::Missing, "there is no module httpx", pip),
        ];
        Checkup::new("1.2.3", points)
    }

    #[test]
    fn shows_each_point_with_what_to_type() {
        let style = Style { width: 200, ..Style::default() };
        let text = doctor(&checkup(), style);
        assert!(text.lines().all(|line| line.chars().count() <= COLUMNS), "{text}");
        insta::assert_snapshot!(text, @"
        Machine
        ok       cores              2 (A CPU)
        note     virtual machine    yes (evil [2J vendor)
                                    -> other guests may take its cores: repeat a run later before you trust
                                    a small difference

        Programs and libraries
        ok       python             /usr/bin/python3
                                    requests 2.12.900, urllib3 2.12.900, aiohttp 2.12.900, certifi 2.12.900,
                                    h11 2.12.900, httpcore 2.12.900, trio 2.12.900
        missing  httpx/sequential, httpx/threads, httpx/async, httpx2/threads
                                    there is no module httpx
                 -> /home/somebody/environment/bin/python3 -m pip install httpx

        1 missing, 1 note. None of it prevents a run without arguments: batchmark
        ");
    }

    #[test]
    fn fits_a_narrow_terminal() {
        let style = Style { width: 60, ..Style::default() };
        let text = doctor(&checkup(), style);
        let command = "         -> /home/somebody/environment/bin/python3 -m pip install httpx";
        assert!(text.lines().any(|line| line == command), "{text}");
        let mut others = text.lines().filter(|line| *line != command);
        assert!(others.all(|line| line.chars().count() <= 60), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn says_that_nothing_is_missing() {
        let good = vec![point(Topic::Machine, "cores", State::Good, "2", None)];
        let text = doctor(&Checkup::new("1.2.3", good), Style::default());
        assert!(text.ends_with("Nothing is missing.\n"), "{text}");
    }
}
