//! `batchmark run --resume`: goes on with an interrupted run, so that its result is that of an
//! uninterrupted one.

use std::path::Path;

use model::recording::StopReason;
use report::printer::print_message;

use super::run::{Baselines, Read, read};
use crate::arguments::RunArguments;
use crate::exit::Exit;
use crate::exports::ExportFiles;
use crate::interrupted::{Interrupted, user_code};
use crate::measuring::{Measurer, Resumed, ResumedOutput, announce};

/// Measures the missing blocks of a recording and prints the result.
///
/// # Errors
/// If the recording cannot go on here, or the run fails.
pub(super) fn resume(arguments: &RunArguments, recording: &Path) -> anyhow::Result<Exit> {
    Interrupted::refuse_decided(arguments)?;
    let interrupted = Interrupted::read(recording)?;
    let Read { request, secrets } = read(arguments)?;
    let targets = interrupted.targets(arguments, &request, secrets.secrets())?;
    let measurer = Measurer::new()?;
    let hosts = interrupted.hosts(&request.hosts);
    user_code::check(&interrupted, &hosts, secrets.secrets())?;
    let prepared = measurer.prepare_resumed(&interrupted, &hosts, targets)?;
    if let Some(waterfall) = &request.output.shown.waterfall {
        waterfall.arm(Some(prepared.plan()))?;
    }
    let files = ExportFiles::open(&request.output.exports)?;
    let tee = interrupted.open(request.output.save.as_deref())?;
    files.refuse_recording(tee.file())?;
    let baselines = Baselines::prepare(arguments, tee.file(), &files)?;
    if !request.output.quiet {
        announce(&interrupted);
    }
    let output = ResumedOutput { secrets: secrets.secrets(), requested: &request.output };
    match measurer.measure_resumed(&interrupted, prepared, tee, output)? {
        Resumed::Measured(recording) => {
            let exit = super::report::show(&recording, &request.output.shown, files)?;
            baselines.conclude(&recording, exit)
        }
        Resumed::Failed(reason) => Ok(failed(reason)),
    }
}

/// Says why the run does not go on.
fn failed(reason: StopReason) -> Exit {
    let (why, exit) = match reason {
        StopReason::Unreachable => ("the target could not be reached", Exit::Unreachable),
        _ => ("no batch succeeds now", Exit::SomeFailed),
    };
    print_message(&format!(
        "batchmark: the run does not go on: {why}; the recording keeps its blocks, so try again later"
    ));
    exit
}
