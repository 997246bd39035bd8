//! HTTP Archive 1.2, which browsers' network panels import: a page for each trial, an entry for each request.
//!
//! HAR has no place for the client's own time. What passes before the request is sent is `blocked`, as is
//! waiting for a worker; what passes afterwards is `receive`. A phase that was not observed or did not happen is
//! -1, or 0 if HAR requires a time. The comment of the entry names the milestones that were not observed. Bodies
//! and the server's headers are in no recording.

use std::collections::BTreeSet;

use explain::waterfall::{PhaseSpan, Row, RowKind};
use model::facts::name;
use model::http_version::HttpVersion;
use model::phase::Phase;
use model::target::Target;
use model::time::Span;
use model::witness::ConnectionRow;
use serde_json::{Value, json};

use super::Source;
use super::chosen::{ChosenTrial, chosen, unobserved};
use super::wall_clock::WallClock;

const NANOS_PER_MILLI: f64 = 1e6;
/// What HAR writes for a time or a size that is not known.
const UNKNOWN: i32 = -1;
/// The version of HTTP where the recording does not say which was spoken.
const UNKNOWN_HTTP: &str = "unknown";

pub(super) fn write(source: Source<'_>) -> String {
    let clock = WallClock::new(source.recording);
    let trials = chosen(source);
    let http = |trial: &ChosenTrial<'_>| http_version(source, trial);
    let entries: Vec<Value> = trials
        .iter()
        .flat_map(|trial| {
            let entries = Entries { trial, clock, http: http(trial) };
            trial.waterfall.rows.iter().map(move |row| entries.entry(row))
        })
        .collect();
    words::json::pretty(&json!({ "log": {
        "version": "1.2",
        "creator": {
            "name": "batchmark",
            "version": source.recording.header.environment.batchmark,
        },
        "pages": trials.iter().map(|trial| page(trial, clock)).collect::<Vec<_>>(),
        "entries": entries,
    } }))
}

/// What the embedded endpoint spoke on every connection of the trial, else what the arm's driver states.
fn http_version(source: Source<'_>, trial: &ChosenTrial<'_>) -> String {
    let of_arm = source.recording.facts.iter().filter(|facts| facts.arm == trial.arm.name);
    let stated = of_arm.filter_map(|facts| facts.facts.get(name::HTTP)).next_back();
    match (&spoken(source, trial)[..], stated) {
        ([version], _) => format!("HTTP/{version}"),
        ([], Some(version)) => format!("HTTP/{version}"),
        ([], None) | ([_, _, ..], _) => UNKNOWN_HTTP.to_owned(),
    }
}

/// The versions that the embedded endpoint spoke in the trial, as far as it saw connections being opened or
/// speaks only one.
fn spoken(source: Source<'_>, trial: &ChosenTrial<'_>) -> Vec<HttpVersion> {
    let connections = trial.trial.witness.iter().flat_map(|witness| &witness.connections);
    let opened: BTreeSet<HttpVersion> = connections.map(ConnectionRow::http).collect();
    let planned = source.recording.plan.as_ref().and_then(|plan| plan.target_of(trial.arm));
    let link = planned.and_then(|target| target.link.as_ref());
    let only = link.map(|link| link.http).filter(|&version| version == HttpVersion::Http1);
    if opened.is_empty() { only.into_iter().collect() } else { opened.into_iter().collect() }
}

fn page(trial: &ChosenTrial<'_>, clock: WallClock) -> Value {
    json!({
        "startedDateTime": clock.rfc3339(trial.run.rows_start()),
        "id": trial.name(),
        "title": trial.name(),
        "pageTimings": { "onContentLoad": UNKNOWN, "onLoad": millis(trial.waterfall.length) },
    })
}

/// The entries of one trial.
#[derive(Clone)]
struct Entries<'a> {
    trial: &'a ChosenTrial<'a>,
    clock: WallClock,
    http: String,
}

impl<'a> Entries<'a> {
    fn entry(&self, row: &Row<'a>) -> Value {
        let begin = self.trial.run.rows_start() + row.begin().unwrap_or_default();
        let mut entry = json!({
            "pageref": self.trial.name(),
            "startedDateTime": self.clock.rfc3339(begin),
            "time": millis(row.length().unwrap_or_default()),
            "request": self.request(row),
            "response": self.response(row),
            "cache": {},
            "timings": timings(row),
            "comment": comment(row),
        });
        if let Some(connection) = row.connection {
            entry["connection"] = connection.number.0.to_string().into();
        }
        entry
    }

    fn request(&self, row: &Row<'a>) -> Value {
        let url = self.trial.url(row).unwrap_or_default();
        let planned = self.trial.planned(row);
        let body = planned.and_then(|planned| planned.body);
        let mut request = json!({
            "method": self.trial.method(row).unwrap_or_default(),
            "url": url,
            "httpVersion": self.http,
            "cookies": [],
            "headers": headers(self.trial.target),
            "queryString": query(&url),
            "headersSize": UNKNOWN,
            "bodySize": UNKNOWN,
        });
        if let Some(body) = body {
            request["postData"] =
                json!({ "mimeType": content_type(self.trial.target), "text": body });
        }
        request
    }

    fn response(&self, row: &Row<'a>) -> Value {
        let mut response = json!({
            "status": row.status.unwrap_or_default(),
            "statusText": "",
            "httpVersion": self.http,
            "cookies": [],
            "headers": [],
            "content": { "size": size(row.bytes), "mimeType": "x-unknown" },
            "redirectURL": "",
            "headersSize": UNKNOWN,
            "bodySize": UNKNOWN,
        });
        if let Some(failure) = row.error {
            response["_error"] = failure.message.clone().into();
        }
        response
    }
}

fn size(bytes: Option<u64>) -> Value {
    bytes.map_or(Value::from(UNKNOWN), Value::from)
}

/// The headers that were given, as the recording holds them. Those that the client adds are not recorded.
fn headers(target: &Target) -> Vec<Value> {
    let headers = target.headers.iter();
    headers.map(|header| json!({ "name": header.name, "value": header.value })).collect()
}

fn content_type(target: &Target) -> &str {
    let is_type = |name: &str| name.eq_ignore_ascii_case("content-type");
    let found = target.headers.iter().find(|header| is_type(&header.name));
    found.map_or("application/octet-stream", |header| &header.value)
}

/// The parameters of a URL, as they are written in it.
fn query(url: &str) -> Vec<Value> {
    let url = url.split_once('#').map_or(url, |(before, _fragment)| before);
    let Some((_, query)) = url.split_once('?') else { return Vec::new() };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

/// HAR's phases of a request, which sum to its time.
fn timings(row: &Row<'_>) -> Value {
    let sending = row
        .phases
        .iter()
        .find(|span| matches!(span.phase, Phase::Send | Phase::Wait | Phase::Receive));
    let sending = sending.map(|span| span.from);
    let observed: Span = row.phases.iter().map(PhaseSpan::length).sum();
    // What lies between its phases is the time of a request that it was made again for.
    let between = row.length().unwrap_or_default().saturating_sub(observed);
    let mut blocked = row.time_in(Phase::Queue) + between;
    let mut receive = row.time_in(Phase::Receive);
    for span in row.phases.iter().filter(|span| span.phase == Phase::Client) {
        let place = if sending.is_none_or(|sending| span.from < sending) {
            &mut blocked
        } else {
            &mut receive
        };
        *place = *place + span.length();
    }
    let (connect, tls) = (row.time_in(Phase::Connect), row.time_in(Phase::Tls));
    json!({
        "blocked": known(blocked),
        "dns": known(row.time_in(Phase::Dns)),
        "connect": known(connect + tls),
        "ssl": known(tls),
        "send": millis(row.time_in(Phase::Send)),
        "wait": millis(row.time_in(Phase::Wait)),
        "receive": millis(receive),
    })
}

/// A time in milliseconds, or -1 for a phase that was not observed or did not happen.
fn known(span: Span) -> Value {
    if span.is_zero() { UNKNOWN.into() } else { millis(span).into() }
}

fn millis(span: Span) -> f64 {
    span.as_nanos() as f64 / NANOS_PER_MILLI
}

/// Why the request was made, if for no item, and what was not observed of it.
fn comment(row: &Row<'_>) -> String {
    let kind = match row.kind {
        RowKind::Item => "",
        RowKind::Detour(_) => "made again by a later request",
        RowKind::Unmatched => "of no known item",
    };
    let unobserved = unobserved(row).join(", ");
    let unobserved = match unobserved.as_str() {
        "" => String::new(),
        names => format!("not observed: {names}"),
    };
    [kind, &unobserved].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{Format, testing::text};
    use model::failure::FailureKind;
    use model::recording::{Recording, StopReason};
    use model::target::Header;
    use model::trace::Milestone;
    use model::witness::StreamCounts;
    use test_support::sample::{self, Sample};

    fn log(recording: &Recording) -> Value {
        let document: Value = serde_json::from_str(&text(Format::Har, recording)).expect("is JSON");
        document["log"].clone()
    }

    fn list(value: &Value) -> &Vec<Value> {
        value.as_array().expect("is a list")
    }

    /// The fields that HAR 1.2 requires of an object, each with a value of its type.
    fn assert_fields(object: &Value, model: &Value) {
        for (name, expected) in model.as_object().expect("is an object") {
            let value = &object[name];
            let same = std::mem::discriminant(value) == std::mem::discriminant(expected);
            assert!(same, "{name} is {value}, not as {expected} in {object}");
        }
    }

    #[test]
    fn every_object_has_the_fields_that_har_1_2_requires() {
        let log = log(&Sample::three_strategies(3));
        assert_fields(&log, &json!({ "version": "", "creator": {}, "pages": [], "entries": [] }));
        assert_fields(&log["creator"], &json!({ "name": "", "version": "" }));
        assert_eq!((list(&log["pages"]).len(), list(&log["entries"]).len()), (3, 12));
        for page in list(&log["pages"]) {
            let model = json!({ "startedDateTime": "", "id": "", "title": "", "pageTimings": {} });
            assert_fields(page, &model);
        }
        let message = json!({
            "httpVersion": "", "cookies": [], "headers": [], "headersSize": 0, "bodySize": 0
        });
        for entry in list(&log["entries"]) {
            assert_fields(
                entry,
                &json!({
                    "startedDateTime": "", "time": 0.0, "request": {}, "response": {}, "cache": {},
                    "timings": {}, "pageref": ""
                }),
            );
            assert_fields(&entry["request"], &message);
            assert_fields(
                &entry["request"],
                &json!({ "method": "", "url": "", "queryString": [] }),
            );
            assert_fields(&entry["response"], &message);
            let model = json!({ "status": 0, "statusText": "", "content": {}, "redirectURL": "" });
            assert_fields(&entry["response"], &model);
            assert_fields(&entry["response"]["content"], &json!({ "size": 0, "mimeType": "" }));
            for phase in ["send", "wait", "receive"] {
                let time = entry["timings"][phase].as_f64().expect("is a number");
                assert!(time >= 0.0, "{phase}: {time}");
            }
        }
    }

    #[test]
    fn the_phases_of_an_entry_sum_to_its_time_and_tls_is_a_part_of_connect() {
        for entry in list(&log(&Sample::three_sizes(3))["entries"]) {
            let phase = |name: &str| entry["timings"][name].as_f64().expect("is a number").max(0.0);
            let phases = ["blocked", "dns", "connect", "send", "wait", "receive"];
            let sum: f64 = phases.map(phase).iter().sum();
            let time = entry["time"].as_f64().expect("is a number");
            assert!((sum - time).abs() < 1e-6, "{sum} of {time}");
            assert!(phase("ssl") <= phase("connect"));
        }
    }

    #[test]
    fn what_was_not_observed_is_minus_one_and_named() {
        let mut sample = Sample::new(&[("a/x", 1)]);
        let header = Header { name: "X-Key".to_owned(), value: "***".to_owned() };
        sample.plan().targets[0].target.headers = vec![header];
        let url = "http://host/a?key=***&b";
        sample.plan().targets[0].target.requests.edit(|_, request| request.url = url.to_owned());
        sample.block(&[("a/x@1", 10)]);
        sample.last_run().columns = sample::timed(&[(2, 8)]);
        let log = log(&sample.without_witness().end(StopReason::Blocks));
        let entry = &log["entries"][0];
        assert_eq!(entry["timings"]["dns"], json!(-1));
        assert_eq!(entry["timings"]["wait"], json!(0.0));
        let comment = entry["comment"].as_str().expect("is text");
        assert!(comment.contains(&format!("not observed: {}", Milestone::Submitted)), "{comment}");
        assert_eq!(entry["request"]["headers"], json!([{ "name": "X-Key", "value": "***" }]));
        let query = json!([{ "name": "key", "value": "***" }, { "name": "b", "value": "" }]);
        assert_eq!(entry["request"]["queryString"], query);
        assert_eq!(entry["request"]["httpVersion"], UNKNOWN_HTTP);
    }

    #[test]
    fn an_entry_names_the_version_of_http_that_the_endpoint_spoke() {
        let mut sample = Sample::new(&[("a/x", 1)]);
        sample.block(&[("a/x@1", 10)]);
        sample.last_run().columns = sample::timed(&[(2, 8)]);
        sample.witness(&[false]);
        let version = |sample: Sample| {
            let log = log(&sample.end(StopReason::Blocks));
            log["entries"][0]["response"]["httpVersion"].clone()
        };
        assert_eq!(version(sample.clone()), "HTTP/1.1");
        let witness = sample.last_trial().witness.as_mut().expect("is there");
        let streams = StreamCounts { http: HttpVersion::Http2, opened: 1, most: 1, limit: 100 };
        witness.connections[0].streams = Some(streams);
        assert_eq!(version(sample), "HTTP/2");
    }

    #[test]
    fn an_arm_without_a_successful_trial_has_no_page() {
        let mut sample = Sample::new(&[("a/x", 1)]);
        sample.failed("a/x@1", &[Some(sample::failure(FailureKind::Reset, "cut off"))]);
        let log = log(&sample.end(StopReason::Blocks));
        assert_eq!((&log["pages"], &log["entries"]), (&json!([]), &json!([])));
    }
}
