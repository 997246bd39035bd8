//! `--why` names the lines of the code that the client's time passes on, in trials that do not count.

use std::path::Path;

use evidence::Evidence;
use evidence::account::Charge;
use model::arm::ArmName;
use model::recording::Recording;
use model::trial::{Stage, Trial};
use serde_json::Value;

use crate::provision;
use crate::python::python_or_return;
use crate::support::{BARE, Ended, OwnEndpoint, Program};

const PYTHON: &str = r#"
import asyncio, json, threading, time
from concurrent.futures import ThreadPoolExecutor
from urllib.request import urlopen
import aiohttp
import batchmark

TEXT = json.dumps([{"id": number, "name": "x" * 20} for number in range(20_000)])
LOCK = threading.Lock()


def read(url):
    with urlopen(url) as answer:
        return answer.read()


async def gathered(urls, then):
    async with aiohttp.ClientSession() as session:
        async def one(url):
            async with session.get(url) as answer:
                body = await answer.read()
            then()
            return body
        return await asyncio.gather(*map(one, urls))


def parse():
    json.loads(TEXT)  # parses


@batchmark.strategy
async def parses(urls):
    return await gathered(urls, parse)


def pause():
    time.sleep(0.02)  # blocks


@batchmark.strategy
async def blocks(urls):
    return await gathered(urls, pause)


@batchmark.strategy
async def awaits(urls):
    bodies = []
    async with aiohttp.ClientSession() as session:
        for url in urls:
            async with session.get(url) as answer:
                bodies.append(await answer.read())
            await asyncio.sleep(0.02)  # awaits
    return bodies


def read_locked(url):
    with LOCK:  # locks
        time.sleep(0.02)
        return read(url)


@batchmark.strategy
def locks(urls):
    with ThreadPoolExecutor(len(urls)) as pool:
        return list(pool.map(read_locked, urls))


def read_and_add(url):
    body = read(url)
    total = 0
    for number in range(400_000):
        total += number * number  # adds
    return body


@batchmark.strategy
def adds(urls):
    with ThreadPoolExecutor(len(urls)) as pool:
        return list(pool.map(read_and_add, urls))
"#;

const NODE: &str = r#"
const get = async (url) => (await fetch(url)).text();

export async function busy(urls) {
  const bodies = await Promise.all(urls.map(get));
  let total = 0;
  for (let i = 0; i < 5e7; i += 1) total += i % 7; // busy
  return bodies;
}
"#;

/// A run with `--why`: what it printed, its recording and its analysis.
struct Explained {
    ended: Ended,
    recording: Recording,
    analysis: Value,
}

fn explain(program: &Program, words: &[&str]) -> Explained {
    let json = program.file("analysis.json");
    let json_words = ["--json", json.to_str().expect("a plain path"), "--why", "-b", "4"];
    let (ended, recording) = program.record(&[words, &json_words, &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let text = std::fs::read_to_string(json).expect("was written");
    Explained { ended, recording, analysis: serde_json::from_str(&text).expect("is JSON") }
}

/// The line of an arm's code that has most of what is charged to these causes, as the findings name it.
fn largest(recording: &Recording, arm: &str, charges: &[Charge]) -> String {
    let evidence = Evidence::of_recording(recording).expect("has a plan");
    let arm = evidence.arm(&ArmName(arm.to_owned())).expect("is planned");
    let lines = arm.code_time.lines(charges);
    let line = lines.first().unwrap_or_else(|| panic!("{} has no line", arm.arm.name));
    let library = line.library.map_or(String::new(), |library| format!(" → {library}"));
    format!("{}:{} in {}(){library}", line.file, line.line, line.function)
}

/// The first line of each finding that has one is printed.
fn assert_prints_lines(ended: &Ended, analysis: &Value) {
    let printed = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let findings = analysis["findings"].as_array().expect("are there");
    let lines = findings.iter().filter_map(|finding| finding["lines"].as_array()?.first());
    let places: Vec<&str> = lines.filter_map(|line| line["place"].as_str()).collect();
    assert!(!places.is_empty(), "{findings:#?}");
    for place in places {
        assert!(printed.contains(&format!("- {place}: ")), "{place} is not in {printed}");
    }
}

/// The number of the line with this comment.
fn line_of(source: &str, comment: &str) -> usize {
    let place = source.lines().position(|line| line.ends_with(comment));
    place.expect("the comment is there") + 1
}

fn profiled<'r>(recording: &'r Recording, arm: &str) -> Vec<&'r Trial> {
    let trials = recording.trials.iter();
    trials.filter(|trial| trial.stage == Stage::Profile && trial.arm.0 == arm).collect()
}

#[test]
fn names_the_line_of_python_code_that_takes_the_time() {
    let python = python_or_return!();
    let program = Program::new();
    let endpoint = OwnEndpoint::start(&program, "rtt=1ms,tls=off");
    let url = format!("{}/todos/[1-4]", endpoint.url.trim_end_matches('/'));
    let own = program.write("my.py", PYTHON);
    let strategies = "own/parses,own/blocks,own/awaits,own/locks,own/adds,hyper/async";
    let words = ["--own", &own, "-s", strategies, "-n", "2", "--python", &python, "--full", &url];
    let Explained { ended, recording, analysis } = explain(&program, &words);
    use Charge::{Client, InterpreterLock, Lock, LoopBlocked, Sleep};
    for (arm, charges, comment, place) in [
        ("own/parses@4", &[Client, LoopBlocked][..], "# parses", "in parse() → json.loads"),
        ("own/blocks@4", &[LoopBlocked], "# blocks", "in pause() → time.sleep"),
        ("own/awaits@4", &[Sleep], "# awaits", "in awaits() → asyncio.sleep"),
        ("own/locks@4", &[Lock], "# locks", "in read_locked()"),
        ("own/adds@4", &[Client, InterpreterLock], "# adds", "in read_and_add()"),
    ] {
        let expected = format!("my.py:{} {place}", line_of(PYTHON, comment));
        assert_eq!(largest(&recording, arm, charges), expected, "{arm}");
        assert_eq!(profiled(&recording, arm).len(), 5, "{arm}");
    }
    assert_prints_lines(&ended, &analysis);
    assert_counts_no_profiled_trial(&recording, &analysis);
    let again =
        program.run(&["report", &program.file("recording.jsonl").to_string_lossy(), "--full"]);
    assert_eq!(again.stdout, ended.stdout);
}

/// The profiled trials come last, no arm without a profile has any, and none is counted.
fn assert_counts_no_profiled_trial(recording: &Recording, analysis: &Value) {
    let last_counted = recording.trials.iter().rposition(|trial| trial.place().is_some());
    let first_profiled = recording.trials.iter().position(|trial| trial.stage == Stage::Profile);
    assert!(last_counted < first_profiled, "{last_counted:?} {first_profiled:?}");
    assert!(profiled(recording, "hyper/async@4").is_empty());
    for arm in analysis["arms"].as_array().expect("are there") {
        assert_eq!(arm["describe"]["count"], 2, "{}", arm["arm"]);
    }
}

#[test]
fn names_the_line_of_javascript_code_that_takes_the_time() {
    let Some(_) = provision::node() else { return };
    let program = Program::new();
    let endpoint = OwnEndpoint::start(&program, "rtt=1ms,tls=off");
    let url = format!("{}/todos/[1-4]", endpoint.url.trim_end_matches('/'));
    let own = format!("{}:busy", program.write("my.mjs", NODE));
    let words = ["--own", &own, "-s", "own/busy,hyper/async", "-n", "8", "--full", &url];
    let Explained { ended, recording, analysis } = explain(&program, &words);
    let charges = [Charge::Client, Charge::LoopBlocked];
    let expected = format!("my.mjs:{} in busy()", line_of(NODE, "// busy"));
    assert_eq!(largest(&recording, "own/busy@4", &charges), expected);
    assert_prints_lines(&ended, &analysis);
}

#[test]
fn names_the_function_of_a_client_library_that_takes_the_time() {
    let python = python_or_return!();
    let program = Program::new();
    let words = ["-s", "httpx/async", "-n", "1", "--link", "rtt=0", "--python", &python];
    let Explained { recording, .. } = explain(&program, &words);
    let place = largest(&recording, "httpx/async@4", &Charge::OF_CLIENT);
    let (file, rest) = place.split_once(':').expect("has a line");
    assert_eq!(Path::new(file), Path::new("httpx/_config.py"), "{place}");
    assert!(rest.ends_with("in create_ssl_context() → ssl.create_default_context"), "{place}");
}

#[test]
fn profiles_nothing_without_why_or_without_the_socket_witness() {
    let Some(_) = provision::node() else { return };
    let program = Program::new();
    let own = format!("{}:busy", program.write("my.mjs", NODE));
    let common = ["--own", &own, "-s", "own/busy", "-n", "1", "-b", "2", "--link", "rtt=0,tls=off"];
    for words in [&[][..], &["--why", "--no-witness"]] {
        let (ended, recording) = program.record(&[&common[..], words, &BARE].concat());
        assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
        assert!(profiled(&recording, "own/busy@2").is_empty(), "{words:?}");
        assert!(recording.plan.is_some_and(|plan| plan.profiled.is_empty()), "{words:?}");
    }
}
