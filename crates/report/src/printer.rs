//! Results on stdout, messages on stderr. Nothing else in the program prints.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use model::secrets::Secrets;

use crate::printable::printable_lines;
use crate::style::{Colour, Glyphs, Style};

/// The secrets that no message contains. A process has one set: its messages come from anywhere.
static SECRETS: RwLock<Secrets> = RwLock::new(Secrets::named(Vec::new()));

/// The messages that wait while the terminal shows a picture; none while it does not.
static HELD: Mutex<Option<Vec<String>>> = Mutex::new(None);

/// Hides these secrets in every further message.
pub fn hide_in_messages(secrets: Secrets) {
    *SECRETS.write().unwrap_or_else(PoisonError::into_inner) = secrets;
}

/// How to write to stdout: as wide as `COLUMNS` or the terminal says, else 80 columns; in colours for a
/// terminal, unless `NO_COLOR` is set; with blocks in histograms, unless the locale is not UTF-8.
pub fn style() -> Style {
    let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let colour = if wanted && prints_to_terminal() { Colour::Ansi } else { Colour::Off };
    let width = columns().or_else(terminal_columns).unwrap_or(Style::default().width);
    Style { width, colour, glyphs: glyphs() }
}

/// What the locale can show; without one, everything.
fn glyphs() -> Glyphs {
    let set = |name: &&str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find(set).map(std::env::var);
    let names_utf8 = |locale: &str| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    };
    match locale {
        Some(Ok(locale)) if !names_utf8(&locale) => Glyphs::Ascii,
        _ => Glyphs::Unicode,
    }
}

/// What `COLUMNS` says.
fn columns() -> Option<usize> {
    std::env::var("COLUMNS").ok()?.trim().parse().ok().filter(|columns| *columns > 0)
}

/// The width of the terminal that stdout is.
fn terminal_columns() -> Option<usize> {
    let (terminal_size::Width(columns), _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(usize::from(columns))
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

/// Writes lines to stdout that hold what users wrote, such as paths.
///
/// # Errors
/// When stdout cannot be written.
pub fn print_lines(text: &str) -> io::Result<()> {
    print(&printable_lines(text))
}

/// Writes a message without secrets to stderr, as a line of its own. A failure to do so is ignored.
pub fn print_message(text: &str) {
    let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    // A text is cleaned last: a cleaned secret would no longer be found in it.
    let text = printable_lines(&secrets.hide(text));
    if let Some(messages) = held().as_mut() {
        messages.push(text);
        return;
    }
    let _ = io::stderr().lock().write_all(format!("{text}\n").as_bytes());
}

/// Keeps further messages until [`release_messages`].
pub(crate) fn hold_messages() {
    held().get_or_insert_default();
}

/// The lines of the messages that are kept.
pub(crate) fn held_messages() -> Vec<String> {
    let held = held();
    held.iter().flatten().flat_map(|text| text.lines()).map(str::to_owned).collect()
}

/// Prints the messages that were kept, and all further ones at once.
pub(crate) fn release_messages() {
    let messages = held().take();
    messages.into_iter().flatten().for_each(|message| print_message(&message));
}

fn held() -> MutexGuard<'static, Option<Vec<String>>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether stdout is a terminal.
pub fn prints_to_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether stderr is a terminal.
pub fn is_terminal() -> bool {
    io::stderr().is_terminal()
}
