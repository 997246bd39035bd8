//! Ends other processes: a child together with everything that it started. `process/proc.rs` asks Linux about
//! processes and adopts orphans, `process/ps.rs` is for other systems.

#[cfg(target_os = "linux")]
#[path = "process/proc.rs"]
mod system;
#[cfg(not(target_os = "linux"))]
#[path = "process/ps.rs"]
mod system;

use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid};

pub use system::lives;
use system::{adopt, all_processes};

/// How often to look for live processes.
const LOOKS: usize = 500;
/// How long a killed process gets to end before the next look.
const PAUSE: Duration = Duration::from_millis(1);

/// Kills the process group that a child leads. A group that no longer exists is not an error.
pub fn kill_group(leader: u32) {
    let Ok(leader) = i32::try_from(leader) else { return };
    let _ = killpg(Pid::from_raw(leader), Signal::SIGKILL);
}

/// Makes descendants whose parent has ended children of this process, so that
/// [`kill_descendants`] reaches them.
pub fn adopt_orphans() {
    // Otherwise init adopts orphans, and they end with this process's group.
    adopt();
}

/// Kills all children of this process and everything that they started, and returns when none of
/// them is alive. The caller still has to wait for its own children.
pub fn kill_descendants() {
    for _ in 0..LOOKS {
        let living = living_descendants();
        if living.is_empty() {
            return;
        }
        for pid in living {
            let _ = kill(pid, Signal::SIGKILL);
        }
        thread::sleep(PAUSE);
    }
}

/// Kills what a child left behind when it ended, and reaps it. No child may remain that another
/// part of the program waits for.
pub fn end_orphans() {
    while has_children() {
        kill_descendants();
    }
}

/// Whether a child remains after reaping those that have ended.
fn has_children() -> bool {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => return true,
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return false,
        }
    }
}

fn living_descendants() -> Vec<Pid> {
    let mut children: HashMap<i32, Vec<Status>> = HashMap::new();
    for status in all_processes() {
        children.entry(status.parent).or_default().push(status);
    }
    let mut descendants = Vec::new();
    let mut unseen = vec![getpid().as_raw()];
    while let Some(parent) = unseen.pop() {
        for child in children.remove(&parent).unwrap_or_default() {
            unseen.push(child.pid);
            if child.is_alive {
                descendants.push(Pid::from_raw(child.pid));
            }
        }
    }
    descendants
}

/// What the system reports about a process.
#[derive(Debug, PartialEq, Eq)]
struct Status {
    pid: i32,
    parent: i32,
    is_alive: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_this_process() {
        let own = getpid().as_raw();
        let found = all_processes().into_iter().find(|status| status.pid == own);
        assert!(found.is_some_and(|status| status.is_alive && status.parent > 0));
    }
}
