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

/// Asserts that a file in `docs/` holds the schema of `T`. With `UPDATE_SCHEMAS=1` in the environment,
/// writes the file first.
#[cfg(any(test, feature = "testing"))]
pub fn assert_committed<T: JsonSchema>(name: &str) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    let text = text_of::<T>();
    if std::env::var_os("UPDATE_SCHEMAS").is_some_and(|value| value == "1") {
        std::fs::write(&file, &text).expect("the file can be written");
    }
    let committed = std::fs::read_to_string(&file).expect("the file can be read");
    assert!(committed == text, "run this test with UPDATE_SCHEMAS=1 and commit docs/{name}");
}
