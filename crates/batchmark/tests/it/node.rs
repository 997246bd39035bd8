//! Node's fetch, measured with the Node that is installed here, and the driver's own tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::provision;
use crate::support::{BARE, Program, succeed};

#[test]
fn the_node_driver_passes_its_own_tests() {
    let (Some(node), Some(packages)) = (provision::node(), provision::node_packages()) else {
        return;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../drivers/node");
    let entries = folder.join("test").read_dir().expect("the driver has tests");
    let files = entries.map(|entry| entry.expect("a file").path());
    let tests: Vec<PathBuf> =
        files.filter(|file| file.extension().is_some_and(|is| is == "mjs")).collect();
    let mut command = Command::new(node);
    command.arg("--test").args(tests).current_dir(folder);
    succeed(command.env_remove("NODE_OPTIONS").env("NODE_PATH", packages));
}

#[test]
fn the_node_driver_passes_driver_check() {
    let (Some(node), Some(packages)) = (provision::node(), provision::node_packages()) else {
        return;
    };
    let words = ["driver-check", "--host", "node", "--node", node];
    let ended = Program::new().run_with(&[("NODE_PATH", &packages)], &words);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(!ended.stdout.contains("WRONG"), "{}", ended.stdout);
    for name in ["fetch/", "undici/", "axios/", "got/", "http/"] {
        assert!(ended.stdout.contains(name), "{name} is not checked: {}", ended.stdout);
    }
}

#[test]
fn lists_packages_of_node_that_are_missing_with_the_command_that_installs_them() {
    let Some(_) = provision::node() else { return };
    let nowhere = Program::new().run_with(&[("NODE_PATH", "/nonexistent")], &["strategies"]);
    assert_eq!(nowhere.code, Some(0), "{}", nowhere.stderr);
    for name in ["undici", "axios", "got"] {
        let command = format!("to get it: npm install {name}");
        assert!(nowhere.stdout.contains(&command), "{command} is missing in {}", nowhere.stdout);
    }
    let Some(packages) = provision::node_packages() else { return };
    let found = Program::new().run_with(&[("NODE_PATH", &packages)], &["strategies"]);
    assert!(found.stdout.contains("npm axios 1."), "{}", found.stdout);
    assert!(!found.stdout.contains("npm install"), "{}", found.stdout);
}

#[test]
fn a_run_measures_fetch_over_tls() {
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
fn a_run_names_a_node_that_is_missing_or_too_old() {
    let program = Program::new();
    let ended = program.run(&["-s", "fetch/sequential", "--node", "/nonexistent/node"]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("there is no program /nonexistent/node"), "{}", ended.stderr);
    assert!(ended.stderr.contains("install Node.js 18 or newer"), "{}", ended.stderr);
    let Some(node) = provision::node() else { return };
    // The same Node, pretending to be an old one.
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

#[test]
fn fetch_sends_another_host_header_over_tls() {
    let Some(_) = provision::node() else { return };
    let words = ["-s", "fetch/sequential", "-b", "2", "-n", "1", "-H", "Host: api.example"];
    let ended = Program::new().run(&[&words[..], &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
}
