//! Reads a command line with the plan file and the curl command that it names. What is typed overrides the
//! plan file. All options go through the definitions of `arguments` in the end.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::error::ErrorKind;
use clap::{ArgMatches, Command, FromArgMatches, Parser};

use crate::arguments::{Arguments, Invocation, OptionSource, RunArguments};
use crate::curl::{self, CurlCommand};
use crate::option_texts::{OptionId, OptionTexts, run_command, with_dropping};
use crate::plan_file;
use crate::usage::UsageError;

/// The name of the program on its command lines.
const PROGRAM: &str = "batchmark";
/// The subcommands that take the options of a run.
const RUNS: [&str; 2] = ["run", "tune"];

/// Why a command line cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadCommandLine {
    /// Help or the version was requested, or an option cannot be used.
    #[error(transparent)]
    Answer(#[from] clap::Error),
    /// A plan file or a curl command cannot be used.
    #[error(transparent)]
    Usage(#[from] UsageError),
}

/// Reads the words of a command line; the first is the program.
///
/// # Errors
/// If an option, a plan file or a curl command cannot be used.
pub(crate) fn read(words: Vec<OsString>) -> Result<Arguments, BadCommandLine> {
    let command = run_command();
    let matches = typed_command(&command).try_get_matches_from(curl::quoted(words))?;
    let Some(run) = OfRun::find(&matches) else {
        return Ok(Arguments::from_arg_matches(&matches)?);
    };
    let mut typed = OptionTexts::typed(&command, run.matches);
    let file = take_plan_file(&mut typed)?;
    let Layer { mut texts, mut notes } = Layer::new(typed, &command)?;
    if let Some(file) = file {
        let of_file = plan_file::read(Path::new(&file), &command)?.without_dropped(&texts);
        let lower = Layer::new(of_file, &command)?;
        texts = texts.over(lower.texts, &command);
        notes.extend(lower.notes);
    }
    let words = run.subcommand.into_iter().map(OsString::from).chain(texts.words(&command));
    let arguments = Arguments::try_parse_from(std::iter::once(PROGRAM.into()).chain(words))?;
    Ok(with_source(arguments, OptionSource { texts, notes }))
}

/// The command as it may be typed: with `--no-NAME` for each option of a run.
fn typed_command(command: &Command) -> Command {
    let add = |command: Command, name| command.mut_subcommand(name, with_dropping);
    RUNS.into_iter().fold(with_dropping(command.clone()), add)
}

/// The options of a run among those of a command line.
struct OfRun<'a> {
    subcommand: Option<&'a str>,
    matches: &'a ArgMatches,
}

impl<'a> OfRun<'a> {
    fn find(matches: &'a ArgMatches) -> Option<Self> {
        match matches.subcommand() {
            None => Some(Self { subcommand: None, matches }),
            Some((name, matches)) if RUNS.contains(&name) => {
                Some(Self { subcommand: Some(name), matches })
            }
            Some(_) => None,
        }
    }
}

/// The options of one source, with what a curl command of the same source means.
struct Layer {
    texts: OptionTexts,
    notes: Vec<String>,
}

impl Layer {
    fn new(mut texts: OptionTexts, command: &Command) -> Result<Self, UsageError> {
        let commands = texts.take(&OptionId::named("curl"));
        let Some(text) = commands.last() else { return Ok(Self { texts, notes: Vec::new() }) };
        let text = text.to_str().ok_or(UsageError::NotUtf8 { place: "--curl".to_owned() })?;
        let CurlCommand { texts: mut of_curl, mut notes } = curl::read(text)?;
        curl::keep_headers(&mut texts, &mut of_curl);
        let texts = texts.over(of_curl, command);
        let note = curl::note_of_one_url(texts.values(&OptionId::named("urls")));
        notes.extend(note.map(str::to_owned));
        Ok(Self { texts, notes })
    }
}

/// Takes the plan file from among the URLs. It may have any place among them.
fn take_plan_file(typed: &mut OptionTexts) -> Result<Option<OsString>, UsageError> {
    let urls = OptionId::named("urls");
    let mut words = typed.take(&urls);
    if let Some(folder) = words.iter().find(|word| plan_file::is_folder(word)) {
        return Err(UsageError::Folder { path: folder.into() });
    }
    let Some(at) = words.iter().position(|word| plan_file::is_named(word)) else {
        if !words.is_empty() {
            typed.set(urls, words);
        }
        return Ok(None);
    };
    let file = words.remove(at);
    if let Some(second) = words.iter().find(|word| plan_file::is_named(word)) {
        let names = [&file, second].map(|name: &OsString| display(name));
        let [first, second] = names;
        return Err(UsageError::SeveralPlanFiles { first, second });
    }
    if !words.is_empty() {
        typed.set(urls, words);
    }
    Ok(Some(file))
}

fn display(word: &OsStr) -> String {
    word.to_string_lossy().into_owned()
}

/// Says where the options of a run come from.
fn with_source(mut arguments: Arguments, source: OptionSource) -> Arguments {
    match &mut arguments.command {
        Some(Invocation::Run(run) | Invocation::Tune(run)) => run.source = source,
        _ => arguments.run = RunArguments { source, ..arguments.run },
    }
    arguments
}

/// Whether a text is a value that an option accepts. Returns why not.
pub(crate) fn check_option(words: &[OsString], command: &Command) -> Result<(), String> {
    let words = std::iter::once(OsString::from(PROGRAM)).chain(words.iter().cloned());
    let error = match command.clone().try_get_matches_from(words) {
        Ok(_) => return Ok(()),
        Err(error) => error,
    };
    let is_value = error.kind() == ErrorKind::ValueValidation;
    let reason = std::error::Error::source(&error).filter(|_| is_value).map(ToString::to_string);
    Err(reason.unwrap_or_else(|| first_line(&error)))
}

fn first_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(words: &[&str]) -> String {
        read_words(words).expect_err("is refused").to_string()
    }

    fn read_words(words: &[&str]) -> Result<Arguments, BadCommandLine> {
        read(std::iter::once(&"batchmark").chain(words).map(OsString::from).collect())
    }

    fn run(words: &[&str]) -> RunArguments {
        let Arguments { command, run } = read_words(words).expect("reads");
        match command {
            Some(Invocation::Run(run) | Invocation::Tune(run)) => *run,
            _ => run,
        }
    }

    /// A plan file in a folder that lives as long as the returned value.
    fn file(text: &str) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("plan.toml");
        std::fs::write(&path, text).expect("is written");
        let path = path.to_str().expect("a plain path").to_owned();
        (folder, path)
    }

    #[test]
    fn reads_a_plan_file_beneath_what_is_typed() {
        let (_folder, plan) = file(
            "batch = [1, 2]\nseed = 7\nurl = 'http://h/[1-4]'\n[headers]\nAccept = 'text/plain'\n",
        );
        for words in [&[&plan[..]][..], &["run", &plan], &["tune", &plan], &["run", "-q", &plan]] {
            let read = run(words);
            assert_eq!((read.batch_sizes, read.seed), (vec![1, 2], Some(7)), "{words:?}");
            assert_eq!(read.urls, ["http://h/[1-4]"]);
            assert_eq!(read.request.headers, ["Accept: text/plain"]);
        }
        let read = run(&["run", &plan, "-b", "4", "http://other/[1-9]", "-k"]);
        assert_eq!((read.batch_sizes, read.seed), (vec![4], Some(7)));
        assert_eq!(read.urls, ["http://other/[1-9]"]);
        assert!(read.request.insecure);
        assert_eq!(run(&[&plan, "--urls", "list"]).urls, [""; 0]);
    }

    #[test]
    fn drops_what_a_plan_file_gives() {
        let (_folder, plan) = file(
            "why = true\nno-controls = true\nbudget = '5m'\ncurl = 'curl http://h/ -k'\nbatch = 4\n",
        );
        let dropping = ["--no-why", "--controls", "--no-budget", "--no-insecure"];
        for words in [&["run", &plan[..]][..], &[&plan], &["tune", &plan]] {
            let read = run(&[words, &dropping].concat());
            assert!(!read.why && !read.no_controls && !read.request.insecure, "{read:?}");
            assert_eq!((read.budget, read.batch_sizes), (None, vec![4]));
            assert_eq!(read.urls, ["http://h/"]);
        }
        assert_eq!(run(&[&plan, "--no-curl"]).urls, [""; 0]);
        assert!(run(&[&plan]).why);
    }

    #[test]
    fn takes_a_url_that_ends_like_a_plan_file_as_a_url() {
        for url in ["http://h/a.toml", "h.example/a.toml", "localhost:80/a.toml"] {
            assert_eq!(run(&[url]).urls, [url]);
        }
        for missing in ["plan.toml", "./a.toml", "/nonexistent/a.toml", "plans/a.toml"] {
            assert!(
                refusal(&[missing]).starts_with(&format!("{missing} cannot be read")),
                "{missing}"
            );
        }
    }

    #[test]
    fn takes_a_curl_command_beneath_what_is_typed() {
        let words =
            ["-q", "-H", "b: 3", "--curl", "curl", "http://h/", "-H", "A: 1", "-H", "B: 2", "-k"];
        let read = run(&words);
        assert_eq!((read.urls, read.request.insecure), (vec!["http://h/".to_owned()], true));
        assert_eq!(read.request.headers, ["A: 1", "b: 3"]);
        assert!(read.source.notes[0].starts_with("--curl gives one URL"), "{:?}", read.source);
        let read = run(&["--curl", "curl http://h/ -X PUT", "-X", "PATCH", "http://h/[1-9]"]);
        assert_eq!(read.urls, ["http://h/[1-9]"]);
        assert_eq!(read.request.method.as_deref(), Some("PATCH"));
        assert_eq!(read.source.notes, [""; 0]);
    }

    #[test]
    fn reads_a_curl_command_of_a_plan_file() {
        let (_folder, plan) = file("curl = '''curl http://h/ -d a=1'''\n");
        assert_eq!(run(&[&plan]).request.data, ["a=1"]);
        assert_eq!(run(&[&plan, "--json-body", "{}"]).request.data, [""; 0]);
    }

    #[test]
    fn refuses_two_plan_files() {
        let (_folder, plan) = file("");
        assert!(refusal(&[&plan, "other.toml"]).starts_with("two plan files"));
    }

    #[test]
    fn refuses_a_folder() {
        assert_eq!(
            refusal(&["."]),
            ". is a folder: name a URL, or a plan file in it, such as ./plan.toml"
        );
        assert!(run(&["example.org/"]).source.texts.has(&OptionId::named("urls")));
    }
}
