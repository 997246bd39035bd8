//! The schemas that are committed in `docs/`.

use std::path::Path;
use std::{env, fs};

use model::schema::text_of;
use schemars::JsonSchema;

/// Asserts that a file in `docs/` holds the schema of `T`. With `UPDATE_SCHEMAS=1` in the environment,
/// writes the file first.
///
/// # Panics
/// If the file holds another schema, or cannot be read or written.
pub fn assert_committed<T: JsonSchema>(name: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    let text = text_of::<T>();
    if env::var_os("UPDATE_SCHEMAS").is_some_and(|value| value == "1") {
        fs::write(&file, &text).expect("the file can be written");
    }
    let committed = fs::read_to_string(&file).expect("the file can be read");
    assert!(committed == text, "run this test with UPDATE_SCHEMAS=1 and commit docs/{name}");
}
