//! The two ways out: results on stdout, talk on stderr. Nothing else in the program prints.

use std::io::{self, IsTerminal, Write};

use crate::style::{Colour, Style};

/// How to write for stdout: in colours for a terminal, unless `NO_COLOR` is set; always as wide, so
/// that a recording is reported as its run was.
pub fn style() -> Style {
    let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let colour = if wanted && io::stdout().is_terminal() { Colour::Ansi } else { Colour::Off };
    Style { colour, ..Style::default() }
}

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
