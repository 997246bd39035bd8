//! All drivers describe a condition as `drivers/conditions.json` defines it.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use model::driver_protocol::{DriverHello, Reply};
use model::strategy::ConditionSpec;
use serde_json::{Map, Value};

use crate::provision;
use crate::support::program_path;

const DEFINITIONS: &str = include_str!("../../../../drivers/conditions.json");

/// A driver, and the line that it reads before `hello`.
struct DriverProcess {
    command: Command,
    first_line: &'static str,
}

/// The driver's answer to `hello`.
fn hello(DriverProcess { command, first_line }: &mut DriverProcess) -> DriverHello {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the driver starts");
    let mut input = child.stdin.take().expect("stdin is piped");
    input.write_all(first_line.as_bytes()).expect("the driver reads");
    input.write_all(b"{\"op\":\"hello\",\"protocol\":1}\n").expect("the driver reads");
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("stdout is piped"));
    output.read_line(&mut line).expect("the driver answers");
    drop(input);
    child.wait().expect("the driver ends with its input");
    match serde_json::from_str(&line) {
        Ok(Reply::Hello(hello)) => hello,
        other => panic!("{other:?}: {line}"),
    }
}

/// How many drivers there are.
const DRIVERS: usize = 6;

/// The drivers that this machine can run: all of them where `CI` is `true`.
fn drivers() -> Vec<DriverProcess> {
    const COMMANDS: &str =
        "[{\"name\":\"it\",\"words\":[\"true\"],\"null\":[\"true\"],\"shell\":false}]\n";
    let mut built_in = Command::new(program_path());
    built_in.arg("driver");
    let mut commands = Command::new(program_path());
    commands.arg("command-driver");
    let python = provision::python().map(|python| {
        let mut driver = Command::new(python);
        let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../../drivers/python/tests/support.py");
        // Any function will do: nothing is prepared.
        let own = format!("{own}:served");
        driver
            .args(["-B", "-m", "batchmark.driver", "--own", &own])
            .current_dir(provision::PACKAGE);
        driver
    });
    let node = provision::node().map(|node| {
        let mut driver = Command::new(node);
        driver.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../drivers/node/driver.mjs"));
        driver.env("NODE_PATH", provision::node_packages().unwrap_or_default());
        driver
    });
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/../../drivers");
    let go = provision::go().map(|go| {
        let mut driver = Command::new(go);
        driver.args(["run", "main.go", "conditions.json"]).current_dir(format!("{sources}/go"));
        driver.envs([("CGO_ENABLED", "0"), ("GOFLAGS", "-mod=mod")]);
        driver
    });
    let java = provision::java().map(|java| {
        let mut driver = Command::new(java);
        driver.args(provision::JAVA_BRIEFLY).args(["Host.java", "conditions.json"]);
        driver.current_dir(format!("{sources}/java"));
        driver
    });
    let speaking = |command: Command| DriverProcess { command, first_line: "" };
    let commands = DriverProcess { command: commands, first_line: COMMANDS };
    let others = [python, node, go, java].into_iter().flatten().map(speaking);
    [speaking(built_in), commands].into_iter().chain(others).collect()
}

/// The definition of a condition for a client: the general one, with the client's variant over it.
fn defined(definitions: &Value, name: &str, client: &str) -> Map<String, Value> {
    let mut definition = definitions[name].as_object().expect("it is defined").clone();
    let variants = definition.remove("variants").unwrap_or_default();
    let is_for_client = |variant: &&Value| {
        let clients = variant["clients"].as_array().expect("a list");
        clients.iter().any(|each| each == client)
    };
    let variant = variants.as_array().into_iter().flatten().find(is_for_client);
    definition.extend(variant.and_then(Value::as_object).cloned().unwrap_or_default());
    definition.remove("clients");
    definition.insert("name".to_owned(), Value::from(name));
    definition
}

/// Checks that a driver's condition is the defined one. A default that depends on the number of
/// CPUs is checked against its bounds, because each language counts the CPUs in its own way.
fn assert_defined(definitions: &Value, spec: &ConditionSpec, client: &str) {
    let mut expected = defined(definitions, &spec.name, client);
    if let Some(bounds) = expected["default"].as_object() {
        let (least, most) = (bounds["cpus_plus"].as_u64(), bounds["at_most"].as_u64());
        let default = spec.default.parse::<u64>().ok();
        assert!(least < default && default <= most, "{client}: {spec:?}");
        expected.insert("default".to_owned(), Value::from(spec.default.as_str()));
    }
    let described = serde_json::to_value(spec).expect("serialises");
    assert_eq!(described, Value::Object(expected), "{client}");
}

#[test]
fn every_driver_describes_conditions_as_they_are_defined() {
    let definitions: Value = serde_json::from_str(DEFINITIONS).expect("the file is JSON");
    let drivers = drivers();
    let count = drivers.len();
    let mut described = BTreeSet::new();
    for mut driver in drivers {
        let hello = hello(&mut driver);
        assert!(!hello.strategies.is_empty(), "{} offers no strategy", hello.driver);
        for strategy in hello.strategies {
            let (client, _) = strategy.name.split_once('/').expect("a client and a mode");
            for spec in &strategy.conditions {
                assert_defined(&definitions, spec, client);
                described.insert((spec.name.clone(), client.to_owned()));
            }
        }
    }
    if count == DRIVERS && provision::node_packages().is_some() {
        assert_eq!(unused(&definitions, &described), Vec::<String>::new());
    }
}

/// The conditions, and the clients of variants, that no driver describes.
fn unused(definitions: &Value, described: &BTreeSet<(String, String)>) -> Vec<String> {
    let mut unused = Vec::new();
    for (name, definition) in definitions.as_object().expect("an object") {
        // A driver offers `uvloop` only where that package is installed.
        if name != "uvloop" && !described.iter().any(|(used, _)| used == name) {
            unused.push(name.clone());
        }
        let variants = definition["variants"].as_array();
        for variant in variants.into_iter().flatten() {
            for client in variant["clients"].as_array().expect("a list") {
                let client = client.as_str().expect("a name").to_owned();
                // A driver offers Dask's strategy only where a cluster is named.
                if client != "dask" && !described.contains(&(name.clone(), client.clone())) {
                    unused.push(format!("{name} of {client}"));
                }
            }
        }
    }
    unused
}
