use super::*;
use explain::analyse;
use model::failure::FailureKind;
use model::recording::Recording;
use test_support::sample::{Sample, failure};

#[test]
fn the_committed_schema_is_that_of_the_types() {
    test_support::assert_committed::<Document<'_>>("analysis.schema.json");
}

#[test]
fn the_json_has_the_documented_names() {
    let json = serde_json::to_value(Document::new(&analyse(&Sample::three_strategies(3)), None))
        .expect("serialises");
    let keys = |value: &serde_json::Value| -> Vec<String> {
        value.as_object().expect("is an object").keys().cloned().collect()
    };
    for key in ["schema", "arms", "ratios", "gaps", "law", "crossings", "findings", "caveats"] {
        assert!(keys(&json).contains(&key.to_owned()), "{key} is missing");
    }
    assert_eq!(json["schema"], "batchmark-analysis/1");
    let arm = &json["arms"][0];
    for key in [
        "arm",
        "strategy",
        "role",
        "batch_size",
        "conditions",
        "describe",
        "failed",
        "connections",
        "connections_used",
        "handshakes",
        "bytes",
        "cpu_seconds",
        "path",
        "path_requests",
        "path_unobserved",
    ] {
        assert!(keys(arm).contains(&key.to_owned()), "{key} is missing");
    }
    let describe = ["25%", "50%", "75%", "count", "max", "mean", "min", "std"];
    let mut found = keys(&arm["describe"]);
    found.sort();
    assert_eq!(found, describe);
    let path = ["client", "connect", "dns", "queue", "receive", "send", "tls", "wait"];
    let mut found = keys(&arm["path"]);
    found.sort();
    assert_eq!(found, path);
    for key in
        ["arm", "baseline", "strategy", "role", "batch_size", "ratio", "low", "high", "verdict"]
    {
        assert!(keys(&json["ratios"][0]).contains(&key.to_owned()), "{key} is missing");
    }
}

#[test]
fn the_parts_of_a_gap_and_of_a_law_have_the_documented_names() {
    let json = serde_json::to_value(Document::new(&analyse(&Sample::three_sizes(3)), None))
        .expect("serialises");
    let gap = &json["gaps"][0];
    for key in ["arm", "versus", "batch_size", "blocks", "tls_preparation", "sentence"] {
        assert!(gap.get(key).is_some(), "{key} is missing");
    }
    for key in ["seconds", "low", "high"] {
        assert!(gap["gap"][key].is_f64() && gap["phases"][0][key].is_f64(), "{key} is missing");
    }
    assert_eq!(gap["phases"][4]["phase"], "tls");
    let law = &json["law"][0];
    for part in ["setup", "latency", "serial", "intercept"] {
        for end in ["", "_low", "_high"] {
            assert!(law[format!("{part}{end}")].is_f64(), "{part}{end} is missing");
        }
    }
    assert_eq!((&law["sizes"][2], &law["shape"]), (&16.into(), &"straight".into()));
    assert!(json["crossings"][0]["batch_size"].is_f64());
    for place in [&json["answers"][0], &json["crossings"][0], &law["speed_ups"][0]] {
        assert!(place["sentence"].is_string(), "{place}");
    }
    assert!(law.get("remark").is_some());
}

#[test]
fn the_json_reads_back_and_ends_in_a_line_break() {
    let text = json(&analyse(&Sample::three_strategies(3)), None);
    assert!(text.ends_with("}\n"));
    let value: serde_json::Value = serde_json::from_str(&text).expect("is JSON");
    assert_eq!(value["arms"][1]["describe"]["count"], 3);
    assert_eq!(value["arms"][1]["strategy"], "ureq/threads");
}

#[test]
fn the_json_says_what_failed_and_how_the_run_ended() {
    let mut sample = Sample::new(&[("a/x", 2)]);
    let refused = || Some(failure(FailureKind::Refused, "no server"));
    sample.pilot("a/x@2", &[refused(), refused()]);
    let recording = sample.end(StopReason::Unreachable);
    let json = |recording: &Recording| {
        serde_json::to_value(Document::new(&analyse(recording), recording.plan.as_ref()))
            .expect("serialises")
    };
    let ending = json(&recording)["ending"].as_str().expect("is text").to_owned();
    assert!(ending.starts_with("Nothing was measured: the target could not be reached."));
    assert!(ending.contains("GET https://127.0.0.1:40001/todos/1 and 1 other (no server)"));

    let mut sample = Sample::new(&[("a/x", 2)]);
    sample.failed("a/x@2", &[None, refused()]);
    let json = json(&sample.end(StopReason::Blocks));
    let failed = &json["arms"][0]["failures"][0]["failed"][0];
    assert_eq!(failed["url"], "https://127.0.0.1:40001/todos/2");
    assert_eq!(json["failures"][0]["arms"][0], "a/x@2");
    assert_eq!(
        json["failures"][0]["sentence"],
        "1 of 2 requests failed in every trial: GET https://127.0.0.1:40001/todos/2 (no server)."
    );
}
