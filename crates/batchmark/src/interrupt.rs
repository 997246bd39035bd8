//! Ctrl-C and other signals that end the program.

use std::io;
use std::thread;

use runner::interrupt::Interrupt;
use runner::process_groups::ProcessGroups;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::exit;

/// The exit code after Ctrl-C, by the convention of shells.
const INTERRUPTED: i32 = 130;

/// Ends a run on Ctrl-C: after the current trial, and on the second Ctrl-C at once, after `tidy`.
///
/// # Errors
/// If the signals cannot be caught.
pub fn end_run(
    interrupt: &Interrupt,
    groups: &ProcessGroups,
    tidy: impl Fn() + Send + 'static,
) -> io::Result<()> {
    let (interrupt, groups) = (interrupt.clone(), groups.clone());
    on_signal(move || {
        if interrupt.request() {
            // First, because a run that sees its processes die would continue to its own end.
            tidy();
            groups.kill_all();
            // Again, because a process may have written to a folder while it was removed.
            tidy();
            // The recording is intact: each of its lines was flushed in one write.
            exit(INTERRUPTED);
        }
        report::printer::print_message(
            "\nStopping after the current trial. Press Ctrl-C again to stop at once.",
        );
    })
}

/// Ends the program on Ctrl-C at once, after `tidy`. The processes that it started end when their
/// stdin does, and clean up after themselves.
///
/// # Errors
/// If the signals cannot be caught.
pub fn end_at_once(tidy: impl Fn() + Send + 'static) -> io::Result<()> {
    on_signal(move || {
        tidy();
        exit(INTERRUPTED);
    })
}

/// Calls `act` on every signal that asks the program to end, on a separate thread.
///
/// # Errors
/// If the signals cannot be caught.
pub fn on_signal(mut act: impl FnMut() + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::spawn(move || signals.forever().for_each(|_| act()));
    Ok(())
}
