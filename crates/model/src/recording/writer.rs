//! Writes a recording, line by line.

use std::io::{self, Write};

use crate::json_lines::write_line;
use crate::recording::RecordingLine;

/// Appends lines to a sink and flushes each.
#[derive(Debug)]
pub struct Writer<W: Write> {
    sink: W,
}

impl<W: Write> Writer<W> {
    /// Writes to `sink`, which should be empty.
    pub const fn new(sink: W) -> Self {
        Self { sink }
    }

    /// The sink, with all that was written.
    pub fn into_sink(self) -> W {
        self.sink
    }

    /// Appends a line, in one write, and flushes it.
    ///
    /// # Errors
    /// An error of the sink.
    pub fn append(&mut self, line: &RecordingLine) -> io::Result<()> {
        write_line(&mut self.sink, line)
    }
}
