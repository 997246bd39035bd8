//! Ctrl-C, and what it ends.

use std::io;
use std::thread;

use runner::interrupt::Interrupt;
use runner::process_groups::ProcessGroups;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::exit;

/// The exit code of a program that Ctrl-C ended, by the shells' convention.
const INTERRUPTED: i32 = 130;

/// Ends a run on Ctrl-C: after the running trial, and the second time at once, after `tidy`.
///
/// # Errors
/// When the signals cannot be caught.
pub fn end_run(
    interrupt: &Interrupt,
    groups: &ProcessGroups,
    tidy: impl Fn() + Send + 'static,
) -> io::Result<()> {
    let (interrupt, groups) = (interrupt.clone(), groups.clone());
    on_signal(move || {
        if interrupt.request() {
            // Before the processes are killed, for a run that sees them die would go on to its end.
            tidy();
            groups.kill_all();
            // The recording is whole: each of its lines was flushed in one write.
            exit(INTERRUPTED);
        }
        report::printer::say("\nending after the running trial; Ctrl-C once more ends at once");
    })
}

/// Ends the program on Ctrl-C, after `tidy`: for what leaves no result behind. The processes that it
/// has started end with their stdin, and tidy up after themselves.
///
/// # Errors
/// When the signals cannot be caught.
pub fn end_at_once(tidy: impl Fn() + Send + 'static) -> io::Result<()> {
    on_signal(move || {
        tidy();
        exit(INTERRUPTED);
    })
}

/// Does something at every Ctrl-C, and at every other wish that the program should end, on a
/// thread of its own, which sleeps until then.
///
/// # Errors
/// When the signals cannot be caught.
pub fn on_signal(mut act: impl FnMut() + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::spawn(move || signals.forever().for_each(|_| act()));
    Ok(())
}
