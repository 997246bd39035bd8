//! The events that the driver waits for, and the thread that reads its input.

use std::io::{self, BufRead};
use std::sync::mpsc::Sender;
use std::thread::Builder;

use crate::batch_thread::FinishedBatch;

/// An event that the driver acts on.
pub(crate) enum DriverEvent {
    /// A line of input, including its line break.
    Line(Vec<u8>),
    /// The input has ended.
    InputEnded,
    /// The input cannot be read.
    InputFailed(io::Error),
    /// A batch has ended.
    BatchFinished(FinishedBatch),
}

/// Reads lines on a separate thread, until the end of the input or of the driver.
///
/// # Errors
/// When the system gives no thread.
pub(crate) fn read_lines(
    mut input: impl BufRead + Send + 'static,
    events: Sender<DriverEvent>,
) -> io::Result<()> {
    Builder::new().name("input".to_owned()).spawn(move || {
        loop {
            let mut line = Vec::new();
            let event = match input.read_until(b'\n', &mut line) {
                Ok(0) => DriverEvent::InputEnded,
                Ok(_) => DriverEvent::Line(line),
                Err(error) => DriverEvent::InputFailed(error),
            };
            let is_last = !matches!(event, DriverEvent::Line(_));
            if events.send(event).is_err() || is_last {
                return;
            }
        }
    })?;
    Ok(())
}
