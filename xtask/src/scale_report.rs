//! How the time and the memory of reading and analysing a recording grow with its requests.
//!
//! Each step runs in a process of its own, so that its peak of memory is its own.

mod synthetic;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use host::usage::ResourceUsage;
use model::recording::Recording;
use serde::{Deserialize, Serialize};

use crate::program::own_file;
use crate::recording_file;
use synthetic::{RecordingShape, TRIALS};

/// The numbers of requests, over all trials of a recording.
const SIZES: [u32; 5] = [1_000, 10_000, 100_000, 400_000, 1_000_000];

/// What reading and analysing one recording took: CPU time, which other processes hardly change.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Cost {
    read: Duration,
    analyse: Duration,
    /// The most memory that was held until the recording was read, in bytes.
    memory_to_read: u64,
    /// The most memory that was held until it was analysed, in bytes.
    memory_to_analyse: u64,
}

/// Prints a table for each shape, or for those that are named. The hidden words `write` and `cost`
/// do one step in this process.
pub(crate) fn measure() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(2).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => RecordingShape::ALL.into_iter().try_for_each(table),
        ["write", shape, requests, file] => {
            write(shape.parse()?, requests.parse()?, Path::new(file))
        }
        ["cost", file] => {
            println!("{}", serde_json::to_string(&cost(Path::new(file))?)?);
            Ok(())
        }
        ref shapes => shapes.iter().try_for_each(|shape| table(shape.parse()?)),
    }
}

fn table(shape: RecordingShape) -> Result<()> {
    let folder = tempfile::tempdir()?;
    println!("{shape}: CPU seconds, peak of memory in MB, exponent to the line above");
    println!(
        "{:>9} {:>8}  {:>8} {:>6} {:>5}  {:>8} {:>6} {:>5}",
        "requests", "file MB", "read", "memory", "", "analyse", "memory", ""
    );
    let mut before: Option<(u32, Cost)> = None;
    for requests in SIZES {
        let file = folder.path().join(format!("{requests}.jsonl"));
        let path = file.to_str().context("the temporary folder is not Unicode")?;
        step(&["write", shape.name(), &requests.to_string(), path])?;
        let cost: Cost = serde_json::from_str(&step(&["cost", path])?)?;
        let exponent = |value: fn(&Cost) -> Duration| {
            before.map_or_else(String::new, |(fewer, before)| {
                let times = value(&cost).as_secs_f64() / value(&before).as_secs_f64();
                format!("{:.2}", times.ln() / (f64::from(requests) / f64::from(fewer)).ln())
            })
        };
        println!(
            "{requests:>9} {:>8.1}  {:>8.3} {:>6} {:>5}  {:>8.3} {:>6} {:>5}",
            file.metadata()?.len() as f64 / 1e6,
            cost.read.as_secs_f64(),
            cost.memory_to_read / 1_000_000,
            exponent(|cost| cost.read),
            cost.analyse.as_secs_f64(),
            cost.memory_to_analyse / 1_000_000,
            exponent(|cost| cost.analyse),
        );
        before = Some((requests, cost));
    }
    Ok(())
}

/// Runs a step in a process of its own, and returns what it prints.
fn step(words: &[&str]) -> Result<String> {
    let mut command = Command::new(own_file()?);
    let output = command.arg("scale-report").args(words).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("the step {words:?} failed");
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn cost(file: &Path) -> Result<Cost> {
    let used =
        || ResourceUsage::of_this_process().context("the system does not report what was used");
    let cpu = |from: ResourceUsage, to: ResourceUsage| {
        (to.user + to.system).saturating_sub(from.user + from.system)
    };
    let started = used()?;
    let recording = Recording::read(BufReader::new(File::open(file)?))?;
    let read = used()?;
    let analysis = explain::analyse(&recording);
    let analysed = used()?;
    if !analysis.measured() {
        bail!("nothing was analysed");
    }
    Ok(Cost {
        read: cpu(started, read),
        analyse: cpu(read, analysed),
        memory_to_read: read.peak_memory,
        memory_to_analyse: analysed.peak_memory,
    })
}

/// Writes a synthetic recording.
fn write(shape: RecordingShape, requests: u32, file: &Path) -> Result<()> {
    recording_file::write(shape.recording(requests / TRIALS), file)
}
