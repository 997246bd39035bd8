//! The HTML page in Chromium: it loads nothing, reports no error, can be read by everybody, and shows as text
//! whatever others wrote.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::provision;
use crate::support::Program;

/// What a server, a client or a user may write: markup, an escape sequence, control characters and a change
/// of direction.
const HOSTILE: &str =
    "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'`&\u{1b}[31m\u{7}\u{202e}";

/// Writes the page of a recording.
fn page(program: &Program, recording: &Path, name: &str) -> String {
    let file = program.file(&format!("{name}.html"));
    let words = ["report", path(recording), "--html", path(&file)];
    let ended = program.run(&words);
    assert!(matches!(ended.code, Some(0 | 1)), "{name}: {}", ended.stderr);
    path(&file).to_owned()
}

fn path(file: &Path) -> &str {
    file.to_str().expect("a plain path")
}

fn documented(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/recordings/{name}.jsonl"))
}

/// A recording in which every one of these words is hostile.
fn hostile(program: &Program, recording: &str, words: &[&str]) -> PathBuf {
    let mut text = std::fs::read_to_string(documented(recording)).expect("is there");
    let escaped = serde_json::to_string(HOSTILE).expect("is text");
    for (place, word) in words.iter().enumerate() {
        text = text.replace(word, &format!("{}{place}", escaped.trim_matches('"')));
    }
    PathBuf::from(program.write(&format!("hostile-{recording}.jsonl"), &text))
}

/// Runs the checks of `tests/browser/page.mjs` on these pages, files or addresses.
pub(crate) fn check(pages: &[String]) {
    let (Some(node), Some(chromium)) = (provision::node(), provision::chromium()) else { return };
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let Some(folder) = provision::node_program(&program) else { return };
    let ran = Command::new(node)
        .arg(folder.join("page.mjs"))
        .arg(chromium)
        .args(pages)
        .env_remove("NODE_OPTIONS")
        .stdin(Stdio::null())
        .output()
        .expect("node starts");
    let output = [ran.stdout, ran.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(ran.status.success(), "{}", output.join("\n"));
}

#[test]
fn pages_are_whole_accessible_and_load_nothing() {
    let program = Program::new();
    let names = ["first", "own", "lines", "failures", "question-why"];
    let pages = names.map(|name| page(&program, &documented(name), name));
    check(&pages);
}

#[test]
fn what_others_wrote_is_text_in_the_page() {
    let program = Program::new();
    let strategies = ["requests/threads", "aiohttp/async", "embedded endpoint"];
    let renamed = hostile(&program, "question-why", &strategies);
    let failed = hostile(&program, "failures", &["404 Not Found", "hyper/async", "ureq/threads"]);
    let pages = [page(&program, &renamed, "renamed"), page(&program, &failed, "failed")];
    for file in &pages {
        let text = std::fs::read_to_string(file).expect("is written");
        assert!(text.contains("&lt;/script&gt;"), "{file} has no hostile text");
    }
    check(&pages);
}
