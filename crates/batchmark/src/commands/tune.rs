//! `batchmark tune`: searches the fastest conditions by short runs and predictions, then races the best.

use design::Scope;
use model::arm::{BatchSize, Label};
use model::plan::StopRule;
use model::recording::Recording;
use report::printer::{print, style};

use super::run::{Baselines, Read, read, recording_file};
use crate::arguments::RunArguments;
use crate::exit::Exit;
use crate::exports::ExportFiles;
use crate::measuring::Measurer;
use crate::run_request::RunRequest;
use crate::secrets::SecretCollector;
use crate::strategy_grammar::parse;
use crate::usage::UsageError;

/// How many blocks the short run has: enough to learn from.
const BLOCKS: u32 = 5;

/// Finds the fastest conditions.
///
/// # Errors
/// If the request cannot be carried out, or a run fails.
pub fn tune(arguments: &RunArguments) -> anyhow::Result<Exit> {
    if arguments.resume.is_some() {
        return Err(UsageError::TuneResumed.into());
    }
    let read = read(arguments)?;
    if arguments.dry_run {
        return super::dry_run::print_plan(arguments, &read);
    }
    let Read { request, secrets } = read;
    let request = RunRequest { batch_sizes: vec![one_size(arguments, &request)?], ..request };
    let measurer = Measurer::new()?;
    let explored = explore(&measurer, &request, &secrets)?;
    let Some(search) = explain::whatif::search(&explored) else {
        // Its pilot failed: the report says why.
        return super::report::show(&explored, &request.output.shown, ExportFiles::default());
    };
    let race = with_strategies(request, &search.raced)?;
    let prepared = measurer.prepare(&race)?;
    let files = ExportFiles::open(&race.output.exports)?;
    let is_shown = !files.replace_tables();
    if is_shown {
        print(&format!("{}\n", report::search(&search, style())))?;
    }
    let file = recording_file(race.output.save.as_deref())?;
    files.refuse_recording(&file)?;
    let baselines = Baselines::prepare(arguments, &file, &files)?;
    let recording = measurer.measure(&race, prepared, file, secrets.secrets())?;
    let exit = super::report::show(&recording, &race.output.shown, files)?;
    if let Some(winner) = explain::whatif::winner(&recording).filter(|_| is_shown) {
        print(&format!("\n{}", report::winner(&winner, style())))?;
    }
    baselines.conclude(&recording, exit)
}

/// The batch size that is searched: the given one, or the largest of the usual ones.
fn one_size(arguments: &RunArguments, request: &RunRequest) -> Result<BatchSize, UsageError> {
    let largest = request.batch_sizes.iter().copied().max().unwrap_or(BatchSize(1));
    match request.batch_sizes.as_slice() {
        [_, _, ..] if !arguments.batch_sizes.is_empty() => Err(UsageError::SeveralSizes),
        _ => Ok(largest),
    }
}

/// A short run of every strategy as it was given, and with fewer requests at once.
fn explore(
    measurer: &Measurer,
    request: &RunRequest,
    secrets: &SecretCollector,
) -> anyhow::Result<Recording> {
    let short = RunRequest {
        stop: StopRule::Blocks { blocks: BLOCKS },
        scope: Scope { controls: false, experiments: false },
        ..request.clone()
    };
    let explored = explain::whatif::explored(measurer.prepare(&short)?.plan());
    let short = with_strategies(short, &explored)?;
    let prepared = measurer.prepare(&short)?;
    measurer.measure(&short, prepared, tempfile::tempfile()?, secrets.secrets())
}

/// The request with these strategies instead of its own.
fn with_strategies(request: RunRequest, labels: &[Label]) -> Result<RunRequest, UsageError> {
    let strategies: Result<Vec<_>, _> = labels.iter().map(|label| parse(&label.0)).collect();
    Ok(RunRequest { strategies: strategies?.concat(), baseline: None, ..request })
}
