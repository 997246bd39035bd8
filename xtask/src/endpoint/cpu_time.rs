//! The CPU time of a process.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// The CPU time that a process has used, in steps of 10 ms.
pub(crate) fn cpu_time(process: u32) -> Result<Duration> {
    const TICK: Duration = Duration::from_millis(10);
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The command's name is in parentheses and may contain spaces. User and system time are the
    // fields 14 and 15.
    let after = text.rsplit_once(')').context("/proc/PID/stat has no command")?.1;
    let ticks = after.split_whitespace().skip(11).take(2).map(str::parse::<u32>);
    Ok(TICK * ticks.sum::<Result<u32, _>>()?)
}
