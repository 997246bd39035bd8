//! Reads a recording, up to a line that was cut off.

use std::io::{self, BufRead};

use serde::Deserialize;

use crate::recording::{Header, Line, Recording, SCHEMA};

/// Why a text is not a recording that this program can read.
#[derive(Debug, thiserror::Error)]
pub enum BadRecording {
    /// Nothing in it.
    #[error("it is empty")]
    Empty,
    /// Its first line is not a header.
    #[error("it is not a recording of batchmark: its first line is no header")]
    NotARecording,
    /// Made by a program with another schema.
    #[error(
        "its schema is {found:?}, and this program reads {SCHEMA:?}: use the version of batchmark that made it, or a newer one"
    )]
    OtherSchema {
        /// The schema that its header names.
        found: String,
    },
    /// A whole line that is none of a recording's.
    #[error("line {number} cannot be read: {reason}")]
    BadLine {
        /// The line, from 1 on.
        number: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// It could not be read at all.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The part of a header that every version of the schema has.
#[derive(Deserialize)]
struct AnyHeader {
    line: String,
    schema: String,
}

impl Recording {
    /// Reads a recording. A last line without a line break was cut off: it is left out, and
    /// `truncated` says so.
    ///
    /// # Errors
    /// When the text is empty, is no recording, is one of another schema, or has a whole line that
    /// cannot be read.
    pub fn read(mut source: impl BufRead) -> Result<Self, BadRecording> {
        let mut text = Vec::new();
        source.read_until(b'\n', &mut text)?;
        let mut recording = Self::begin(read_header(&text)?);
        for number in 2.. {
            text.clear();
            if source.read_until(b'\n', &mut text)? == 0 {
                break;
            }
            if !text.ends_with(b"\n") {
                recording.truncated = true;
                break;
            }
            let line = serde_json::from_slice(&text)
                .map_err(|error| BadRecording::BadLine { number, reason: error.to_string() })?;
            recording.take(line, number)?;
        }
        Ok(recording)
    }

    const fn begin(header: Header) -> Self {
        Self {
            header,
            facts: Vec::new(),
            plan: None,
            trials: Vec::new(),
            closing: None,
            truncated: false,
        }
    }

    fn take(&mut self, line: Line, number: usize) -> Result<(), BadRecording> {
        match line {
            Line::Header(_) => {
                let reason = "a second header".to_owned();
                return Err(BadRecording::BadLine { number, reason });
            }
            Line::Ready(facts) => self.facts.push(facts),
            Line::Trial(trial) => self.trials.push(*trial),
            Line::Plan(plan) => self.plan = Some(*plan),
            Line::Closing(closing) => self.closing = Some(closing),
        }
        Ok(())
    }
}

fn read_header(text: &[u8]) -> Result<Header, BadRecording> {
    if text.trim_ascii().is_empty() {
        return Err(BadRecording::Empty);
    }
    let any: AnyHeader = serde_json::from_slice(text).map_err(|_| BadRecording::NotARecording)?;
    if any.line != "header" {
        return Err(BadRecording::NotARecording);
    }
    if any.schema != SCHEMA {
        return Err(BadRecording::OtherSchema { found: any.schema });
    }
    match serde_json::from_slice(text) {
        Ok(Line::Header(header)) => Ok(*header),
        Ok(_) => Err(BadRecording::NotARecording),
        Err(error) => Err(BadRecording::BadLine { number: 1, reason: error.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::ArmName;
    use crate::environment::Environment;
    use crate::recording::{Closing, StopReason, Writer};
    use crate::time::{Moment, Span};
    use crate::trace::Columns;
    use crate::trace::Milestone;
    use crate::trial::{Outcome, Place, Run, Stage, Trial, TrialId, Usage};

    fn lines() -> Vec<Line> {
        let header = Header {
            schema: SCHEMA.to_owned(),
            started_at: "2026-01-01T00:00:00Z".to_owned(),
            environment: Environment::default(),
            drivers: Vec::new(),
        };
        let run = Run {
            started: Moment::from_nanos(u64::MAX - 10),
            finished: Moment::from_nanos(u64::MAX),
            usage: Usage::default(),
            columns: Columns::default()
                .with(Milestone::Done, vec![Some(Span::from_nanos(9)), None]),
        };
        let place = Place { block: 0, slot: 1, predecessor: Some(ArmName("a@1".to_owned())) };
        let trial = Trial {
            id: TrialId(1),
            arm: ArmName("b@1".to_owned()),
            stage: Stage::Counted(place),
            process: 0,
            outcome: Outcome::Ran(Box::new(run)),
            witness: None,
        };
        let closing = Closing { reason: StopReason::Blocks, blocks: 1, busy: Some(0.5) };
        vec![Line::Header(Box::new(header)), Line::Trial(Box::new(trial)), Line::Closing(closing)]
    }

    fn written(lines: &[Line]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes);
        for line in lines {
            writer.append(line).expect("memory takes every line");
        }
        bytes
    }

    #[test]
    fn what_is_written_reads_back() {
        let lines = lines();
        let recording = Recording::read(written(&lines).as_slice()).expect("reads");
        let mut again = vec![Line::Header(Box::new(recording.header))];
        again.extend(recording.trials.into_iter().map(|trial| Line::Trial(Box::new(trial))));
        again.extend(recording.closing.map(Line::Closing));
        assert_eq!(again, lines);
        assert!(!recording.truncated);
    }

    #[test]
    fn cut_anywhere_it_reads_up_to_the_last_whole_line() {
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
    fn what_is_no_recording_is_refused_with_the_reason() {
        let refusal =
            |text: &str| Recording::read(text.as_bytes()).expect_err("is refused").to_string();
        assert_eq!(refusal(""), "it is empty");
        assert_eq!(refusal("\n"), "it is empty");
        assert!(refusal("hello\n").contains("not a recording"));
        assert!(refusal("{\"a\":1}\n").contains("not a recording"));
        let newer = r#"{"line":"header","schema":"batchmark-recording/2","what":"else"}"#;
        assert!(refusal(newer).contains("batchmark-recording/2"));
        let mut bytes = written(&lines()[..1]);
        bytes.extend(b"{}\n");
        let error = Recording::read(bytes.as_slice()).expect_err("is refused").to_string();
        assert!(error.starts_with("line 2 cannot be read"), "{error}");
    }
}
