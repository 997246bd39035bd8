//! What the live view of a run costs its batches: the same plan with and without `--watch`, in turn, on a
//! terminal of its own. The goal: less than 1%.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use nix::pty::{OpenptyResult, Winsize, openpty};
use serde_json::Value;
use stats::hodges_lehmann::HodgesLehmann;
use stats::quantity::{Confidence, LogRatio, Seconds};

use crate::program;

const PAIRS: u64 = 20;
const PLAN: [&str; 11] = [
    "--no-controls",
    "-s",
    "ureq/threads,hyper/async",
    "-b",
    "16",
    "-n",
    "20",
    "-w",
    "2",
    "--full",
    "--seed",
];
const GOAL: f64 = 0.01;
const SCREEN: Winsize = Winsize { ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 };

/// The mean batch time of each arm of a run.
type Means = BTreeMap<String, Seconds>;

/// Measures and prints a line for each arm.
pub(crate) fn measure() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut log_ratios: BTreeMap<String, Vec<LogRatio>> = BTreeMap::new();
    for seed in 0..PAIRS {
        let [watched, usual] = pair(seed, folder.path())?;
        for (arm, time) in watched {
            let usual = *usual.get(&arm).with_context(|| format!("{arm} was measured once"))?;
            log_ratios.entry(arm).or_default().push(time.over(usual));
        }
    }
    println!("{PAIRS} pairs of runs; ratio: with --watch / without");
    for (arm, log_ratios) in &log_ratios {
        println!("  {arm:<20}  {}", row(log_ratios)?);
    }
    Ok(())
}

/// The means with and without the live view; every second pair runs the other way round.
fn pair(seed: u64, folder: &Path) -> Result<[Means; 2]> {
    let watched = || run(&["--watch"], seed, folder);
    let usual = || run(&[], seed, folder);
    if seed.is_multiple_of(2) {
        let first = watched()?;
        return Ok([first, usual()?]);
    }
    let first = usual()?;
    Ok([watched()?, first])
}

fn run(options: &[&str], seed: u64, folder: &Path) -> Result<Means> {
    let file = folder.join("analysis.json");
    let OpenptyResult { master, slave } = openpty(Some(&SCREEN), None)?;
    let mut command = program::command()?;
    command.args(PLAN).arg(seed.to_string()).args(options).arg("--json").arg(&file);
    command.arg("--save").arg(folder.join("recording.jsonl"));
    command.env("TERM", "xterm-256color").stdout(Stdio::null()).stderr(Stdio::from(slave));
    let mut child = command.spawn()?;
    // The command holds the terminal open, and the screen would never end.
    drop(command);
    let screen = std::thread::spawn(move || {
        let mut shown = Vec::new();
        // A terminal whose last program has ended cannot be read any more.
        let _ = File::from(master).read_to_end(&mut shown);
        shown
    });
    let ended = child.wait()?;
    let shown = screen.join().unwrap_or_default();
    ensure!(ended.success(), "a run failed: {}", String::from_utf8_lossy(&shown));
    means(&serde_json::from_slice(&std::fs::read(&file)?)?)
}

fn means(analysis: &Value) -> Result<Means> {
    let arms = analysis["arms"].as_array().context("the analysis has no arms")?;
    let mean = |arm: &Value| {
        let name = arm["arm"].as_str()?.to_owned();
        Some((name, Seconds::new(arm["describe"]["mean"].as_f64()?)?))
    };
    arms.iter().map(|arm| mean(arm).context("an arm has no time")).collect()
}

/// The ratio with its interval, and whether it is within the goal.
fn row(log_ratios: &[LogRatio]) -> Result<String> {
    let found = HodgesLehmann::new(log_ratios, Confidence::NINETY_FIVE).context("no pairs")?;
    let interval = found.interval.context("too few pairs")?;
    let [ratio, low, high] =
        [found.estimate, interval.low, interval.high].map(|log_ratio| log_ratio.ratio().value());
    let verdict = if high < 1.0 + GOAL {
        "within the goal"
    } else if low > 1.0 + GOAL {
        "beyond the goal"
    } else {
        "undecided"
    };
    Ok(format!("{ratio:.4} [{low:.4}, {high:.4}]  {verdict}"))
}
