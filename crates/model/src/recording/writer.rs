//! Writes a recording, line by line.

use std::io::{self, Write};

use crate::json_lines::write_line;
use crate::recording::RecordingLine;
use crate::secrets::Secrets;

/// Appends lines without secrets to a sink and flushes each.
#[derive(Debug)]
pub struct Writer<W: Write> {
    sink: W,
    secrets: Secrets,
}

impl<W: Write> Writer<W> {
    /// Writes to `sink`, which should be empty.
    pub const fn new(sink: W) -> Self {
        Self { sink, secrets: Secrets::named(Vec::new()) }
    }

    /// Hides these secrets in every further line.
    #[must_use]
    pub fn hiding(self, secrets: Secrets) -> Self {
        Self { secrets, ..self }
    }

    /// The sink, with all that was written.
    pub fn into_sink(self) -> W {
        self.sink
    }

    /// Appends a line without its secrets, in one write, and flushes it.
    ///
    /// # Errors
    /// An error of the sink.
    pub fn append(&mut self, mut line: RecordingLine) -> io::Result<()> {
        self.secrets.hide_in_line(&mut line);
        write_line(&mut self.sink, &line)
    }
}
