//! Keeps the output that the documents show equal to what the program prints.
//!
//! An excerpt is a fenced block after a comment that names its command:
//! `<!-- output: batchmark report recordings/first.jsonl --section path | head -8 -->`. A shell runs the
//! command in `docs/`. With `UPDATE_DOCS=1` (`cargo xtask docs`) the documents are rewritten instead of
//! compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use words::pages::{Page, collect_caveat_pages, collect_finding_pages};

use crate::support::program_path;

/// What an excerpt's comment begins with.
const MARKER: &str = "<!-- output: ";
const MARKER_END: &str = " -->";

const FINDINGS: &str = "# Findings

A finding is a cause of a batch's time, with its size, its evidence and a remedy. `batchmark explain CODE`
prints its page. How large a cause must be to be named: see [findings in the output](../output/findings.md).";

const CAVEATS: &str = "# Caveats

A caveat is a reason to trust a result less. The most serious come first; the first four take the verdict
away. `batchmark explain CODE` prints a caveat's page.";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn updates() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1")
}

/// Every document that may hold excerpts.
fn documents() -> Vec<PathBuf> {
    let mut documents = vec![root().join("README.md"), root().join("drivers/python/README.md")];
    for folder in ["docs", "docs/output", "docs/findings", "docs/caveats"] {
        let entries = fs::read_dir(root().join(folder)).expect("the folder of documents exists");
        let paths = entries.map(|entry| entry.expect("an entry can be read").path());
        documents.extend(paths.filter(|path| path.extension().is_some_and(|it| it == "md")));
    }
    documents.sort();
    documents
}

/// What a shell command prints in `docs/`, with the program on its path: stdout, then stderr.
fn output_of(command: &str) -> String {
    let program = Path::new(program_path());
    let folder = program.parent().expect("the program is in a folder").to_path_buf();
    let others = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&others)));
    let done = Command::new("sh")
        .args(["-c", command])
        .current_dir(root().join("docs"))
        .env("PATH", path.expect("no folder on the path has a colon in its name"))
        .env_remove("COLUMNS")
        .env("LC_ALL", "C.UTF-8")
        .output()
        .expect("the shell starts");
    let mut text = String::from_utf8(done.stdout).expect("output is UTF-8");
    text.push_str(&String::from_utf8(done.stderr).expect("output is UTF-8"));
    format!("{}\n", text.trim_end())
}

/// What the commands of excerpts print. Each command runs once, even if several documents show it.
#[derive(Default)]
struct Outputs(BTreeMap<String, String>);

impl Outputs {
    fn printed_by(&mut self, command: &str) -> &str {
        self.0.entry(command.to_owned()).or_insert_with(|| output_of(command))
    }
}

/// The document with every excerpt as the program prints it.
fn rendered(text: &str, outputs: &mut Outputs) -> String {
    let mut lines = text.lines();
    let mut out = String::new();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let Some(command) =
            line.strip_prefix(MARKER).and_then(|rest| rest.strip_suffix(MARKER_END))
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
        out.push_str(outputs.printed_by(command));
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

/// The pages of one kind of code, generated from `words`: a file for each, and an index.
fn commit_pages(folder: &str, introduction: &str, pages: &[Page], outputs: &mut Outputs) {
    let folder = root().join("docs").join(folder);
    let mut index = format!("{introduction}\n\n| code | meaning |\n| --- | --- |\n");
    for Page { code, title, text } in pages {
        index.push_str(&format!("| [`{code}`]({code}.md) | {title} |\n"));
        let page = rendered(&with_example(code, text), outputs);
        commit(&folder.join(format!("{code}.md")), &page);
    }
    commit(&folder.join("README.md"), &index);
}

/// A page with the output of its recording as an example, where there is a recording.
fn with_example(code: &str, text: &str) -> String {
    let recording = format!("recordings/findings/{code}.jsonl");
    if !root().join("docs").join(&recording).exists() {
        return text.to_owned();
    }
    let command = format!("batchmark report {recording} --section findings");
    format!("{text}\n## Example\n\n{MARKER}{command}{MARKER_END}\n```text\n```\n")
}

#[test]
fn documents_show_what_the_program_prints() {
    let mut outputs = Outputs::default();
    let (findings, caveats) = (collect_finding_pages(), collect_caveat_pages());
    commit_pages("findings", FINDINGS, &findings, &mut outputs);
    commit_pages("caveats", CAVEATS, &caveats, &mut outputs);
    let page = root().join("drivers/python/wheel/data/share/man/man1/batchmark.1");
    commit(&page, &output_of("batchmark man"));
    let mut excerpts = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).expect("a document can be read");
        excerpts += text.matches(MARKER).count();
        commit(&document, &rendered(&text, &mut outputs));
    }
    assert!(excerpts >= 10, "the documents show {excerpts} excerpts");
}

/// The anchors that GitHub gives the headings of a document.
fn anchors(document: &str) -> Vec<String> {
    let headings = document.lines().filter(|line| line.starts_with('#'));
    let is_kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
    let anchor = |heading: &str| {
        let title = heading.trim_start_matches('#').trim().to_lowercase();
        title.chars().filter(is_kept).collect::<String>().replace(' ', "-")
    };
    headings.map(anchor).collect()
}

#[test]
fn links_between_documents_lead_somewhere() {
    for document in documents() {
        let text = fs::read_to_string(&document).expect("a document can be read");
        let folder = document.parent().expect("a file is in a folder");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { document.clone() } else { folder.join(file) };
            let linked = format!("{} links to {link}", document.display());
            assert!(target.exists(), "{linked}, which does not exist");
            if !anchor.is_empty() {
                let text = fs::read_to_string(&target).expect("a document can be read");
                let has_anchor = anchors(&text).iter().any(|it| it == anchor);
                assert!(has_anchor, "{linked}, but the document has no such heading");
            }
        }
    }
}

/// The floor of each crate, as the table of ARCHITECTURE.md says.
fn floors() -> BTreeMap<String, u32> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md exists");
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let floor = cells.next()?.parse().ok()?;
        Some((cells.next()?.trim_matches('`').to_owned(), floor))
    };
    text.lines().filter_map(row).collect()
}

#[test]
fn every_crate_imports_only_crates_of_lower_floors() {
    let floors = floors();
    for (name, floor) in &floors {
        let manifest = root().join(format!("crates/{name}/Cargo.toml"));
        let manifest = fs::read_to_string(manifest).expect("each crate of the table exists");
        let (_, dependencies) = manifest.split_once("[dependencies]").expect("has dependencies");
        let dependencies = dependencies.split("\n[").next().unwrap_or_default();
        for imported in dependencies.lines().filter_map(|line| line.split(['.', ' ']).next()) {
            if let Some(below) = floors.get(imported) {
                assert!(below < floor, "{name} on floor {floor} imports {imported} on {below}");
            }
        }
    }
    assert!(floors.len() > 10, "{floors:?}");
}
