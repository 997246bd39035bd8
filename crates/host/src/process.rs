//! Ends other processes: a child together with everything that it started. Uses Linux's `/proc` and
//! adoption of orphans.

use std::collections::HashMap;
use std::fs;
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid};

/// How often to look for live processes.
const LOOKS: usize = 500;
/// How long a killed process gets to end before the next look.
const PAUSE: Duration = Duration::from_millis(1);

/// Kills the process group that a child leads. A group that no longer exists is not an error.
pub fn kill_group(leader: u32) {
    let Ok(leader) = i32::try_from(leader) else { return };
    let _ = killpg(Pid::from_raw(leader), Signal::SIGKILL);
}

/// Whether a process exists that has not ended, by Linux's `/proc`.
pub fn lives(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The state follows the name in parentheses; Z has ended and waits to be reaped.
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

/// Makes descendants whose parent has ended children of this process, so that
/// [`kill_descendants`] reaches them.
pub fn adopt_orphans() {
    // Otherwise init adopts orphans, and they end with this process's group.
    let _ = set_child_subreaper(true);
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

/// What `/proc` reports about a process.
#[derive(Debug, PartialEq, Eq)]
struct Status {
    pid: i32,
    parent: i32,
    is_alive: bool,
}

fn all_processes() -> Vec<Status> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let status = |entry: fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        read_status(pid, &fs::read_to_string(entry.path().join("stat")).ok()?)
    };
    entries.filter_map(status).collect()
}

/// Parses `PID (NAME) STATE PARENT …`, where the name may contain anything.
fn read_status(pid: i32, text: &str) -> Option<Status> {
    let (_, rest) = text.rsplit_once(')')?;
    let mut words = rest.split_whitespace();
    let is_alive = !matches!(words.next()?, "Z" | "X");
    Some(Status { pid, parent: words.next()?.parse().ok()?, is_alive })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_process_with_any_name() {
        let status = |text| read_status(7, text);
        let alive = |is_alive| Some(Status { pid: 7, parent: 42, is_alive });
        assert_eq!(status("7 (sh) S 42 7 7 0"), alive(true));
        assert_eq!(status("7 (a) b (c)) Z 42 7"), alive(false));
        assert_eq!(status("7 (sh"), None);
    }

    #[test]
    fn lists_this_process() {
        let own = getpid().as_raw();
        let found = all_processes().into_iter().find(|status| status.pid == own);
        assert!(found.is_some_and(|status| status.is_alive && status.parent > 0));
    }
}
