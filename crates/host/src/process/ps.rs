//! Processes by POSIX's `ps`, where there is no `/proc`.

use std::process::{Command, Stdio};

use nix::sys::signal::kill;
use nix::unistd::Pid;

use super::Status;

/// These systems have no adoption: init takes orphans.
pub(super) const fn adopt() {}

/// Whether a process exists. One that has ended counts until it is reaped.
pub fn lives(process: u32) -> bool {
    i32::try_from(process).is_ok_and(|process| kill(Pid::from_raw(process), None).is_ok())
}

/// All processes that can be seen, without the `ps` that lists them.
pub(super) fn all_processes() -> Vec<Status> {
    let mut command = Command::new("ps");
    command.args(["-A", "-o", "pid=,ppid=,stat="]).stdin(Stdio::null()).stderr(Stdio::null());
    let Ok(child) = command.stdout(Stdio::piped()).spawn() else { return Vec::new() };
    let own = child.id();
    let Ok(output) = child.wait_with_output() else { return Vec::new() };
    let text = String::from_utf8_lossy(&output.stdout);
    let listed = text.lines().filter_map(read_status);
    listed.filter(|status| u32::try_from(status.pid) != Ok(own)).collect()
}

/// Parses `PID PARENT STATE`.
fn read_status(line: &str) -> Option<Status> {
    let mut words = line.split_whitespace();
    let (pid, parent) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let is_alive = !words.next()?.starts_with('Z');
    Some(Status { pid, parent, is_alive })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_lines_of_ps() {
        let status = |is_alive| Some(Status { pid: 7, parent: 42, is_alive });
        assert_eq!(read_status("    7    42 Ss+"), status(true));
        assert_eq!(read_status("7 42 Z"), status(false));
        assert_eq!(read_status("PID PPID STAT"), None);
    }
}
