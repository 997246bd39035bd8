//! JSON Lines: one JSON value a line, as the protocols and the recording use it.

use std::io::{self, Write};

use serde::Serialize;

/// Writes a value as one line, in one write, and flushes it.
///
/// # Errors
/// If the value cannot be serialized, or the sink reports an error.
pub fn write_line(sink: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    sink.write_all(&line)?;
    sink.flush()
}
