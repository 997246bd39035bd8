//! Reads keys of a terminal without waiting, and without the Enter key. Ctrl-C stays a signal.

use std::io::{self, IsTerminal, Stdin};
use std::os::fd::AsFd;
use std::sync::{Mutex, PoisonError};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

/// How stdin was set before it was changed; a process has one stdin.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// Makes keys readable at once and invisible. Returns whether stdin is a terminal of which that is possible.
pub fn read_keys() -> bool {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return false;
    }
    let Ok(before) = tcgetattr(&stdin) else { return false };
    let mut changed = before.clone();
    changed.local_flags.remove(LocalFlags::ICANON | LocalFlags::ECHO);
    *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
    tcsetattr(&stdin, SetArg::TCSANOW, &changed).is_ok()
}

/// Sets stdin as it was before [`read_keys`]; does nothing without it, or the second time.
pub fn restore_keys() {
    let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(before) = before {
        // A terminal that is gone needs no setting.
        let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, &before);
    }
}

/// The keys that were pressed since the last call. Never waits.
pub fn pressed_keys() -> Vec<u8> {
    let stdin = io::stdin();
    let mut keys = Vec::new();
    let mut buffer = [0; 64];
    while is_readable(&stdin) {
        // Past the buffer of the standard library, which would hide keys from the poll.
        match nix::unistd::read(&stdin, &mut buffer) {
            Ok(read @ 1..) => keys.extend_from_slice(&buffer[..read]),
            _ => break,
        }
    }
    keys
}

fn is_readable(stdin: &Stdin) -> bool {
    let mut polled = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
    let ready = poll(&mut polled, PollTimeout::ZERO);
    ready.is_ok_and(|count| count > 0)
        && polled[0].revents().is_some_and(|events| events.contains(PollFlags::POLLIN))
}
