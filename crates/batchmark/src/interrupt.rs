//! Ctrl-C: the first ends the run after the running trial, the second ends the program at once.

use std::io;
use std::thread;

use runner::groups::ProcessGroups;
use runner::interrupt::Interrupt;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::exit;

/// The exit code of a program that Ctrl-C ended, by the shells' convention.
const INTERRUPTED: i32 = 130;

/// Listens for Ctrl-C on a thread of its own, which sleeps until then.
///
/// # Errors
/// When the signals cannot be caught.
pub fn listen(interrupt: &Interrupt, groups: &ProcessGroups) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let (interrupt, groups) = (interrupt.clone(), groups.clone());
    thread::spawn(move || {
        for _ in signals.forever() {
            if interrupt.wish() {
                // The recording is whole: each of its lines was flushed in one write.
                groups.kill_all();
                exit(INTERRUPTED);
            }
            report::printer::say("\nending after the running trial; Ctrl-C once more ends at once");
        }
    });
    Ok(())
}
