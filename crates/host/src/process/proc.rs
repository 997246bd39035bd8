//! Processes by Linux's `/proc` (proc_pid_stat(5)).

use std::fs;

use nix::sys::prctl::set_child_subreaper;

use super::Status;

/// Makes orphans children of this process.
pub(super) fn adopt() {
    let _ = set_child_subreaper(true);
}

/// Whether a process exists that has not ended.
pub fn lives(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The state follows the name in parentheses; Z has ended and waits to be reaped.
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

/// All processes that can be seen.
pub(super) fn all_processes() -> Vec<Status> {
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
}
