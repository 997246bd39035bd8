//! The tools: each is asked as its users ask it, again and again until it claims something.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use host::clock;
use model::recording::Recording;
use model::time::Moment;
use model::trial::{Outcome, Trial};
use serde::Deserialize;

use super::claim::{Attempt, Claim};
use super::session::{REQUESTS, Session};
use crate::{program, recording_file};

/// How many runs of each command come between two looks at the result.
const LOOK: u32 = 10;
/// More blocks than fit into the time.
const MOST_BLOCKS: &str = "1000";
/// As the program's margin.
const MARGIN: f64 = 0.02;

model::closed_list! {
    /// A tool, or a way of reading its result.
    pub(super) enum Tool {
        /// Its verdict, which uses the interval of the ratio.
        Batchmark = "batchmark",
        /// The ratio that it prints, with its ±.
        Hyperfine = "hyperfine",
        /// The ratio without ±, as tools show it that print only means.
        MeansOnly = "hyperfine, means only",
    }
}

impl Tool {
    /// Runs the tool until it claims something or the time is over.
    pub(super) fn attempt(self, session: &Session) -> Result<Attempt> {
        match self {
            Self::Batchmark => batchmark(session),
            Self::Hyperfine => hyperfine(session, Uncertainty::of),
            Self::MeansOnly => hyperfine(session, |_, _| Uncertainty(0.0)),
        }
    }
}

fn batchmark(session: &Session) -> Result<Attempt> {
    let file = session.file("recording.jsonl");
    let started = clock::now();
    let mut command = program::command()?;
    command.arg("run").arg(format!("{}/[1-{REQUESTS}]", session.url));
    command.args(["-b", &REQUESTS.to_string(), "-n", MOST_BLOCKS]);
    for (name, words) in ["first", "second"].iter().zip(session.commands("{urls}")) {
        command.args(["--command", &format!("{name}={words}")]);
        command.args(["-s", &format!("command/{name}")]);
    }
    command.args(["--budget", &format!("{}s", session.patience.as_secs()), "--save"]).arg(&file);
    let output = command.output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "batchmark ended with {}: {text}", output.status);
    first_claim(&recording_file::read(&file)?, started)
}

/// The first verdict among those after each ten blocks.
fn first_claim(recording: &Recording, started: Moment) -> Result<Attempt> {
    let blocks = recording.trials.iter().filter_map(|trial| Some(trial.place()?.block + 1)).max();
    let blocks = blocks.context("nothing was measured")?;
    for seen in (LOOK..=blocks).step_by(LOOK as usize) {
        let mut until = recording.clone();
        until.trials.retain(|trial| trial.place().is_none_or(|place| place.block < seen));
        if let Some(claim) = verdict(&until) {
            return Ok(Attempt { claim: Some(claim), ..attempt(&until, seen, started) });
        }
    }
    Ok(attempt(recording, blocks, started))
}

fn verdict(recording: &Recording) -> Option<Claim> {
    let analysis = explain::analyse(recording);
    let ratio = analysis.ratios.first()?;
    match ratio.verdict.name() {
        "slower" => Some(Claim::Second),
        "faster" => Some(Claim::First),
        _ => None,
    }
}

/// An attempt without a claim that ended with the last trial.
fn attempt(recording: &Recording, blocks: u32, started: Moment) -> Attempt {
    let ends = recording.trials.iter().filter_map(end);
    let time = ends.max().map_or(Duration::ZERO, |end| end.since(started).into());
    Attempt { claim: None, time, runs: blocks as usize }
}

fn end(trial: &Trial) -> Option<Moment> {
    match &trial.outcome {
        Outcome::Ran(run) => Some(run.finished),
        Outcome::Lost(_) => None,
    }
}

/// What hyperfine exports.
#[derive(Deserialize)]
struct Exported {
    results: Vec<Measured>,
}

#[derive(Deserialize)]
struct Measured {
    mean: f64,
    stddev: f64,
}

/// Half of the interval that a tool gives to a ratio, as a share of the ratio.
struct Uncertainty(f64);

impl Uncertainty {
    /// What hyperfine prints behind `±`.
    fn of(first: &Measured, second: &Measured) -> Self {
        Self((first.stddev / first.mean).hypot(second.stddev / second.mean))
    }
}

/// Repeats sessions until one claims something.
fn hyperfine(
    session: &Session,
    uncertainty: impl Fn(&Measured, &Measured) -> Uncertainty,
) -> Result<Attempt> {
    let file = session.file("hyperfine.json");
    let (started, mut runs) = (clock::monotonic(), 0);
    loop {
        let mut command = Command::new("hyperfine");
        command.args(["-N", "--warmup", "3", "--runs", &LOOK.to_string(), "--export-json"]);
        command
            .arg(&file)
            .args(session.commands(&session.urls()))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let status = command.status().context("hyperfine cannot be started: install it")?;
        ensure!(status.success(), "hyperfine ended with {status}");
        let exported: Exported = serde_json::from_slice(&std::fs::read(&file)?)?;
        let [first, second] = &exported.results[..] else {
            anyhow::bail!("hyperfine did not measure two commands");
        };
        runs += LOOK as usize;
        let (ratio, share) = (second.mean / first.mean, uncertainty(first, second).0);
        let claim = Claim::of_interval(ratio * (1.0 - share), ratio * (1.0 + share), MARGIN);
        let time = clock::monotonic() - started;
        if claim.is_some() || time > session.patience {
            return Ok(Attempt { claim, time, runs });
        }
    }
}
