//! HdrHistogram's interval log: a histogram of request latencies for each counted trial that succeeded,
//! under the arm as its tag. Values are nanoseconds, to three digits; the readable maxima milliseconds.
//!
//! A latency lasts from the start of a request in the client to its end there. A comment names each arm of
//! which none was observed.

use std::time::Duration;

use evidence::{ArmEvidence, Evidence, Examined};
use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};
use model::time::{Moment, Span};

use super::Source;
use super::wall_clock::WallClock;
use crate::printable::acts;

const DIGITS: u8 = 3;
const NANOS_PER_MILLI: f64 = 1e6;
const VERSION: &str = "[Histogram log format version 1.3]";

/// The latencies of a trial.
struct Interval {
    tag: String,
    started: Moment,
    length: Span,
    latencies: Histogram<u64>,
}

pub(super) fn write(source: Source<'_>) -> String {
    let evidence = Evidence::of_recording(source.recording);
    let arms: Vec<&ArmEvidence<'_>> = evidence.iter().flat_map(Evidence::measured).collect();
    let mut comments = vec![
        VERSION.to_owned(),
        "latency of single requests, in nanoseconds; a line for each trial".into(),
    ];
    let mut intervals = Vec::new();
    for arm in arms {
        let before = intervals.len();
        intervals.extend(arm.successes.iter().filter_map(|trial| Interval::new(arm, trial)));
        if intervals.len() == before {
            comments.push(absent(arm));
        }
    }
    intervals.sort_by_key(|interval| interval.started);
    let mut text = Vec::new();
    // Writing to memory fails only where a histogram cannot be encoded, and these have few values.
    let _ = log(&mut text, WallClock::new(source.recording), &comments, &intervals);
    String::from_utf8_lossy(&text).into_owned()
}

/// Why an arm has no line.
fn absent(arm: &ArmEvidence<'_>) -> String {
    let name = tag(&arm.arm.name.0);
    if arm.successes.is_empty() {
        return format!("{name} is missing: no counted trial succeeded");
    }
    format!(
        "{name} is missing: neither its client nor the socket witness observed when its requests started and ended"
    )
}

impl Interval {
    /// None where no request of the trial was observed from its start to its end.
    fn new(arm: &ArmEvidence<'_>, trial: &Examined<'_>) -> Option<Self> {
        let mut latencies = Histogram::new(DIGITS).ok()?;
        if let Some(sampled) = &trial.run.sampled {
            latencies.add(sampled.totals.latency.as_ref()?.unpack()?).ok()?;
        }
        let rows = trial.timelines.iter().filter(|_| trial.run.sampled.is_none());
        for flight in rows.filter_map(|timeline| timeline.flight) {
            latencies.record(flight.length().as_nanos()).ok()?;
        }
        (!latencies.is_empty()).then(|| Self {
            tag: tag(&arm.arm.name.0),
            started: trial.run.started,
            length: trial.batch_time(),
            latencies,
        })
    }
}

/// A name as a tag, which may hold neither commas nor spaces.
fn tag(name: &str) -> String {
    let in_tag = |letter: char| match letter {
        ',' => ';',
        letter if letter.is_whitespace() || acts(letter) => '_',
        letter => letter,
    };
    name.chars().map(in_tag).collect()
}

/// Why a log could not be written.
type LogError = Box<dyn std::error::Error>;

fn log(
    text: &mut Vec<u8>,
    clock: WallClock,
    comments: &[String],
    intervals: &[Interval],
) -> Result<(), LogError> {
    let mut serializer = V2DeflateSerializer::new();
    let mut builder = IntervalLogWriterBuilder::new();
    for comment in comments {
        builder.add_comment(comment);
    }
    let mut writer = builder
        .with_start_time(clock.started_at())
        .with_base_time(clock.started_at())
        .with_max_value_divisor(NANOS_PER_MILLI)
        .begin_log_with(text, &mut serializer)?;
    for interval in intervals {
        let start = Duration::from(clock.since_start(interval.started));
        let length = Duration::from(interval.length);
        writer
            .write_histogram(&interval.latencies, start, length, Tag::new(&interval.tag))
            .map_err(|error| format!("{error:?}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{Format, testing::text};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use hdrhistogram::serialization::Deserializer;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
    use model::failure::FailureKind;
    use model::recording::StopReason;
    use test_support::sample::{Sample, failure};

    #[test]
    fn each_trial_is_an_interval_with_the_latencies_of_its_requests() {
        let recording = Sample::three_strategies(2);
        let text = text(Format::Hdr, &recording);
        assert!(text.starts_with(&format!("#{VERSION}\n")), "{text}");
        let entries = IntervalLogIterator::new(text.as_bytes()).map(|entry| entry.expect("reads"));
        let mut tags = Vec::new();
        for entry in entries {
            let LogEntry::Interval(interval) = entry else { continue };
            tags.push(interval.tag().expect("has a tag").as_str().to_owned());
            let bytes = STANDARD.decode(interval.encoded_histogram()).expect("is base64");
            let read: Histogram<u64> =
                Deserializer::new().deserialize(&mut bytes.as_slice()).expect("is a histogram");
            assert_eq!(read.len(), 4, "{tags:?}");
            let longest = Duration::from_nanos(read.max());
            assert!(longest <= interval.duration() + Duration::from_millis(1), "{longest:?}");
        }
        let names = ["ureq/sequential@4", "ureq/threads@4", "hyper/async@4"];
        assert_eq!(tags.len(), 6);
        assert!(names.iter().all(|name| tags.iter().filter(|tag| tag == name).count() == 2));
    }

    #[test]
    fn an_arm_without_a_latency_is_named_with_the_reason() {
        let mut sample = Sample::new(&[("own/silent", 1), ("own/failing", 1)]);
        sample.block(&[("own/silent@1", 10)]);
        sample.failed("own/failing@1", &[Some(failure(FailureKind::Reset, "cut off"))]);
        let text = text(Format::Hdr, &sample.without_witness().end(StopReason::Blocks));
        assert!(text.contains("#own/silent@1 is missing: neither its client nor"), "{text}");
        assert!(text.contains("#own/failing@1 is missing: no counted trial succeeded"), "{text}");
        let entries = IntervalLogIterator::new(text.as_bytes()).map(|entry| entry.expect("reads"));
        assert!(!entries.into_iter().any(|entry| matches!(entry, LogEntry::Interval(_))), "{text}");
    }

    #[test]
    fn a_name_with_several_conditions_is_one_tag() {
        let tag = tag("own/x y:session=warm,workers=4@16");
        assert_eq!(tag, "own/x_y:session=warm;workers=4@16");
        assert!(Tag::new(&tag).is_some());
    }
}
