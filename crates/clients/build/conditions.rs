//! Turns `drivers/conditions.json` into a constant table, so that a mistake in the file fails the
//! build and never a run. `src/conditions/definition.rs` defines the types of the table.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Condition {
    summary: String,
    default: Default,
    values: Values,
    #[serde(default)]
    variants: Vec<Variant>,
}

/// What differs for some clients; an absent field keeps the condition's own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Variant {
    clients: Vec<String>,
    summary: Option<String>,
    default: Option<Default>,
    values: Option<Values>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Default {
    Value(String),
    PerCpu { cpus_plus: usize, at_most: usize },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    #[serde(default)]
    words: Vec<String>,
    count_from: Option<u64>,
    time_after: Option<String>,
}

/// The Rust expression of all conditions: a slice of `Condition`.
pub(crate) fn table(json: &str) -> String {
    let conditions: BTreeMap<String, Condition> =
        serde_json::from_str(json).unwrap_or_else(|error| panic!("conditions.json: {error}"));
    let rows: String = conditions.iter().map(|(name, condition)| row(name, condition)).collect();
    format!("&[{rows}]")
}

fn row(name: &str, condition: &Condition) -> String {
    let Condition { summary, default, values, variants } = condition;
    let general = definition(summary, default, values);
    let variants: String = variants
        .iter()
        .map(|variant| {
            let definition = definition(
                variant.summary.as_ref().unwrap_or(summary),
                variant.default.as_ref().unwrap_or(default),
                variant.values.as_ref().unwrap_or(values),
            );
            let clients = &variant.clients;
            format!("Variant {{ clients: &{clients:?}, definition: {definition} }}, ")
        })
        .collect();
    format!("Condition {{ name: {name:?}, general: {general}, variants: &[{variants}] }},\n")
}

fn definition(summary: &str, default: &Default, values: &Values) -> String {
    let default = match default {
        Default::Value(value) => format!("DefaultValue::Fixed({value:?})"),
        Default::PerCpu { cpus_plus, at_most } => {
            format!("DefaultValue::PerCpu {{ cpus_plus: {cpus_plus}, at_most: {at_most} }}")
        }
    };
    let Values { words, count_from, time_after } = values;
    format!(
        "Definition {{ summary: {summary:?}, default: {default}, words: &{words:?}, \
         count_from: {count_from:?}, time_after: {time_after:?} }}"
    )
}
