//! The terminal of the live view. Whatever ends the program leaves the terminal as it was.

use std::io::{self, BufWriter, Stderr};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen};
use ratatui::prelude::{CrosstermBackend, Frame, Terminal};

use crate::printer;

/// Whether the alternate screen is shown; a process has one terminal.
static IS_OPEN: AtomicBool = AtomicBool::new(false);
static PANICS: Once = Once::new();

/// The alternate screen of the terminal that stderr is.
#[derive(Debug)]
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stderr>>>,
}

impl Screen {
    pub(super) fn open() -> io::Result<Self> {
        let terminal = Terminal::new(CrosstermBackend::new(BufWriter::new(io::stderr())))?;
        PANICS.call_once(restore_on_panic);
        IS_OPEN.store(true, Ordering::SeqCst);
        printer::hold_messages();
        host::terminal::read_keys();
        execute!(io::stderr(), EnterAlternateScreen, Hide).inspect_err(|_| restore())?;
        Ok(Self { terminal })
    }

    pub(super) fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) {
        if IS_OPEN.load(Ordering::SeqCst) {
            let _ = self.terminal.draw(picture);
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Leaves the terminal as it was before the live view, and prints the messages that came meanwhile. Does
/// nothing where there is no live view.
pub fn restore() {
    if IS_OPEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(io::stderr(), LeaveAlternateScreen, Show);
        host::terminal::restore_keys();
        printer::release_messages();
    }
}

/// A panic's message would be lost with the alternate screen.
fn restore_on_panic() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        restore();
        before(panic);
    }));
}
