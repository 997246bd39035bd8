//! OTLP JSON (`ExportTraceServiceRequest`): a trace for each trial, in it a span for each request, and in
//! that one for each phase.
//!
//! The same recording always gives the same identifiers, so that a second upload adds nothing.

use explain::waterfall::{PhaseSpan, Row, RowKind};
use model::recording::Recording;
use model::time::{Moment, Span};
use serde_json::{Value, json};

use super::Source;
use super::chosen::{ChosenTrial, chosen};
use super::wall_clock::WallClock;

/// The kinds of span and of status, as OTLP numbers them.
const INTERNAL: u32 = 1;
const CLIENT: u32 = 3;
const STATUS_UNSET: u32 = 0;
const STATUS_ERROR: u32 = 2;

pub(super) fn write(source: Source<'_>) -> String {
    let Source { recording, .. } = source;
    let clock = WallClock::new(recording);
    let trials = chosen(source);
    let spans: Vec<Value> = trials
        .iter()
        .flat_map(|trial| Trace { id: Id::of_trial(recording, trial), clock, trial }.spans())
        .collect();
    words::json::pretty(&json!({ "resourceSpans": [{
        "resource": { "attributes": [text("service.name", "batchmark")] },
        "scopeSpans": [{
            "scope": { "name": "batchmark", "version": recording.header.environment.batchmark },
            "spans": spans,
        }],
    }] }))
}

/// An identifier by what it identifies (FNV-1a, 64 bits: Fowler, Noll and Vo, RFC 9923).
#[derive(Clone, Copy)]
struct Id(u64);

impl Id {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;

    fn of_trial(recording: &Recording, trial: &ChosenTrial<'_>) -> Self {
        let seed = recording.plan.as_ref().map_or(0, |plan| plan.seed);
        let name = format!("{} {seed} {}", recording.header.started_at, trial.trial.id.0);
        Self(Self::OFFSET).with(&name)
    }

    /// The identifier of a part.
    fn with(self, name: &str) -> Self {
        let hash = name
            .bytes()
            .fold(self.0, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(Self::PRIME));
        // OTLP forbids 0.
        Self(hash.max(1))
    }

    /// 16 hexadecimal digits.
    fn span(self) -> String {
        format!("{:016x}", self.0)
    }

    /// 32 hexadecimal digits.
    fn trace(self) -> String {
        format!("{:016x}{:016x}", self.0, self.with("trace").0)
    }
}

/// The spans of a trial under construction.
struct Trace<'a> {
    id: Id,
    clock: WallClock,
    trial: &'a ChosenTrial<'a>,
}

/// A span of the trial.
struct Part {
    id: Id,
    parent: Option<Id>,
    name: String,
    kind: u32,
    from: Span,
    to: Span,
    attributes: Vec<Value>,
    error: Option<String>,
}

impl Trace<'_> {
    fn spans(&self) -> Vec<Value> {
        let mut spans = vec![self.span(self.batch())];
        for (place, row) in self.trial.waterfall.rows.iter().enumerate() {
            let Some(request) = self.request(place, row) else { continue };
            let parent = request.id;
            spans.push(self.span(request));
            spans.extend(
                row.phases.iter().enumerate().map(|(at, phase)| self.span(part(parent, at, phase))),
            );
        }
        spans
    }

    fn batch(&self) -> Part {
        let arm = self.trial.arm;
        let failed = self.trial.run.failed_requests();
        let block = self.trial.trial.place();
        let mut attributes = vec![
            text("batchmark.arm", &arm.name.0),
            text("batchmark.strategy", &arm.strategy),
            whole("batchmark.batch_size", arm.batch_size.0),
            whole("batchmark.trial", self.trial.trial.id.0),
        ];
        attributes.extend(block.map(|place| whole("batchmark.block", place.block)));
        Part {
            id: self.id.with("batch"),
            parent: None,
            name: format!("batch of {}", arm.name),
            kind: INTERNAL,
            from: Span::ZERO,
            to: self.trial.waterfall.length,
            attributes,
            error: (failed > 0).then(|| failed_requests(failed)),
        }
    }

    /// None where nothing of the request was observed: it has no times.
    fn request(&self, place: usize, row: &Row<'_>) -> Option<Part> {
        let (from, to) = row.begin().zip(row.end())?;
        let method = self.trial.method(row);
        let mut attributes = vec![];
        attributes.extend(method.as_deref().map(|method| text("http.request.method", method)));
        attributes.extend(self.trial.url(row).map(|url| text("url.full", &url)));
        attributes.extend(row.status.map(|status| whole("http.response.status_code", status)));
        attributes.extend(row.bytes.map(|bytes| whole("http.response.body.size", bytes)));
        attributes
            .extend(row.connection.map(|it| whole("batchmark.connection", it.number.0 as u64)));
        attributes.extend(row.worker.map(|worker| whole("batchmark.worker", worker)));
        attributes.extend(row.error.map(|failure| text("error.type", failure.kind.name())));
        attributes.extend(repeated(row));
        Some(Part {
            id: self.id.with(&format!("request {place}")),
            parent: Some(self.id.with("batch")),
            name: method.as_deref().unwrap_or("request").to_owned(),
            kind: CLIENT,
            from,
            to,
            attributes,
            error: row.error.map(|failure| failure.message.clone()),
        })
    }

    fn span(&self, part: Part) -> Value {
        let started = self.trial.run.rows_start();
        let at = |span: Span| -> String {
            let moment: Moment = started + span;
            self.clock.unix_nanos(moment).as_nanos().to_string()
        };
        let code = if part.error.is_some() { STATUS_ERROR } else { STATUS_UNSET };
        json!({
            "traceId": self.id.trace(),
            "spanId": part.id.span(),
            "parentSpanId": part.parent.map(Id::span).unwrap_or_default(),
            "name": part.name,
            "kind": part.kind,
            "startTimeUnixNano": at(part.from),
            "endTimeUnixNano": at(part.to),
            "attributes": part.attributes,
            "status": { "code": code, "message": part.error.unwrap_or_default() },
        })
    }
}

fn part(parent: Id, place: usize, phase: &PhaseSpan) -> Part {
    Part {
        id: parent.with(&format!("phase {place}")),
        parent: Some(parent),
        name: phase.phase.name().to_owned(),
        kind: INTERNAL,
        from: phase.from,
        to: phase.to,
        attributes: Vec::new(),
        error: None,
    }
}

/// Whether it was made again, or belongs to no known item.
fn repeated(row: &Row<'_>) -> Option<Value> {
    match row.kind {
        RowKind::Item => None,
        RowKind::Detour(_) => Some(text("batchmark.request", "made again")),
        RowKind::Unmatched => Some(text("batchmark.request", "of no known item")),
    }
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

/// 64-bit numbers are strings in OTLP JSON.
fn whole(key: &str, value: impl Into<u64>) -> Value {
    json!({ "key": key, "value": { "intValue": value.into().to_string() } })
}

fn failed_requests(count: u64) -> String {
    words::list::counted(usize::try_from(count).unwrap_or(usize::MAX), "failed request")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::export::{Format, testing};
    use test_support::sample::Sample;

    fn spans() -> Vec<Value> {
        let text = testing::text(Format::Otlp, &Sample::three_strategies(3));
        let document: Value = serde_json::from_str(&text).expect("is JSON");
        let spans = &document["resourceSpans"][0]["scopeSpans"][0]["spans"];
        spans.as_array().expect("is a list").clone()
    }

    #[test]
    fn each_span_has_an_identifier_of_its_own_and_a_parent_in_its_trace() {
        let spans = spans();
        let key = |span: &Value, id: &str| format!("{} {}", span["traceId"], span[id]);
        let ids: BTreeSet<String> = spans.iter().map(|span| key(span, "spanId")).collect();
        assert_eq!(ids.len(), spans.len());
        let children: Vec<&Value> =
            spans.iter().filter(|span| span["parentSpanId"] != "").collect();
        assert!(children.iter().all(|span| ids.contains(&key(span, "parentSpanId"))));
        assert_eq!(spans.len() - children.len(), 3, "a root for each arm");
        let hex = |span: &Value, id: &str| span[id].as_str().expect("is text").len();
        assert!(spans.iter().all(|span| (hex(span, "traceId"), hex(span, "spanId")) == (32, 16)));
    }

    #[test]
    fn the_same_recording_has_the_same_identifiers() {
        assert_eq!(spans(), spans());
    }

    #[test]
    fn spans_lie_within_their_parents() {
        let spans = spans();
        let at = |span: &Value, key: &str| -> u64 {
            span[key].as_str().expect("is text").parse().expect("is a number")
        };
        for span in spans.iter().filter(|span| span["parentSpanId"] != "") {
            let is_parent = |other: &&Value| {
                other["spanId"] == span["parentSpanId"] && other["traceId"] == span["traceId"]
            };
            let parent = spans.iter().find(is_parent).expect("there is one");
            assert!(at(parent, "startTimeUnixNano") <= at(span, "startTimeUnixNano"));
            assert!(at(span, "endTimeUnixNano") <= at(parent, "endTimeUnixNano"));
        }
    }
}
