//! The socket witness beside the endpoint's: both count the same in every trial, whatever the client.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use model::recording::Recording;
use model::socket::{SocketConnection, SocketRequest, SocketWitness};
use model::time::Span;
use model::trial::{Outcome, Trial};
use model::witness::{ConnectionRow, RequestRow, Witness};

use crate::provision;
use crate::python::python_or_return;
use crate::support::{BARE, Program, Server};

const ALL_LIBRARIES: &str = "requests/threads,aiohttp/async,httpx/threads,urllib3/threads,fetch/concurrent,\
                             niquests/threads,pycurl/multi,curl_cffi/async,http/agent,\
                             ureq/threads,hyper/async";

/// What both witnesses know of a connection.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Known {
    requests: u64,
    tls: Option<(String, bool)>,
}

/// Records a batch of four with each arm in four blocks. Each must succeed.
fn record(words: &[&str]) -> Recording {
    let usual = ["-n", "4", "-b", "4"];
    let program = Program::new();
    let (ended, recording) = program.record(&[words, &usual, &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    recording
}

fn counted(recording: &Recording) -> impl Iterator<Item = &Trial> {
    recording.trials.iter().filter(|trial| trial.place().is_some())
}

/// Both witnesses of every counted trial agree.
fn assert_agreement(recording: &Recording) {
    let mut compared = 0;
    for trial in counted(recording) {
        let seen = trial.socket.as_deref().expect("the socket witness is on");
        let endpoint = trial.witness.as_ref().expect("the endpoint is the program's own");
        assert!(matches!(trial.outcome, Outcome::Ran(_)), "{}", trial.arm);
        assert_eq!(seen.dropped, 0);
        assert_same_connections(trial, seen, endpoint);
        assert_same_requests(trial, seen, endpoint);
        compared += 1;
    }
    assert!(compared > 0);
}

fn assert_same_connections(trial: &Trial, seen: &SocketWitness, endpoint: &Witness) {
    let of_socket = |row: &SocketConnection| Known {
        requests: row.requests,
        tls: row.tls.as_ref().map(|tls| (tls.version.clone(), tls.resumed)),
    };
    let of_endpoint = |row: &ConnectionRow| Known {
        requests: row.requests,
        tls: row.tls.as_ref().map(|tls| (tls.version.clone(), tls.resumed)),
    };
    let opened = |row: &&SocketConnection| row.connecting.is_some();
    let mut left: Vec<Known> = seen.connections.iter().filter(opened).map(of_socket).collect();
    let mut right: Vec<Known> = endpoint.connections.iter().map(of_endpoint).collect();
    left.sort();
    right.sort();
    assert_eq!(left, right, "{}: {seen:#?}", trial.arm);
    for connection in seen.connections.iter().filter(opened) {
        let order =
            [connection.connecting, connection.connected, connection.securing, connection.secured];
        let times: Vec<Span> = order.into_iter().flatten().collect();
        assert!(times.is_sorted() && times.len() >= 2, "{}: {connection:#?}", trial.arm);
        assert!(
            connection.bytes_out > 0 && connection.bytes_in > 0,
            "{}: {connection:#?}",
            trial.arm
        );
    }
}

fn assert_same_requests(trial: &Trial, seen: &SocketWitness, endpoint: &Witness) {
    assert_eq!(seen.requests.len(), endpoint.requests.len(), "{}: {seen:#?}", trial.arm);
    let by_path: BTreeMap<&str, &RequestRow> =
        endpoint.requests.iter().map(|row| (row.path.as_str(), row)).collect();
    for request in &seen.requests {
        let order =
            [Some(request.writing), Some(request.sent), request.first_byte, request.last_byte];
        assert!(order.is_sorted(), "{}: {request:#?}", trial.arm);
        let Some(path) = &request.path else { continue };
        let row = by_path.get(path.as_str()).expect("the endpoint has this path");
        assert_eq!(request.method, row.method, "{}", trial.arm);
        assert_eq!(request.status, Some(row.status), "{}", trial.arm);
        assert!(request.bytes_in > row.body_bytes, "{}: {request:#?}", trial.arm);
        assert!(request.item.is_some_and(|item| format!("/todos/{}", item + 1) == *path));
    }
}

/// Whether every request of the arms shows its path.
fn shows_paths(recording: &Recording, name: &str) -> bool {
    let of_arm = |trial: &&Trial| trial.arm.0.starts_with(name);
    let mut requests = counted(recording)
        .filter(of_arm)
        .flat_map(|trial| trial.socket.as_deref().map_or(&[][..], |seen| &seen.requests));
    requests.all(|request: &SocketRequest| request.path.is_some())
}

#[test]
fn counts_what_the_endpoint_counts_over_tls() {
    let python = python_or_return!();
    if provision::node().is_none() {
        return;
    }
    let recording = record(&["-s", ALL_LIBRARIES, "--python", &python]);
    assert_agreement(&recording);
    for name in ["requests", "aiohttp", "httpx", "urllib3"] {
        assert!(shows_paths(&recording, name), "{name}");
    }
}

#[test]
fn counts_what_the_endpoint_counts_without_tls() {
    let python = python_or_return!();
    if provision::node().is_none() {
        return;
    }
    let recording =
        record(&["-s", ALL_LIBRARIES, "--python", &python, "--link", "rtt=1ms,tls=off"]);
    assert_agreement(&recording);
    assert!(shows_paths(&recording, ""));
}

#[test]
fn counts_what_the_endpoint_counts_in_warm_sessions() {
    let python = python_or_return!();
    if provision::node().is_none() {
        return;
    }
    let warm = [
        "requests/threads",
        "aiohttp/async",
        "httpx/threads",
        "urllib3/threads",
        "ureq/threads",
        "hyper/async",
    ]
    .map(|name| format!("{name}:session=warm"));
    assert_agreement(&record(&["-s", &warm.join(","), "--python", &python]));
}

#[test]
fn sees_the_children_of_a_command() {
    if provision::curl().is_none() {
        return;
    }
    let one_by_one =
        "for url in {urls}; do curl -s --cacert {cacert} $url -o /dev/null & done; wait";
    let command = format!("apart={one_by_one}");
    let together = "together=curl -s --parallel --cacert {cacert} {urls}";
    let shell = record(&["-s", "command/apart", "--shell", "--command", &command]);
    let plain = record(&["-s", "command/together", "--command", together]);
    for recording in [&shell, &plain] {
        assert_agreement(recording);
        assert!(shows_paths(recording, ""));
    }
    for trial in counted(&shell) {
        let seen = trial.socket.as_deref().expect("the socket witness is on");
        let process = |request: &SocketRequest| seen.threads[request.thread as usize].process;
        let processes: BTreeSet<u32> = seen.requests.iter().map(process).collect();
        assert_eq!(processes.len(), 4, "{seen:#?}");
    }
}

#[test]
fn sees_a_client_of_the_user_that_opens_a_connection_for_each_request() {
    let python = python_or_return!();
    let program = Program::new();
    let code = "import batchmark, requests\n\n\
                @batchmark.strategy\ndef mine(urls):\n    return [requests.get(url).content for url in urls]\n";
    let own = program.write("my.py", code);
    let recording = record(&["-s", "own/mine", "--own", &own, "--python", &python]);
    assert_agreement(&recording);
    for trial in counted(&recording) {
        assert_eq!(trial.socket.as_deref().map(|seen| seen.connections.len()), Some(4));
    }
}

#[test]
fn sees_that_a_client_loads_certificates_before_it_connects() {
    let python = python_or_return!();
    let program = Program::new();
    let code = "import batchmark, ssl, urllib.request\n\n\
                def fetch(url):\n    \
                trusted = ssl.create_default_context()\n    \
                with urllib.request.urlopen(url, context=trusted) as answer:\n        \
                return answer.read()\n\n\
                @batchmark.strategy\ndef mine(urls):\n    return [fetch(url) for url in urls]\n";
    let own = program.write("my.py", code);
    let recording = record(&["-s", "own/mine", "--own", &own, "--python", &python]);
    for trial in counted(&recording) {
        let seen = trial.socket.as_deref().expect("the socket witness is on");
        let loads: Vec<_> = seen.threads.iter().flat_map(|it| &it.certificates).collect();
        assert_eq!(loads.len(), 4, "{seen:#?}");
        for (load, connection) in loads.iter().zip(&seen.connections) {
            assert!(Some(load.to) <= connection.connecting, "{seen:#?}");
        }
    }
}

#[test]
fn records_nothing_without_the_witness() {
    let recording = record(&["-s", "threads", "--no-witness"]);
    assert!(recording.plan.as_ref().is_some_and(|plan| !plan.sockets));
    assert!(counted(&recording).all(|trial| trial.socket.is_none()));
}

#[test]
fn other_preloaded_libraries_stay_loaded() {
    let program = Program::new();
    let file = program.file("recording.jsonl");
    let words =
        ["-s", "command/show", "--command", "show=sh -c 'echo $LD_PRELOAD >&2; exit 3' {urls}"];
    let save = ["--save", file.to_str().expect("a plain path"), "-n", "1", "-b", "1"];
    let ended =
        program.run_with(&[("LD_PRELOAD", "libm.so.6")], &[&words[..], &save, &BARE].concat());
    let text = format!("{}{}", ended.stdout, ended.stderr);
    let is_kept = text.contains("libm.so.6:/") && text.contains("socket-witness.so");
    assert!(is_kept, "{text}");
}

/// The program of the crate's own tests, as a static one; none where that cannot be built.
fn static_client(program: &Program) -> Option<String> {
    const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../socket-witness/tests/client.c");
    let built = program.file("client");
    let mut linked = Command::new("cc");
    linked.args(["-static", SOURCE, "-lpthread", "-o"]).arg(&built);
    let is_built = linked.output().is_ok_and(|output| output.status.success());
    is_built.then(|| built.to_str().expect("a plain path").to_owned())
}

#[test]
fn a_static_program_is_a_caveat() {
    let program = Program::new();
    let Some(client) = static_client(&program) else { return };
    let server = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let (_, port) = server.address.split_once(':').expect("has a port");
    let command = format!("static=sh -c '{client} copied {port}' {{urls}}");
    let url = format!("http://{}/items/1", server.address);
    let words =
        ["-s", "command/static", "--command", &command, "-n", "2", "-b", "1", "--full", &url];
    let ended = program.run(&[&words[..], &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let flat = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentence = "caveat: The socket witness saw no connection of command/static@1: its program is \
                    statically linked";
    assert!(flat.contains(sentence), "{}", ended.stdout);
    assert!(ended.stdout.lines().any(|line| line == "socket witness on"), "{}", ended.stdout);
}
