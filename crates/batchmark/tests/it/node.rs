//! Node's fetch, driven by the Node that is here.

use crate::provision;
use crate::support::{BARE, Program};

#[test]
fn the_driver_for_node_is_a_correct_one() {
    let Some(node) = provision::node() else { return };
    let ended = Program::new().run(&["driver-check", "--host", "node", "--node", node]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(!ended.stdout.contains("WRONG"), "{}", ended.stdout);
}

#[test]
fn fetch_is_measured_over_tls() {
    let Some(_) = provision::node() else { return };
    let program = Program::new();
    let words = ["-s", "fetch/sequential,fetch/concurrent", "-b", "2", "-n", "2"];
    let (ended, recording) = program.record(&[&words[..], &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let drivers: Vec<&str> =
        recording.header.drivers.iter().map(|hello| hello.driver.as_str()).collect();
    assert_eq!(drivers, ["node"]);
    assert_eq!(recording.facts.len(), 2, "{:?}", recording.facts);
}

#[test]
fn a_node_that_is_not_there_or_too_old_is_told() {
    let program = Program::new();
    let ended = program.run(&["-s", "fetch/sequential", "--node", "/nonexistent/node"]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("there is no program /nonexistent/node"), "{}", ended.stderr);
    assert!(ended.stderr.contains("install Node.js 18 or newer"), "{}", ended.stderr);
    let Some(node) = provision::node() else { return };
    // The same Node, which says that it is another.
    let disguise = program.write(
        "disguise.cjs",
        "Object.defineProperty(process, 'versions', \
         { value: { ...process.versions, node: '16.20.2' } });\n\
         Object.defineProperty(process, 'version', { value: 'v16.20.2' });\n",
    );
    let script = format!("#!/bin/sh\nexec {node} --require {disguise} \"$@\"\n");
    let old = program.script("node16", &script);
    let ended = program.run(&["-s", "fetch/sequential", "--node", &old]);
    assert_eq!(ended.code, Some(2), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains("16.20.2"), "{}", ended.stderr);
    assert!(ended.stderr.contains("18 or newer"), "{}", ended.stderr);
}
