//! The runner's commands, read by a thread of its own so that the serving thread never blocks.

use std::io::{BufRead, Read};
use std::thread;

use model::endpoint_protocol::EndpointCommand;
use tokio::sync::{mpsc, watch};

use crate::error::EndpointError;

/// The longest line that is read as a command.
const LONGEST_LINE: u64 = 64 * 1024;

/// How many commands are read ahead.
const AHEAD: usize = 16;

/// The commands, in order.
#[derive(Debug)]
pub(crate) struct CommandQueue {
    lines: mpsc::Receiver<Result<EndpointCommand, InvalidCommand>>,
    ended: watch::Receiver<()>,
}

/// Why a line is not a command, as a sentence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvalidCommand {
    /// It is not a command as JSON.
    #[error("this is not a command of the endpoint protocol")]
    NotACommand(#[from] serde_json::Error),
    /// It is too long.
    #[error("a command has at most {LONGEST_LINE} bytes")]
    TooLong,
}

impl CommandQueue {
    /// Starts to read them.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub(crate) fn read(input: impl BufRead + Send + 'static) -> Result<Self, EndpointError> {
        let (sender, lines) = mpsc::channel(AHEAD);
        let (end, ended) = watch::channel(());
        thread::Builder::new()
            .name("commands".to_owned())
            .spawn(move || {
                forward_lines(input, &sender);
                drop(end);
            })
            .map_err(EndpointError::EventLoop)?;
        Ok(Self { lines, ended })
    }

    /// The next command; none after the end of the input.
    pub(crate) async fn next(&mut self) -> Option<Result<EndpointCommand, InvalidCommand>> {
        self.lines.recv().await
    }

    /// Whether the input has ended. Commands that came before its end may be left.
    pub(crate) fn have_ended(&self) -> bool {
        self.ended.has_changed().is_err()
    }
}

/// Sends every line until the input ends or the receiver is dropped. A read error ends the input.
fn forward_lines(
    mut input: impl BufRead,
    lines: &mpsc::Sender<Result<EndpointCommand, InvalidCommand>>,
) {
    let mut line = Vec::new();
    loop {
        line.clear();
        match input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) if line.trim_ascii().is_empty() => continue,
            Ok(_) => {}
        }
        let cut = line.len() as u64 == LONGEST_LINE && !line.ends_with(b"\n");
        let command = if cut {
            if input.skip_until(b'\n').is_err() {
                return;
            }
            Err(InvalidCommand::TooLong)
        } else {
            serde_json::from_slice(&line).map_err(InvalidCommand::from)
        };
        if lines.blocking_send(command).is_err() {
            return;
        }
    }
}
