//! Reads a recording, up to a line that was cut off.

use std::io::{self, BufRead};

use serde::Deserialize;

use crate::parallel;
use crate::plan::Plan;
use crate::recording::{BEFORE, Recording, RecordingHeader, RecordingLine, SCHEMA};
use crate::trial::Trial;

/// Why a file cannot be read as a recording.
#[derive(Debug, thiserror::Error)]
pub enum BadRecording {
    /// It is empty.
    #[error("it is empty")]
    Empty,
    /// Its first line is not a header.
    #[error("it is not a recording of batchmark: its first line is not a header")]
    NotARecording,
    /// It has another schema version.
    #[error(
        "its schema is {found:?}, but this program reads {SCHEMA:?} and {BEFORE:?}: use {}",
        if is_newer(found) { "a newer version of batchmark" } else { "the version of batchmark that made it" }
    )]
    OtherSchema {
        /// The schema that its header names.
        found: String,
    },
    /// A whole line cannot be read.
    #[error("line {number} cannot be read: {reason}")]
    BadLine {
        /// The line, from 1 on.
        number: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The file could not be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// About how many bytes of lines are read before they are parsed, on all cores.
const TOGETHER: usize = 2 << 20;

/// Lines that are parsed together.
#[derive(Default)]
struct Lines {
    text: Vec<u8>,
    /// Where each line ends.
    ends: Vec<usize>,
}

impl Lines {
    /// Reads the next lines, until they have this many bytes, and returns how many lines there are.
    fn read(&mut self, source: &mut impl BufRead, bytes: usize) -> io::Result<usize> {
        self.text.clear();
        self.ends.clear();
        while self.text.len() < bytes && source.read_until(b'\n', &mut self.text)? > 0 {
            self.ends.push(self.text.len());
        }
        Ok(self.ends.len())
    }

    /// Leaves out the last line if it has no line break, and returns whether that was so.
    fn leave_out_cut_off(&mut self) -> bool {
        let is_cut_off = !self.text.ends_with(b"\n");
        if is_cut_off {
            self.ends.pop();
        }
        is_cut_off
    }

    fn all(&self) -> Vec<&[u8]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(&start, &end)| &self.text[start..end]).collect()
    }
}

/// Checks the encoding of a line once, and not that of each of its texts.
fn parse(line: &[u8]) -> Result<RecordingLine, String> {
    let text = str::from_utf8(line).map_err(|error| error.to_string())?;
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// The part of a header that is the same in every version of the schema.
#[derive(Deserialize)]
struct AnyHeader {
    line: String,
    schema: String,
}

impl Recording {
    /// Reads a recording. A last line without a line break was cut off; it is left out and
    /// `truncated` is set. Fields that this program does not know are ignored. Of a trial with more requests
    /// than are unpacked (`packed::MOST_UNPACKED`), nothing about single requests is kept but their failures.
    ///
    /// # Errors
    /// If the text is empty, is not a recording, has another schema, or has a whole line that cannot
    /// be read.
    pub fn read(mut source: impl BufRead) -> Result<Self, BadRecording> {
        let mut lines = Lines::default();
        lines.read(&mut source, 1)?;
        let mut recording = Self::begin(read_header(&lines.text)?);
        let mut number = 1;
        while !recording.truncated && lines.read(&mut source, TOGETHER)? > 0 {
            recording.truncated = lines.leave_out_cut_off();
            for line in parallel::map(&lines.all(), |text| parse(text)) {
                number += 1;
                let line = line.map_err(|reason| BadRecording::BadLine { number, reason })?;
                recording.take(line, number)?;
            }
        }
        Ok(recording)
    }

    const fn begin(header: RecordingHeader) -> Self {
        Self {
            header,
            facts: Vec::new(),
            plan: None,
            trials: Vec::new(),
            closing: None,
            truncated: false,
        }
    }

    fn take(&mut self, line: RecordingLine, number: usize) -> Result<(), BadRecording> {
        match line {
            RecordingLine::Header(_) => {
                let reason = "a second header".to_owned();
                return Err(BadRecording::BadLine { number, reason });
            }
            RecordingLine::Ready(facts) => self.facts.push(facts),
            RecordingLine::Trial(mut trial) => {
                trial.leave_out_unread();
                self.trials.push(*trial);
            }
            RecordingLine::Plan(plan) => self.take_plan(*plan),
            RecordingLine::Closing(closing) => self.closing = Some(closing),
        }
        Ok(())
    }
}

impl Recording {
    /// Takes the plan of a run, or that of one that goes on: what it repeats is left out, and the run has
    /// not ended.
    fn take_plan(&mut self, plan: Plan) {
        if let Some(resumption) = plan.resumed.last() {
            let is_kept =
                |trial: &Trial| trial.place().is_none_or(|place| place.block < resumption.block);
            self.trials.retain(is_kept);
            self.closing = None;
        }
        self.plan = Some(plan);
    }
}

/// Whether a schema is a later version than the one that this program reads.
fn is_newer(schema: &str) -> bool {
    let version = |schema: &str| -> Option<(String, u32)> {
        let (name, version) = schema.rsplit_once('/')?;
        Some((name.to_owned(), version.parse().ok()?))
    };
    match (version(schema), version(SCHEMA)) {
        (Some((name, found)), Some((ours, read))) => name == ours && found > read,
        _ => false,
    }
}

fn read_header(text: &[u8]) -> Result<RecordingHeader, BadRecording> {
    if text.trim_ascii().is_empty() {
        return Err(BadRecording::Empty);
    }
    let any: AnyHeader = serde_json::from_slice(text).map_err(|_| BadRecording::NotARecording)?;
    if any.line != "header" {
        return Err(BadRecording::NotARecording);
    }
    if any.schema != SCHEMA && any.schema != BEFORE {
        return Err(BadRecording::OtherSchema { found: any.schema });
    }
    match serde_json::from_slice(text) {
        Ok(RecordingLine::Header(header)) => Ok(*header),
        Ok(_) => Err(BadRecording::NotARecording),
        Err(error) => Err(BadRecording::BadLine { number: 1, reason: error.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::ArmName;
    use crate::environment::Environment;
    use crate::failure::{Failure, FailureKind};
    use crate::plan::Resumption;
    use crate::recording::{Closing, StopReason, Writer};
    use crate::target::Request;
    use crate::time::{Moment, Span};
    use crate::trace::Columns;
    use crate::trace::Milestone;
    use crate::trial::{
        ImposedEffects, Outcome, Place, ResponseVersions, Run, Stage, TrialId, Usage,
    };

    fn lines() -> Vec<RecordingLine> {
        let header = RecordingHeader {
            schema: SCHEMA.to_owned(),
            started_at: "2026-01-01T00:00:00Z".to_owned(),
            environment: Environment::default(),
            drivers: Vec::new(),
            clock: None,
        };
        let run = Run {
            started: Moment::from_nanos(u64::MAX - 10),
            finished: Moment::from_nanos(u64::MAX),
            usage: Usage::default(),
            columns: Columns::default()
                .with(Milestone::Done, vec![Some(Span::from_nanos(9)), None]),
            imposed: ImposedEffects::new(),
            http: ResponseVersions::new(),
            sampled: None,
            profile: None,
        };
        let place = Place { block: 0, slot: 1, predecessor: Some(ArmName("a@1".to_owned())) };
        let trial = Trial {
            id: TrialId(1),
            arm: ArmName("b@1".to_owned()),
            stage: Stage::Counted(place),
            process: 0,
            outcome: Outcome::Ran(Box::new(run)),
            witness: None,
            socket: None,
        };
        let closing = Closing { reason: StopReason::Blocks, blocks: 1, busy: Some(0.5) };
        vec![
            RecordingLine::Header(Box::new(header)),
            RecordingLine::Trial(Box::new(trial)),
            RecordingLine::Closing(closing),
        ]
    }

    fn written(lines: &[RecordingLine]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes);
        for line in lines.iter().cloned() {
            writer.append(line).expect("memory takes every line");
        }
        bytes
    }

    #[test]
    fn reads_back_what_was_written() {
        let lines = lines();
        let recording = Recording::read(written(&lines).as_slice()).expect("reads");
        let mut again = vec![RecordingLine::Header(Box::new(recording.header))];
        again.extend(
            recording.trials.into_iter().map(|trial| RecordingLine::Trial(Box::new(trial))),
        );
        again.extend(recording.closing.map(RecordingLine::Closing));
        assert_eq!(again, lines);
        assert!(!recording.truncated);
    }

    #[test]
    fn reads_up_to_the_last_whole_line() {
        let bytes = written(&lines());
        let header_end = bytes.iter().position(|&byte| byte == b'\n').expect("has lines") + 1;
        for cut in header_end..bytes.len() {
            let recording = Recording::read(&bytes[..cut]).expect("reads");
            let whole = bytes[header_end..cut].iter().filter(|&&byte| byte == b'\n').count();
            assert_eq!(recording.trials.len() + usize::from(recording.closing.is_some()), whole);
            assert_eq!(recording.truncated, bytes[cut - 1] != b'\n');
        }
    }

    #[test]
    fn refuses_what_is_not_a_recording() {
        let refusal =
            |text: &str| Recording::read(text.as_bytes()).expect_err("is refused").to_string();
        assert_eq!(refusal(""), "it is empty");
        assert_eq!(refusal("\n"), "it is empty");
        assert!(refusal("hello\n").contains("not a recording"));
        assert!(refusal("{\"a\":1}\n").contains("not a recording"));
        let version = |version: &str| {
            refusal(&format!(r#"{{"line":"header","schema":"{version}","what":"else"}}"#))
        };
        assert_eq!(
            version("batchmark-recording/3"),
            "its schema is \"batchmark-recording/3\", but this program reads \
             \"batchmark-recording/2\" and \"batchmark-recording/1\": use a newer version of batchmark"
        );
        for older in ["batchmark-recording/0", "batchmark-recording"] {
            assert!(version(older).ends_with("use the version of batchmark that made it"));
        }
        let mut bytes = written(&lines()[..1]);
        bytes.extend(b"{}\n");
        let error = Recording::read(bytes.as_slice()).expect_err("is refused").to_string();
        assert!(error.starts_with("line 2 cannot be read"), "{error}");
    }

    #[test]
    fn leaves_out_the_trials_that_a_resumed_run_repeats() {
        let [header, trial, closing] = lines().try_into().expect("three lines");
        let in_block = |block, id| {
            let RecordingLine::Trial(trial) = &trial else { panic!("is a trial") };
            let place = Place { block, slot: 0, predecessor: None };
            let stage = Stage::Counted(place);
            RecordingLine::Trial(Box::new(Trial { id: TrialId(id), stage, ..(**trial).clone() }))
        };
        let mut plan = Recording::read(OLDEST.as_bytes()).expect("reads").plan.expect("has a plan");
        let planned = RecordingLine::Plan(Box::new(plan.clone()));
        let (at, first_trial) = (String::new(), TrialId(2));
        plan.resumed.push(Resumption { at, first_trial, block: 1, spent: Span::ZERO });
        let resumed = RecordingLine::Plan(Box::new(plan));
        let lines =
            [header, planned, in_block(0, 0), in_block(1, 1), closing, resumed, in_block(1, 2)];
        let recording = Recording::read(written(&lines).as_slice()).expect("reads");
        let ids: Vec<u64> = recording.trials.iter().map(|trial| trial.id.0).collect();
        assert_eq!(ids, [0, 2]);
        assert_eq!(recording.closing, None);
    }

    /// A recording without any field that was added to the schema since its first version.
    const OLDEST: &str = include_str!("oldest.jsonl");

    #[test]
    fn reads_the_oldest_recording_of_the_schema_before() {
        let recording = Recording::read(OLDEST.as_bytes()).expect("reads");
        assert_eq!((recording.trials.len(), recording.facts.len()), (2, 1));
        assert!(recording.plan.expect("has a plan").references.is_empty());
        assert_eq!(recording.closing.map(|closing| closing.busy), Some(None));
    }

    #[test]
    fn reads_back_a_plan_and_trials_that_are_long_enough_to_be_packed() {
        let mut recording = Recording::read(OLDEST.as_bytes()).expect("reads");
        let plan = recording.plan.as_mut().expect("has a plan");
        let target = &mut plan.targets[0].target;
        let request = target.requests.first().expect("has one");
        let numbered =
            |number| Request { url: format!("{}{number}", request.url), ..request.clone() };
        target.requests = (0..2000).map(numbered).collect();
        recording.trials.remove(0);
        let Outcome::Ran(run) = &mut recording.trials[0].outcome else { panic!("it ran") };
        run.columns = Columns::default();
        run.columns.bytes = Some(vec![Some(80); 2000]);
        let lines = [
            RecordingLine::Header(Box::new(recording.header.clone())),
            RecordingLine::Plan(Box::new(recording.plan.clone().expect("has a plan"))),
            RecordingLine::Trial(Box::new(recording.trials[0].clone())),
        ];
        let bytes = written(&lines);
        assert!(bytes.len() < 8000, "{} bytes", bytes.len());
        let read = Recording::read(bytes.as_slice()).expect("reads");
        assert_eq!((read.plan, &read.trials[..]), (recording.plan, &recording.trials[..1]));
    }

    #[test]
    fn keeps_nothing_of_single_requests_of_a_very_large_batch_but_their_failures() {
        let mut recording = Recording::read(OLDEST.as_bytes()).expect("reads");
        let requests = crate::packed::MOST_UNPACKED + 1;
        let mut trial = recording.trials.remove(1);
        let Outcome::Ran(run) = &mut trial.outcome else { panic!("it ran") };
        let message = "it ended".to_owned();
        let failure = Failure { kind: FailureKind::Reset, message };
        let error = Some((0..requests).map(|at| (at == 5).then(|| failure.clone())).collect());
        run.columns =
            Columns { error, bytes: Some(vec![Some(80); requests]), ..Columns::default() };
        let lines = [
            RecordingLine::Header(Box::new(recording.header.clone())),
            RecordingLine::Trial(Box::new(trial.clone())),
        ];
        let read = Recording::read(written(&lines).as_slice()).expect("reads");
        let Outcome::Ran(run) = &read.trials[0].outcome else { panic!("it ran") };
        assert_eq!(run.columns.failures().collect::<Vec<_>>(), [&failure]);
        assert_eq!((&run.columns.bytes, &read.trials[0].witness), (&None, &None));
        assert_eq!(read.trials[0].batch_time(), None);
    }

    #[test]
    fn ignores_fields_that_a_newer_program_has_added() {
        let newer = OLDEST.replace(r#""seed":1,"#, r#""seed":1,"added_later":{"to":"the plan"},"#);
        assert_ne!(newer, OLDEST);
        let read = |text: &str| Recording::read(text.as_bytes()).expect("reads");
        assert_eq!(read(&newer), read(OLDEST));
    }
}
