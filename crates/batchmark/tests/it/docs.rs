//! Keeps the output that the documents show equal to what the program prints.
//!
//! An excerpt is a fenced block after a comment that names its command:
//! `<!-- output: batchmark report recordings/first.jsonl --section path | head -8 -->`. The command runs
//! in `docs/`; `| head -N` keeps the first N lines. With `UPDATE_DOCS=1` (`cargo xtask docs`) the
//! documents are rewritten instead of compared.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What an excerpt's comment begins with.
const MARKER: &str = "<!-- output: ";
const MARKER_END: &str = " -->";
/// What runs through `head` shows this many lines.
const HEAD: &str = " | head -";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn updates() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1")
}

/// Every document that may hold excerpts.
fn documents() -> Vec<PathBuf> {
    let mut documents = vec![root().join("README.md"), root().join("drivers/python/README.md")];
    for folder in ["docs", "docs/findings", "docs/caveats"] {
        let entries = fs::read_dir(root().join(folder)).expect("the folder of documents exists");
        let paths = entries.map(|entry| entry.expect("an entry can be read").path());
        documents.extend(paths.filter(|path| path.extension().is_some_and(|it| it == "md")));
    }
    documents.sort();
    documents
}

/// What the program prints for a command line, stdout and stderr as a terminal would show them.
fn output_of(command: &str) -> String {
    let (command, lines) = match command.split_once(HEAD) {
        Some((command, lines)) => (command, lines.parse().expect("head takes a number")),
        None => (command, usize::MAX),
    };
    let words: Vec<&str> = command.split_whitespace().collect();
    let (program, arguments) = words.split_first().expect("a command has a word");
    assert_eq!(*program, "batchmark", "excerpts show this program only: {command}");
    let done = Command::new(env!("CARGO_BIN_EXE_batchmark"))
        .args(arguments)
        .current_dir(root().join("docs"))
        .env_remove("COLUMNS")
        .output()
        .expect("the program starts");
    let mut text = String::from_utf8(done.stdout).expect("output is UTF-8");
    text.push_str(&String::from_utf8(done.stderr).expect("output is UTF-8"));
    let shown: Vec<&str> = text.lines().take(lines).collect();
    format!("{}\n", shown.join("\n").trim_end())
}

/// The document with every excerpt rendered afresh.
fn rendered(text: &str) -> String {
    let mut lines = text.lines();
    let mut out = String::new();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let Some(command) = line.strip_prefix(MARKER).and_then(|rest| rest.strip_suffix(MARKER_END))
        else {
            continue;
        };
        let fence = lines.next().expect("a fenced block follows the comment");
        assert!(fence.starts_with("```"), "a fenced block follows {line:?}, not {fence:?}");
        out.push_str(fence);
        out.push('\n');
        // A block may repeat its command as a person types it.
        let body: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
        for prompt in body.iter().take_while(|line| line.starts_with("$ ")) {
            out.push_str(prompt);
            out.push('\n');
        }
        out.push_str(&output_of(command));
        out.push_str("```\n");
    }
    out
}

/// Writes a file, or asserts that it holds this text.
fn commit(path: &Path, text: &str) {
    if updates() {
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("can be made");
        fs::write(path, text).expect("the document can be written");
        return;
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert!(committed == text, "{} is out of date: run `cargo xtask docs`", path.display());
}

#[test]
fn excerpts_show_what_the_program_prints() {
    let mut excerpts = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).expect("a document can be read");
        excerpts += text.matches(MARKER).count();
        commit(&document, &rendered(&text));
    }
    assert!(excerpts >= 10, "the documents show {excerpts} excerpts");
}

#[test]
fn links_between_documents_lead_somewhere() {
    for document in documents() {
        let text = fs::read_to_string(&document).expect("a document can be read");
        let folder = document.parent().expect("a file is in a folder");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            assert!(
                folder.join(file).exists(),
                "{} links to {link}, which does not exist",
                document.display()
            );
        }
    }
}
