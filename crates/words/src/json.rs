//! JSON for people and programs: indented, ending in a line break.

use serde::Serialize;

/// A value as JSON. Its maps must have texts for keys; what is no number becomes null.
pub fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value)
        .expect("keys are texts, and no value refuses to be serialised");
    text.push('\n');
    text
}
