//! What a request costs in batches of 1 to a million, and what is made of the batch: the recording and its
//! analysis. The goal: nothing grows with the batch for each of its requests.
//!
//! ```text
//! cargo xtask scale [STRATEGY | SIZE]... [--publish]
//! ```
//!
//! The endpoint has no link, and 64 requests are in flight. Each size is measured in a process of its own,
//! so that its peak of memory is its own. A second table says what more requests in flight cost.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use host::usage::ResourceUsage;
use model::arm::{Arm, BatchSize, Label};
use model::strategy::{Conditions, StrategySpec};
use model::time::Span;
use model::trial::{Outcome, Run};
use runner::process_groups::ProcessGroups;
use serde::{Deserialize, Serialize};
use stats::describe::describe;

use crate::performance_page::{Publication, Table};
use crate::program::own_file;
use crate::{harness, recording_file};

const STRATEGIES: [&str; 2] = ["floor/async", "hyper/async"];
const SIZES: [u32; 7] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
/// The counted trials of each size: enough requests for a usage that the system can measure, and at least
/// three.
const REQUESTS: u32 = 30_000;
const TRIALS: (u32, u32) = (3, 1_000);
const CONCURRENCY: u32 = 64;
/// How many requests are in flight in the second table, and how many its batches have.
const AT_ONCE: [u32; 3] = [CONCURRENCY, 1_000, 10_000];
const BATCH_AT_ONCE: u32 = 20_000;
/// The files that a process has open besides its connections.
const OTHER_FILES: u64 = 64;
const TIME_LIMIT: Span = Span::from_secs(300);
/// The hidden word before a strategy, a size, how many requests are in flight and a file.
const STEP: &str = "step";
/// The hidden word before a file that is read and analysed.
const ANALYSE: &str = "analyse";

/// What the batches of one size cost.
#[derive(Debug, Serialize, Deserialize)]
struct Cost {
    /// The time and the CPU time of each request: medians, in microseconds.
    micros: f64,
    cpu_micros: f64,
    /// Peaks of memory, in bytes.
    driver_memory: u64,
    endpoint_memory: u64,
    runner_memory: u64,
    /// The length of the recording for each of its trials, in bytes.
    recorded: f64,
}

/// What reading and analysing a recording costs.
#[derive(Debug, Serialize, Deserialize)]
struct AnalysisCost {
    cpu: Duration,
    /// The peak of memory, in bytes.
    memory: u64,
}

/// Measures the named strategies and sizes, or all, and prints a table for each strategy.
pub(crate) fn measure() -> Result<()> {
    let mut words: Vec<String> = std::env::args().skip(2).collect();
    if let [word, strategy, size, at_once, file] = words.as_slice()
        && word == STEP
    {
        let cost = cost(strategy, BatchSize(size.parse()?), at_once, Path::new(file))?;
        println!("{}", serde_json::to_string(&cost)?);
        return Ok(());
    }
    if let [word, file] = words.as_slice()
        && word == ANALYSE
    {
        println!("{}", serde_json::to_string(&analyse(Path::new(file))?)?);
        return Ok(());
    }
    let publication = Publication::take(&mut words);
    let (strategies, sizes) = selection(&words)?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("recording.jsonl");
    let mut page = Table::new("scale");
    for (place, strategy) in strategies.iter().enumerate() {
        if place > 0 {
            page.line("");
        }
        print_sizes(strategy, &sizes, &file, &mut page)?;
        page.line("");
        print_at_once(strategy, &file, &mut page)?;
    }
    page.finish(publication)
}

fn print_sizes(strategy: &str, sizes: &[u32], file: &Path, page: &mut Table) -> Result<()> {
    page.line(&format!("{strategy}, {CONCURRENCY} requests in flight, medians"));
    page.line(&format!(
        "{:>9} {:>8} {:>9} {:>10} {:>12} {:>10} {:>10} {:>14} {:>11}",
        "requests",
        "µs each",
        "CPU each",
        "driver MB",
        "endpoint MB",
        "runner MB",
        "report MB",
        "MB each trial",
        "analysis s"
    ));
    for size in sizes {
        let cost = step(strategy, *size, CONCURRENCY, file)?;
        let analysis = analysis_step(file)?;
        page.line(&format!(
            "{size:>9} {:>8.2} {:>9.2} {:>10.1} {:>12.1} {:>10.1} {:>10.1} {:>14.3} {:>11.3}",
            cost.micros,
            cost.cpu_micros,
            cost.driver_memory as f64 / 1e6,
            cost.endpoint_memory as f64 / 1e6,
            cost.runner_memory as f64 / 1e6,
            analysis.memory as f64 / 1e6,
            cost.recorded / 1e6,
            analysis.cpu.as_secs_f64(),
        ));
    }
    Ok(())
}

/// Prints what more requests in flight cost, as far as this process may open files.
fn print_at_once(strategy: &str, file: &Path, page: &mut Table) -> Result<()> {
    page.line(&format!("{strategy}, batches of {BATCH_AT_ONCE}, medians"));
    page.line(&format!(
        "{:>9} {:>10} {:>10} {:>10} {:>18}",
        "in flight", "µs each", "CPU each", "driver MB", "KB for one of them"
    ));
    let allowed = host::files::raise_limit();
    let mut least: Option<u64> = None;
    for at_once in AT_ONCE {
        if allowed.is_some_and(|allowed| allowed < u64::from(at_once) + OTHER_FILES) {
            page.line(&format!(
                "{at_once:>9} needs more open files than this shell allows: see `ulimit -n`"
            ));
            continue;
        }
        let cost = step(strategy, BATCH_AT_ONCE, at_once, file)?;
        let least = *least.get_or_insert(cost.driver_memory);
        let more = at_once - CONCURRENCY;
        let of_one = cost.driver_memory.saturating_sub(least) as f64 / f64::from(more.max(1));
        let of_one = if more > 0 { format!("{:.2}", of_one / 1e3) } else { String::new() };
        page.line(&format!(
            "{at_once:>9} {:>10.2} {:>10.2} {:>10.1} {of_one:>18}",
            cost.micros,
            cost.cpu_micros,
            cost.driver_memory as f64 / 1e6,
        ));
    }
    Ok(())
}

/// The strategies and the sizes among the words, or all.
fn selection(words: &[String]) -> Result<(Vec<String>, Vec<u32>)> {
    let (mut strategies, mut sizes) = (Vec::new(), Vec::new());
    for word in words {
        match word.parse() {
            Ok(0) => bail!("a batch has at least one request"),
            Ok(size) => sizes.push(size),
            Err(_) => strategies.push(word.clone()),
        }
    }
    if strategies.is_empty() {
        strategies = STRATEGIES.map(str::to_owned).to_vec();
    }
    if sizes.is_empty() {
        sizes = SIZES.to_vec();
    }
    Ok((strategies, sizes))
}

/// Measures one size in a process of its own.
fn step(strategy: &str, size: u32, at_once: u32, file: &Path) -> Result<Cost> {
    let mut command = Command::new(own_file()?);
    command.args(["scale", STEP, strategy, &size.to_string(), &at_once.to_string()]).arg(file);
    let output = command.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "batches of {size} with {strategy} failed");
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Reads and analyses a recording in a process of its own.
fn analysis_step(file: &Path) -> Result<AnalysisCost> {
    let mut command = Command::new(own_file()?);
    let output = command.args(["scale", ANALYSE]).arg(file).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "the recording cannot be analysed");
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn analyse(file: &Path) -> Result<AnalysisCost> {
    let recording = recording_file::read(file)?;
    let analysis = explain::analyse(&recording);
    ensure!(analysis.measured(), "nothing was measured");
    let used = ResourceUsage::of_this_process();
    let used = used.context("the system does not report what was used")?;
    Ok(AnalysisCost { cpu: used.user + used.system, memory: own_peak()? })
}

fn own_peak() -> Result<u64> {
    host::usage::peak_memory().context("the system does not report the peak of memory")
}

fn cost(strategy: &str, size: BatchSize, at_once: &str, file: &Path) -> Result<Cost> {
    host::files::raise_limit();
    let groups = ProcessGroups::default();
    let spec = harness::strategies(&groups)?.into_iter().find(|spec| spec.name == strategy);
    let spec = spec.with_context(|| format!("there is no strategy {strategy}"))?;
    let mut endpoint = harness::start_endpoint(&groups)?;
    let mut planned = harness::open(&mut endpoint, &"rtt=0,tls=off".parse()?, size.0)?;
    planned.target.time_limit = TIME_LIMIT;
    let arm = Arm::measured(Label(strategy.to_owned()), strategy, conditions(&spec, at_once), size);
    let (fewest, most) = TRIALS;
    let plan = harness::plan(vec![arm], planned, (REQUESTS / size.0).clamp(fewest, most));
    let endpoint_memory = harness::record_to(File::create(file)?, &plan, endpoint, &groups)?;
    let runner_memory = own_peak()?;
    let recording = recording_file::read(file)?;
    let runs: Vec<&Run> = recording.trials.iter().filter_map(counted).collect();
    let of_each = |span: Span| span.as_secs() * 1e6 / f64::from(size.0);
    let times: Vec<f64> = runs.iter().map(|run| of_each(run.batch_time())).collect();
    let cpu = |run: &&Run| {
        run.usage.user.zip(run.usage.system).map(|(user, system)| of_each(user + system))
    };
    let cpu_times: Vec<f64> = runs.iter().filter_map(cpu).collect();
    let driver_memory = runs.iter().filter_map(|run| run.usage.peak_memory).max().unwrap_or(0);
    Ok(Cost {
        micros: describe(&times).median.context("no batch succeeded")?,
        cpu_micros: describe(&cpu_times).median.context("the driver reports no CPU time")?,
        driver_memory,
        endpoint_memory: endpoint_memory.context("the endpoint's memory is not known")?,
        runner_memory,
        recorded: file.metadata()?.len() as f64 / recording.trials.len() as f64,
    })
}

/// The counted trial, if every request succeeded.
fn counted(trial: &model::trial::Trial) -> Option<&Run> {
    trial.place()?;
    trial.batch_time()?;
    match &trial.outcome {
        Outcome::Ran(run) => Some(run),
        Outcome::Lost(_) => None,
    }
}

/// The conditions, with as many requests in flight as the limits of the strategy allow.
fn conditions(spec: &StrategySpec, at_once: &str) -> Conditions {
    let limits = ["concurrency", "workers", "pool"].into_iter();
    let limits = limits.filter(|name| spec.condition(name).is_some());
    spec.complete(&limits.map(|name| (name.to_owned(), at_once.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_sizes_and_other_words_are_strategies() {
        let words = ["10", "ureq/threads"].map(str::to_owned);
        assert_eq!(selection(&words).expect("good"), (vec!["ureq/threads".to_owned()], vec![10]));
        assert_eq!(selection(&[]).expect("all").1, SIZES);
        assert!(selection(&["0".to_owned()]).is_err());
    }
}
