//! Checks `docs/driver-protocol.md` against the types: every line of JSON in it is a message, and it
//! mentions everything that the types define.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Message, schema};

const DOCUMENT: &str = include_str!("../../../../docs/driver-protocol.md");

/// The lines of the JSON blocks in the document.
fn examples() -> Vec<Value> {
    let mut is_json = false;
    let mut examples = Vec::new();
    for line in DOCUMENT.lines() {
        match line {
            "```json" => is_json = true,
            "```" => is_json = false,
            _ if is_json => {
                examples.push(serde_json::from_str(line).unwrap_or_else(|error| {
                    panic!("{line:?} is not JSON: {error}");
                }));
            }
            _ => {}
        }
    }
    examples
}

/// The names of fields in the schema, and the codes of its variants.
#[derive(Default)]
struct Names {
    operations: BTreeSet<String>,
    columns: BTreeSet<String>,
    all: BTreeSet<String>,
}

impl Names {
    fn of_the_types() -> Self {
        let schema: Value = serde_json::from_str(&schema()).expect("a schema is JSON");
        let mut names = Self::default();
        names.gather(&schema);
        names.columns.extend(keys(&schema["$defs"]["Columns"]["properties"]));
        names
    }

    fn gather(&mut self, schema: &Value) {
        let words = |value: &Value| -> Vec<String> {
            let list = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            list.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
        };
        self.operations.extend(words(&schema["properties"]["op"]["const"]));
        self.all.extend(words(&schema["const"]).into_iter().chain(words(&schema["enum"])));
        self.all.extend(keys(&schema["properties"]));
        match schema {
            Value::Object(parts) => parts.values().for_each(|part| self.gather(part)),
            Value::Array(parts) => parts.iter().for_each(|part| self.gather(part)),
            _ => {}
        }
    }
}

fn keys(object: &Value) -> Vec<String> {
    object.as_object().into_iter().flat_map(|object| object.keys().cloned()).collect()
}

#[test]
fn writes_every_documented_example() {
    for example in examples() {
        let message: Message = serde_json::from_value(example.clone())
            .unwrap_or_else(|error| panic!("{example} is no message: {error}"));
        let written = serde_json::to_value(&message).expect("serialises");
        assert_eq!(written, example, "{message:?}");
    }
}

#[test]
fn documents_every_operation_with_an_example() {
    let shown: BTreeSet<String> =
        examples().iter().filter_map(|example| example["op"].as_str().map(str::to_owned)).collect();
    let known = Names::of_the_types().operations;
    assert!(known.len() >= 8, "{known:?}");
    assert_eq!(shown, known);
}

#[test]
fn documents_every_column() {
    let defined: BTreeSet<String> = DOCUMENT
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name.to_owned())
        .collect();
    let known = Names::of_the_types().columns;
    assert!(known.contains("first_byte"), "{known:?}");
    let missing: Vec<&String> = known.difference(&defined).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn documents_every_name_of_the_schema() {
    let known = Names::of_the_types().all;
    assert!(known.contains("time_limit") && known.contains("bad_target"), "{known:?}");
    let missing: Vec<&String> =
        known.iter().filter(|name| !DOCUMENT.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
