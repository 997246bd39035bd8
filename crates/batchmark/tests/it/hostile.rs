//! Recordings in which a server, a client or a user wrote what a terminal, a page or a spreadsheet would obey.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Program, RECORDINGS as DOCUMENTED};

/// Markup, escape sequences, control characters, line breaks and changes of direction.
const TEXT: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'`|&\u{1b}[31m\u{9b}2J\u{7}\r\n\u{2028}\u{202e}\u{2067}=1";

/// The recordings of the documentation that are made hostile: with causes that were removed, failures, lines of code.
pub(crate) const RECORDINGS: [&str; 3] = ["question-why", "failures", "lines"];

/// The fields of a recording that hold any text.
const FREE: [&str; 20] = [
    "alpn",
    "bodies",
    "compression",
    "cpu",
    "dns",
    "event_loop",
    "file",
    "function",
    "governor",
    "inner",
    "kernel",
    "library",
    "message",
    "module",
    "path",
    "runtime",
    "started_at",
    "summary",
    "tls_library",
    "trust",
];

/// The parts of names that are replaced wherever they are.
const NAMES: [&str; 4] = ["requests/threads", "aiohttp/async", "hyper/async", "own/parses"];

/// A copy of a recording in which every text and some names are hostile.
pub(crate) fn recording(program: &Program, name: &str) -> PathBuf {
    let text = fs::read_to_string(format!("{DOCUMENTED}/{name}.jsonl")).expect("is there");
    let lines: Vec<String> = text.lines().map(hostile_line).collect();
    let mut text = format!("{}\n", lines.join("\n"));
    let escaped = Value::from(TEXT).to_string();
    for name in NAMES {
        text = text.replace(name, &format!("{}{name}", escaped.trim_matches('"')));
    }
    PathBuf::from(program.write(&format!("hostile-{name}.jsonl"), &text))
}

fn hostile_line(line: &str) -> String {
    let mut line: Value = serde_json::from_str(line).expect("is JSON");
    spoil(&mut line);
    line.to_string()
}

/// Puts the hostile text before every free text of a value.
fn spoil(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if FREE.contains(&name.as_str()) => {
                        text.insert_str(0, TEXT)
                    }
                    value => spoil(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(spoil),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
