//! JSON Schemas of what others read: generated from the types and committed in `docs/`.

use schemars::JsonSchema;

/// The JSON Schema of `T`, as the text of a file.
pub fn text_of<T: JsonSchema>() -> String {
    let schema = schemars::schema_for!(T);
    let mut text =
        serde_json::to_string_pretty(&schema).expect("a schema is JSON, with strings for keys");
    text.push('\n');
    text
}
