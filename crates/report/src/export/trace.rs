//! Chrome's trace format, which Perfetto, speedscope and chrome://tracing open: a process for each trial, a
//! lane for each request with its phases nested, and below them the client's threads.
//!
//! All trials begin at 0, so that they can be compared. Times are microseconds, rounded so that readers can
//! add and subtract them without an error: else a phase would seem to end after the next one began.

use std::borrow::Cow;

use explain::waterfall::{Row, RowKind, ThreadLane};
use model::time::Span;
use serde_json::{Value, json};

use super::Source;
use super::chosen::{ChosenTrial, chosen, unobserved};

const NANOS_PER_MICRO: f64 = 1e3;
/// The parts of a microsecond that times are rounded to: a power of two, and less than a nanosecond each.
const PARTS_OF_MICRO: f64 = 1024.0;

/// Where an event is drawn.
#[derive(Clone, Copy)]
struct Lane {
    process: usize,
    lane: usize,
}

/// From when to when an event lasts.
#[derive(Clone, Copy)]
struct Stretch {
    from: Span,
    to: Span,
}

pub(super) fn write(source: Source<'_>) -> String {
    let trials = chosen(source);
    let events: Vec<Value> = trials
        .iter()
        .enumerate()
        .flat_map(|(process, trial)| trial_events(process, trial))
        .collect();
    words::json::pretty(&json!({
        "displayTimeUnit": "ms",
        "otherData": { "version": source.recording.header.environment.batchmark },
        "traceEvents": events,
    }))
}

fn trial_events(process: usize, trial: &ChosenTrial<'_>) -> Vec<Value> {
    let batch = Lane { process, lane: 0 };
    let length = Stretch { from: Span::ZERO, to: trial.waterfall.length };
    let mut events = vec![
        named("process_name", batch, &trial.name()),
        named("thread_name", batch, "batch"),
        with_args(event(&trial.name(), "batch", batch, length), json!({ "trial": trial.trial.id })),
    ];
    let rows = &trial.waterfall.rows;
    for (place, row) in rows.iter().enumerate() {
        events.extend(request_events(Lane { process, lane: place + 1 }, trial, row));
    }
    for (place, thread) in trial.waterfall.threads.iter().enumerate() {
        events.extend(thread_events(Lane { process, lane: rows.len() + place + 1 }, thread));
    }
    events
}

/// The request as a whole, and its phases in it; only its lane where nothing of it was observed.
fn request_events(lane: Lane, trial: &ChosenTrial<'_>, row: &Row<'_>) -> Vec<Value> {
    let name = request_name(trial, row);
    let mut events = vec![named("thread_name", lane, &format!("{}: {name}", lane.lane))];
    if let Some((from, to)) = row.begin().zip(row.end()) {
        let request = event(&name, "request", lane, Stretch { from, to });
        events.push(with_args(request, facts(row)));
    }
    events.extend(row.phases.iter().map(|phase| {
        let stretch = Stretch { from: phase.from, to: phase.to };
        event(phase.phase.name(), "phase", lane, stretch)
    }));
    events
}

fn request_name(trial: &ChosenTrial<'_>, row: &Row<'_>) -> String {
    let method = trial.method(row).unwrap_or(Cow::Borrowed("request"));
    let path = row.path.as_deref().map(str::to_owned);
    let path = path.or_else(|| Some(trial.planned(row)?.path().into_owned())).unwrap_or_default();
    let mark = match row.kind {
        RowKind::Item => "",
        RowKind::Detour(_) => " (made again)",
        RowKind::Unmatched => " (of no known item)",
    };
    format!("{method} {path}{mark}")
}

fn facts(row: &Row<'_>) -> Value {
    json!({
        "connection": row.connection.map(|connection| connection.number.0),
        "opened_connection": row.connection.map(|connection| connection.is_opened),
        "worker": row.worker,
        "status": row.status,
        "bytes": row.bytes,
        "failure": row.error.map(|failure| &failure.message),
        "on_critical_path": row.is_on_path,
        "not_observed": unobserved(row),
    })
}

fn thread_events(lane: Lane, thread: &ThreadLane) -> Vec<Value> {
    let name = format!("thread {} ({})", thread.thread, thread.role);
    let mut events = vec![named("thread_name", lane, &name)];
    events.extend(thread.stretches.iter().map(|stretch| {
        let name = stretch.wait.map_or_else(|| "runs".to_owned(), |wait| format!("waits: {wait}"));
        let time = Stretch { from: stretch.from, to: stretch.to };
        event(&name, "thread", lane, time)
    }));
    events
}

/// The name of a process or a lane, and its place among the others.
fn named(what: &str, Lane { process, lane }: Lane, name: &str) -> Value {
    json!({ "ph": "M", "name": what, "pid": process, "tid": lane, "args": { "name": name } })
}

fn event(name: &str, category: &str, lane: Lane, stretch: Stretch) -> Value {
    let begin = micros(stretch.from);
    json!({
        "ph": "X",
        "name": name,
        "cat": category,
        "pid": lane.process,
        "tid": lane.lane,
        "ts": begin,
        "dur": (micros(stretch.to) - begin).max(0.0),
    })
}

/// An event with what else is known of it.
fn with_args(mut event: Value, args: Value) -> Value {
    event["args"] = args;
    event
}

fn micros(span: Span) -> f64 {
    (span.as_nanos() as f64 / NANOS_PER_MICRO * PARTS_OF_MICRO).round() / PARTS_OF_MICRO
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{Format, testing::text};
    use test_support::sample::Sample;

    #[test]
    fn phases_lie_within_their_request_and_requests_within_their_batch() {
        let text = text(Format::Trace, &Sample::three_strategies(3));
        let trace: Value = serde_json::from_str(&text).expect("is JSON");
        let events = trace["traceEvents"].as_array().expect("is a list");
        let of = |category: &str| -> Vec<&Value> {
            events.iter().filter(|event| event["cat"] == category).collect()
        };
        let (batches, requests, phases) = (of("batch"), of("request"), of("phase"));
        assert_eq!((batches.len(), requests.len()), (3, 12));
        assert!(phases.len() > 12);
        let contains = |outer: &Value, inner: &Value| {
            let number = |event: &Value, key: &str| event[key].as_f64().expect("is a number");
            let end = |event: &Value| number(event, "ts") + number(event, "dur");
            outer["pid"] == inner["pid"]
                && number(outer, "ts") <= number(inner, "ts")
                && end(inner) <= end(outer)
        };
        for phase in phases {
            assert!(requests.iter().any(|it| it["tid"] == phase["tid"] && contains(it, phase)));
        }
        assert!(requests.iter().all(|it| batches.iter().any(|batch| contains(batch, it))));
    }

    #[test]
    fn a_phase_ends_exactly_where_the_next_one_begins() {
        let lane = Lane { process: 0, lane: 1 };
        let cuts =
            [9_344, 20_591, 164_866, 11_005_343, 11_007_115, 33_785_487].map(Span::from_nanos);
        let number = |event: &Value, key: &str| event[key].as_f64().expect("is a number");
        let origin =
            number(&event("a", "phase", lane, Stretch { from: cuts[0], to: cuts[1] }), "ts");
        for part in cuts.windows(3) {
            let [from, between, to] = part else { panic!("three of them") };
            let before = event("a", "phase", lane, Stretch { from: *from, to: *between });
            let after = event("b", "phase", lane, Stretch { from: *between, to: *to });
            let end = number(&before, "ts") - origin + number(&before, "dur");
            assert_eq!(end, number(&after, "ts") - origin);
            let exact = between.as_nanos() as f64 / NANOS_PER_MICRO;
            assert!((number(&after, "ts") - exact).abs() < 0.0005, "{after}");
        }
    }
}
