//! What is written for a browser, in Chromium. The HTML page loads nothing, reports no error, can be read by
//! everybody, and shows as text whatever others wrote. Traces and archives open in the programs they are for.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::hostile;
use crate::provision;
use crate::support::{Program, RECORDINGS, succeed};

/// Writes the page of a recording.
fn page(program: &Program, recording: &Path, name: &str) -> String {
    let file = program.file(&format!("{name}.html"));
    let words = ["report", path(recording), "--html", path(&file)];
    let ended = program.run(&words);
    assert!(matches!(ended.code, Some(0 | 1)), "{name}: {}", ended.stderr);
    path(&file).to_owned()
}

/// Writes the page of the places of the documents, and of one with a hostile name.
fn merged(program: &Program) -> String {
    let place = |name| documented(&format!("places/{name}"));
    let files = ["paris", "tokyo", "local"].map(place).map(|file| path(&file).to_owned());
    let hostile = format!("<script>alert(1)={}", files[2]);
    let page = program.file("merged.html");
    let words = ["merge", &files[0], &files[1], &hostile, "--html", path(&page)];
    let ended = program.run(&words);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    path(&page).to_owned()
}

fn path(file: &Path) -> &str {
    file.to_str().expect("a plain path")
}

fn documented(name: &str) -> PathBuf {
    Path::new(RECORDINGS).join(format!("{name}.jsonl"))
}

/// Runs the checks of `tests/browser/page.mjs` on these pages, files or addresses.
pub(crate) fn check(pages: &[String]) {
    run("page.mjs", pages);
}

/// Runs a program of `tests/browser` with Chromium and these arguments; it must find nothing wrong.
fn run(name: &str, arguments: &[String]) {
    let (Some(node), Some(chromium)) = (provision::node(), provision::chromium()) else { return };
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let Some(folder) = provision::node_program(&program) else { return };
    let mut command = Command::new(node);
    command.arg(folder.join(name)).arg(chromium).args(arguments);
    succeed(command.env_remove("NODE_OPTIONS"));
}

#[test]
fn pages_are_whole_accessible_and_load_nothing() {
    let program = Program::new();
    let names = ["first", "own", "lines", "failures", "question-why"];
    let pages = names.map(|name| page(&program, &documented(name), name));
    check(&[&pages[..], &[merged(&program)]].concat());
}

#[test]
fn what_others_wrote_is_text_in_the_page() {
    let program = Program::new();
    let pages =
        hostile::RECORDINGS.map(|name| page(&program, &hostile::recording(&program, name), name));
    for file in &pages {
        let text = std::fs::read_to_string(file).expect("is written");
        assert!(text.contains("&lt;/script&gt;"), "{file} has no hostile text");
    }
    check(&pages);
}

#[test]
fn traces_open_in_speedscope_and_archives_in_the_network_panel() {
    let program = Program::new();
    for name in ["own", "question-why"] {
        let [trace, archive] = ["trace.json", "archive.har"].map(|name| program.file(name));
        let [trace, archive] = [path(&trace), path(&archive)];
        let recording = documented(name);
        let words = ["report", path(&recording), "--trace", trace, "--har", archive];
        let ended = program.run(&words);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        run("exports.mjs", &[trace.to_owned(), archive.to_owned()]);
    }
}
