//! Batches that are too large to keep every request: sampled by a driver that can, and by the runner for one that cannot.

use std::fs;

use model::recording::Recording;
use model::trial::{Outcome, Trial};
use report::export::Format;

use crate::exports::every_format;
use crate::support::Program;

const RUN: [&str; 9] =
    ["-n", "2", "-b", "300", "--no-controls", "--sample-beyond", "100", "--link", "rtt=0,tls=off"];

fn recorded(program: &Program) -> Recording {
    let text = fs::read(program.last_recording()).expect("was recorded");
    Recording::read(text.as_slice()).expect("is a recording")
}

/// Asserts what is known of a sampled trial of 300 requests.
fn assert_sampled(trial: &Trial) {
    let Outcome::Ran(run) = &trial.outcome else { panic!("was lost: {trial:?}") };
    let sampled = run.sampled.as_ref().expect("is sampled");
    assert_eq!((sampled.totals.requests, sampled.totals.failed()), (300, 0));
    assert_eq!(sampled.stretch.requests, 100);
    assert!(sampled.from + sampled.length <= run.batch_time());
    assert_eq!(run.columns.requests(), Some(100));
    let latencies = sampled.totals.latency.as_ref().expect("was observed").unpack();
    assert_eq!(latencies.expect("is a histogram").len(), 300);
    let witness = trial.witness.as_ref().expect("the endpoint is ours");
    let totals = witness.totals.as_ref().expect("is sampled");
    assert_eq!(totals.requests.iter().map(|total| total.requests).sum::<u64>(), 300);
    assert_eq!(witness.requests.len(), 100);
    assert!(trial.socket.is_none());
}

#[test]
fn a_large_batch_is_sampled_and_every_reader_copes() {
    let program = Program::new();
    let files = every_format(&program, "files");
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let ended = program.run(&[&RUN[..], &["-s", "floor/async,hyper/async"], &files].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let recording = recorded(&program);
    recording.trials.iter().for_each(assert_sampled);
    let reported = program.run(&["report"]);
    assert_eq!(reported.stdout, ended.stdout, "{}", reported.stderr);
    let full = program.run(&["report", "--full"]);
    let sentence = "findings from 100 requests in a row of each trial";
    let words: Vec<&str> = full.stdout.split_whitespace().collect();
    assert!(words.join(" ").contains(sentence), "{}", full.stdout);
    let rows = fs::read_to_string(program.file(&format!("files/{}", Format::CsvRequests)));
    assert_eq!(rows.expect("is written").lines().count(), 1 + 100 * recording.trials.len());
    let last = program.last_recording();
    let last = last.to_str().expect("a plain path");
    let compared = program.run(&["compare", last, last]);
    assert_eq!(compared.code, Some(0), "{}", compared.stderr);
    // Whether the replay is close enough to predict anything depends on the machine.
    let whatif = program.run(&["whatif", "--set", "concurrency=8"]);
    assert!(matches!(whatif.code, Some(0 | 1)), "{}{}", whatif.stdout, whatif.stderr);
}

#[test]
fn the_plan_names_the_size_beyond_which_trials_are_sampled() {
    let program = Program::new();
    let shown = |words: &[&str]| program.run(&[&["run", "--dry-run"][..], words].concat()).stdout;
    assert!(shown(&[]).contains("sample-beyond = 50000"), "{}", shown(&[]));
    assert!(shown(&["--sample-beyond", "7"]).contains("sample-beyond = 7"));
    let refused = program.run(&["--sample-beyond", "100001", "-n", "1"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
}
