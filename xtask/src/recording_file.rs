//! Reads and writes the files of recordings.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

use anyhow::{Context, Result};
use model::recording::{Recording, RecordingLine, Writer};

/// Reads a recording.
pub(crate) fn read(file: &Path) -> Result<Recording> {
    let cannot_read = || format!("cannot read {}", file.display());
    let source = File::open(file).with_context(cannot_read)?;
    Recording::read(BufReader::new(source)).with_context(cannot_read)
}

/// Writes a recording. Its plan comes before all trials.
pub(crate) fn write(recording: Recording, file: &Path) -> Result<()> {
    let Recording { header, facts, plan, trials, closing, truncated: _ } = recording;
    let lines = std::iter::once(RecordingLine::Header(Box::new(header)))
        .chain(facts.into_iter().map(RecordingLine::Ready))
        .chain(plan.map(|plan| RecordingLine::Plan(Box::new(plan))))
        .chain(trials.into_iter().map(|trial| RecordingLine::Trial(Box::new(trial))))
        .chain(closing.map(RecordingLine::Closing));
    let cannot_write = || format!("cannot write {}", file.display());
    let mut writer = Writer::new(BufWriter::new(File::create(file).with_context(cannot_write)?));
    for line in lines {
        writer.append(line).with_context(cannot_write)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::sample::Sample;

    #[test]
    fn a_written_recording_is_read_back() {
        let recording = Sample::three_strategies(2);
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        let file = folder.path().join("recording.jsonl");
        write(recording.clone(), &file).expect("writes");
        assert_eq!(read(&file).expect("reads"), recording);
    }
}
