//! Other processes: ending a child together with all that it started.

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// Kills the process group that the child of this identifier leads. A group that is gone is none
/// to worry about.
pub fn kill_group(leader: u32) {
    let Ok(leader) = i32::try_from(leader) else { return };
    let _ = killpg(Pid::from_raw(leader), Signal::SIGKILL);
}
