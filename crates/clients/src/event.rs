//! What the driver waits for, and the thread that reads its input.

use std::io::{self, BufRead};
use std::sync::mpsc::Sender;
use std::thread::Builder;

use crate::stage::Over;

/// Something that the driver acts on.
pub(crate) enum Event {
    /// A line of its input, its end included.
    Line(Vec<u8>),
    /// There is no more input.
    InputEnded,
    /// The input cannot be read.
    InputFailed(io::Error),
    /// A batch has come to its end.
    Over(Over),
}

/// Reads lines on a thread of its own, until the end of the input or the driver's.
///
/// # Errors
/// When the system gives no thread.
pub(crate) fn read_lines(
    mut input: impl BufRead + Send + 'static,
    events: Sender<Event>,
) -> io::Result<()> {
    Builder::new().name("input".to_owned()).spawn(move || {
        loop {
            let mut line = Vec::new();
            let event = match input.read_until(b'\n', &mut line) {
                Ok(0) => Event::InputEnded,
                Ok(_) => Event::Line(line),
                Err(error) => Event::InputFailed(error),
            };
            let is_last = !matches!(event, Event::Line(_));
            if events.send(event).is_err() || is_last {
                return;
            }
        }
    })?;
    Ok(())
}
