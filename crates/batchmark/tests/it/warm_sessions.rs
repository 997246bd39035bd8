//! A warm session keeps its connections while other arms run, however long that takes.

use crate::provision;
use crate::python::python_or_return;
use crate::support::{BARE, Program};

/// Longer than httpx, undici and Node's own agents keep an idle connection by default.
const OTHER: &str = "other=sh -c 'sleep 5.5' x {urls}";

#[test]
fn no_connection_is_closed_because_other_arms_run() {
    let python = python_or_return!();
    let Some(packages) = provision::node_packages() else { return };
    let clients = [
        "httpx/async",
        "httpx2/async",
        "fetch/concurrent",
        "undici/request",
        "axios/concurrent",
        "got/concurrent",
    ];
    let arms: Vec<String> = clients.iter().map(|client| format!("{client}:session=warm")).collect();
    let program = Program::new();
    let file = program.file("recording.jsonl");
    let save = file.to_str().expect("a plain path");
    let arms = format!("{},command/other", arms.join(","));
    let words = ["-s", &arms, "--command", OTHER, "-b", "2", "-n", "2", "--link", "tls=off"];
    let words = [&words[..], &["--python", &python, "--save", save], &BARE].concat();
    let ended = program.run_with(&[("NODE_PATH", &packages)], &words);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let recording = crate::support::read_recording(&file);
    let opened = |client: &str| -> Vec<usize> {
        let trials = recording.trials.iter().filter(|trial| trial.arm.0.starts_with(client));
        let witnesses = trials.filter_map(|trial| trial.witness.as_ref());
        witnesses.map(|witness| witness.connections.len()).collect()
    };
    for client in clients {
        let opened = opened(client);
        let (first, later) = opened.split_at(1);
        assert!(first[0] > 0, "{client}: {opened:?}");
        assert!(later.len() > 1 && later.iter().all(|&count| count == 0), "{client}: {opened:?}");
    }
}
