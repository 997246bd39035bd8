//! How the time and the memory of reading and analysing a recording grow with its requests.
//!
//! The recordings are synthetic: four trials of `hyper/async` before the embedded endpoint, with 64
//! connections that are reused. Each step runs in a process of its own, so that its peak of memory
//! is its own.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use evidence::sample::Sample;
use evidence::sample::told::{Opened, Steps, Told};
use host::usage::Usage;
use model::recording::{Line, Recording, StopReason, Writer};
use model::target::Request;
use serde::{Deserialize, Serialize};

use crate::program::own_file;

const TRIALS: u32 = 4;
const CONNECTIONS: u64 = 64;
const ARM: &str = "hyper/async:concurrency=64";
/// How many requests a recording holds, over all of its trials.
const SIZES: [u32; 5] = [1_000, 10_000, 100_000, 400_000, 1_000_000];

/// What reading and analysing one recording took.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Cost {
    read: Duration,
    analyse: Duration,
    /// The most memory that was held until the recording was read, in bytes.
    memory_to_read: u64,
    /// The most memory that was held until it was analysed, in bytes.
    memory_to_analyse: u64,
}

/// Prints a line for each size; with further words, does one step of that in this process.
pub(crate) fn measure() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(2).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => all_sizes(),
        ["write", requests, file] => write(requests.parse()?, Path::new(file)),
        ["cost", file] => {
            println!("{}", serde_json::to_string(&cost(Path::new(file))?)?);
            Ok(())
        }
        _ => bail!("scale-report takes no words"),
    }
}

fn all_sizes() -> Result<()> {
    let folder = tempfile::tempdir()?;
    println!("{TRIALS} trials of {ARM}; seconds, peak of memory in MB, exponent to the line above");
    println!(
        "{:>9} {:>8}  {:>8} {:>6} {:>5}  {:>8} {:>6} {:>5}",
        "requests", "file MB", "read", "memory", "", "analyse", "memory", ""
    );
    let mut before: Option<(u32, Cost)> = None;
    for requests in SIZES {
        let file = folder.path().join(format!("{requests}.jsonl"));
        step(&["write".to_owned(), requests.to_string(), text(&file)?])?;
        let cost: Cost = serde_json::from_str(&step(&["cost".to_owned(), text(&file)?])?)?;
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
fn step(words: &[String]) -> Result<String> {
    let mut command = Command::new(own_file()?);
    let output = command.arg("scale-report").args(words).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("the step {words:?} failed");
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn text(path: &Path) -> Result<String> {
    Ok(PathBuf::from(path).into_os_string().into_string().ok().context("a path is not Unicode")?)
}

fn cost(file: &Path) -> Result<Cost> {
    let memory = || Usage::of_this_process().map_or(0, |usage| usage.peak_memory);
    let started = host::clock::monotonic();
    let recording = Recording::read(BufReader::new(File::open(file)?))?;
    let (read, memory_to_read) = (host::clock::monotonic(), memory());
    let analysis = explain::analyse(&recording);
    let analysed = host::clock::monotonic();
    if !analysis.measured() {
        bail!("nothing was analysed");
    }
    Ok(Cost {
        read: read.saturating_sub(started),
        analyse: analysed.saturating_sub(read),
        memory_to_read,
        memory_to_analyse: memory(),
    })
}

/// Writes a synthetic recording.
fn write(requests: u32, file: &Path) -> Result<()> {
    let mut writer = Writer::new(BufWriter::new(File::create(file)?));
    let recording = recording(requests / TRIALS);
    writer.append(&Line::Header(Box::new(recording.header)))?;
    if let Some(plan) = recording.plan {
        writer.append(&Line::Plan(Box::new(plan)))?;
    }
    for trial in recording.trials {
        writer.append(&Line::Trial(Box::new(trial)))?;
    }
    if let Some(closing) = recording.closing {
        writer.append(&Line::Closing(closing))?;
    }
    Ok(())
}

fn recording(batch: u32) -> Recording {
    let mut sample = Sample::new(&[(ARM, batch)]);
    let plan = sample.plan();
    plan.arms[0].conditions.insert("concurrency".to_owned(), CONNECTIONS.to_string());
    plan.targets[0].target.requests = (1..=batch).map(request).collect();
    let name = plan.arms[0].name.0.clone();
    for trial in 0..TRIALS {
        let steps: Vec<Steps> = (0..batch).map(|request| steps(trial, request)).collect();
        let told = Told::over(CONNECTIONS, Opened::Once, 1_000, &steps);
        let (end, Told { columns, witness }) = (told.end(), told);
        sample.block(&[(&name, 0)]);
        let run = sample.last_run();
        run.finished = run.started + end;
        run.columns = columns;
        sample.last_trial().witness = Some(witness);
    }
    sample.end(StopReason::Blocks)
}

fn request(number: u32) -> Request {
    Request {
        method: "GET".to_owned(),
        url: format!("https://127.0.0.1:40001/todos/{number}"),
        body: None,
    }
}

/// The steps of a request, whose wait differs from request to request.
fn steps(trial: u32, request: u32) -> Steps {
    let mixed = (request + 7 * trial).wrapping_mul(2_654_435_761) >> 20;
    Steps { wait: 11_200 + u64::from(mixed), ..Steps::default() }
}
