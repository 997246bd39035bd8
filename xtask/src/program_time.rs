//! What the program takes when it measures nothing: to print its version, and to report recordings. The goals: 10 ms,
//! 50 ms for the recording of a run without options, and 0.7 s for 10,000 trials.

use std::path::Path;

use anyhow::{Result, ensure};
use host::clock;
use stats::describe::describe;
use test_support::sample::Sample;

use crate::performance_page::{Publication, Table};
use crate::{program, recording_file};

const RUNS: usize = 20;
/// The recording of a run without options.
const FIRST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/recordings/first.jsonl");
/// Blocks of three trials.
const BLOCKS: u64 = 3_334;

/// Measures and prints the table.
pub(crate) fn measure() -> Result<()> {
    let publication = Publication::take(&mut std::env::args().skip(2).collect());
    let folder = tempfile::tempdir()?;
    let large = folder.path().join("large.jsonl");
    recording_file::write(Sample::three_strategies(BLOCKS), &large)?;
    let trials = format!("report, {} trials", 3 * BLOCKS);
    let mut page = Table::new("program-time");
    page.line(&format!("{RUNS} runs; milliseconds"));
    page.line(&format!("  {:<24} {:>8} {:>8} {:>8}", "", "MB", "median", "maximum"));
    let cases: [(&str, Option<&Path>); 3] = [
        ("--version", None),
        ("report, default run", Some(Path::new(FIRST))),
        (&trials, Some(&large)),
    ];
    for (name, recording) in cases {
        let times = (0..RUNS).map(|_| run(recording)).collect::<Result<Vec<f64>>>()?;
        let megabytes = recording.map_or(Ok(String::new()), megabytes)?;
        let times = describe(&times);
        let [median, maximum] = [times.median, times.max].map(Option::unwrap_or_default);
        page.line(&format!("  {name:<24} {megabytes:>8} {median:>8.1} {maximum:>8.1}"));
    }
    page.finish(publication)
}

fn megabytes(file: &Path) -> Result<String> {
    Ok(format!("{:.2}", file.metadata()?.len() as f64 / 1e6))
}

/// How long one run of the program takes, in milliseconds.
fn run(recording: Option<&Path>) -> Result<f64> {
    let mut command = program::command()?;
    match recording {
        Some(file) => command.arg("report").arg(file),
        None => command.arg("--version"),
    };
    let started = clock::monotonic();
    let output = command.output()?;
    let time = clock::monotonic() - started;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(time.as_secs_f64() * 1e3)
}
