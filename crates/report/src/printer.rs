//! The two ways out: results on stdout, talk on stderr. Nothing else in the program prints.

use std::io::{self, IsTerminal, Write};

/// Writes a result to stdout, in one write.
///
/// # Errors
/// When stdout cannot be written. A reader that has gone away, as `head` does, is no error.
pub fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Says something on stderr, as a line of its own. There is nobody to tell where that fails.
pub fn say(text: &str) {
    let _ = io::stderr().lock().write_all(format!("{text}\n").as_bytes());
}

/// Whether a person reads along on stderr.
pub fn somebody_watches() -> bool {
    io::stderr().is_terminal()
}
