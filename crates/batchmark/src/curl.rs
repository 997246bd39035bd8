//! Takes a target from a curl command, such as a browser copies: its options become those of a run. What
//! changes no request is left out, with a note; what batchmark cannot do is refused by name.

mod body;
mod options;
mod shell;
mod translate;

use std::ffi::OsString;

use crate::option_texts::{OptionId, OptionTexts};
use crate::urls::text_or_file;
use crate::usage::UsageError;

pub use shell::BadShell;

use options::{OPTIONS, Spec};
use translate::Translation;

/// The option of the command line.
const OPTION: &str = "--curl";
/// The program.
const CURL: &str = "curl";
/// The value that means stdin.
const STDIN: &str = "-";

/// Why a curl command cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadCurl {
    /// It is no command of a POSIX shell.
    #[error("--curl: {0}")]
    Shell(#[from] BadShell),
    /// It is a command of another shell.
    #[error(
        "--curl: this command was copied for {0}: in the browser choose Copy > Copy as cURL (bash)"
    )]
    OtherShell(&'static str),
    /// It does not begin with `curl`.
    #[error("--curl: the command begins with {0:?}, not with curl")]
    OtherProgram(String),
    /// It is empty.
    #[error(
        "--curl: there is no command: write it behind --curl, such as --curl curl https://host/todos/1"
    )]
    Empty,
    /// An option is unknown.
    #[error(
        "--curl: curl has no option {typed}, or batchmark does not know it{suggestion}\nleave it out"
    )]
    UnknownOption {
        /// The option.
        typed: String,
        /// What it may mean.
        suggestion: String,
    },
    /// An option lacks its value.
    #[error("--curl: {0} needs a value")]
    NoValue(String),
    /// An option cannot be measured.
    #[error("--curl: batchmark cannot measure {option}: {reason}")]
    Unsupported {
        /// The option.
        option: String,
        /// Why, and what to do instead.
        reason: &'static str,
    },
}

/// What a curl command means.
#[derive(Debug)]
pub(crate) struct CurlCommand {
    /// The options of a run.
    pub(crate) texts: OptionTexts,
    /// What was left out, as sentences.
    pub(crate) notes: Vec<String>,
}

/// Reads a curl command, or the file that it names as `@FILE`; `-` for stdin.
///
/// # Errors
/// If the file cannot be read, or the command cannot be used. The sentence repeats no value: it may be a
/// secret.
pub(crate) fn read(typed: &str) -> Result<CurlCommand, UsageError> {
    let text = text_or_file(if typed.trim() == STDIN { "@-" } else { typed })?;
    refuse_other_shells(&text)?;
    let words = shell::split(&text).map_err(BadCurl::from)?;
    let mut words = words.into_iter();
    let program = words.next().ok_or(BadCurl::Empty)?;
    if program.rsplit('/').next() != Some(CURL) {
        return Err(BadCurl::OtherProgram(
            program.split(':').next().unwrap_or_default().to_owned(),
        )
        .into());
    }
    let mut translation = Translation::default();
    for given in options::parse(words)? {
        translation.take(given)?;
    }
    translation.finish()
}

/// Refuses what browsers copy for the shells of Windows.
fn refuse_other_shells(text: &str) -> Result<(), BadCurl> {
    let is_continued = |end: char| {
        text.lines()
            .any(|line| line.trim_end().strip_suffix(end).is_some_and(|it| it.ends_with(' ')))
    };
    let first = text.split_whitespace().nth(1).unwrap_or_default();
    if first.starts_with("^\"") || is_continued('^') {
        return Err(BadCurl::OtherShell("the Windows command line (cmd)"));
    }
    if text.trim_start().starts_with("Invoke-WebRequest") || is_continued('`') {
        return Err(BadCurl::OtherShell("PowerShell"));
    }
    Ok(())
}

/// The words of a command line in which a curl command behind `--curl` is one quoted word. The shell has
/// taken its quotes away, and its options would be read as ours.
pub(crate) fn quoted(words: Vec<OsString>) -> Vec<OsString> {
    let begins = |pair: &[OsString]| pair[0] == OPTION && pair[1] == CURL;
    let Some(at) = words.windows(2).position(begins) else { return words };
    let command: Option<Vec<&str>> = words[at + 1..].iter().map(|word| word.to_str()).collect();
    let Some(command) = command else { return words };
    let quoted = format!("{OPTION}={}", shell_words::join(command));
    [&words[..at], &[quoted.into()]].concat()
}

/// Keeps the headers of a curl command beside those that are given, except those of the same names.
pub(crate) fn keep_headers(given: &mut OptionTexts, of_curl: &mut OptionTexts) {
    let id = OptionId::named("headers");
    let added = given.take(&id);
    let name = |header: &OsString| {
        let text = header.to_string_lossy();
        text.split([':', ';']).next().unwrap_or_default().trim().to_lowercase()
    };
    let names: Vec<String> = added.iter().map(name).collect();
    let kept = of_curl.take(&id).into_iter().filter(|header| !names.contains(&name(header)));
    let all: Vec<OsString> = kept.chain(added).collect();
    if !all.is_empty() {
        given.set(id, all);
    }
}

/// A batch of one request compares little: the note says how to fetch more.
pub(crate) fn note_of_one_url(urls: &[OsString]) -> Option<&'static str> {
    let [only] = urls else { return None };
    let is_pattern = only.to_string_lossy().contains(['[', '{']);
    (!is_pattern).then_some(
        "--curl gives one URL, so each batch is one request: for more, write a URL with a range \
         before --curl, such as 'https://host/todos/[1-16]'",
    )
}

/// The options of curl that a mistyped one is compared with.
fn known() -> impl Iterator<Item = &'static str> {
    OPTIONS.iter().map(|Spec { long, .. }| *long)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::option_texts::run_command;

    /// The words of a command line with the same meaning.
    fn words(command: &str) -> Vec<String> {
        let read = read(command).unwrap_or_else(|error| panic!("{command}: {error}"));
        let words = read.texts.words(&run_command());
        words.into_iter().map(|word| word.into_string().expect("is text")).collect()
    }

    fn notes(command: &str) -> Vec<String> {
        read(command).expect("reads").notes
    }

    fn refusal(command: &str) -> String {
        read(command).expect_err("is refused").to_string()
    }

    #[test]
    fn reads_what_a_browser_copies() {
        let chrome = r"curl 'https://api.example.org/todos/1?x=[1]' \
  -H 'accept: application/json' \
  -H 'accept-language: en-US,en;q=0.9' \
  -b 'session=abcdefgh; theme=dark' \
  -H 'user-agent: Mozilla/5.0' \
  -g \
  --data-raw $'{\u0022a\u0022:\u0021\n\'@\'}' \
  --compressed ;
";
        assert_eq!(
            words(&chrome.replace(" ;", "")),
            [
                "--globoff",
                "--header=accept: application/json",
                "--header=accept-language: en-US,en;q=0.9",
                "--header=user-agent: Mozilla/5.0",
                "--header=Cookie: session=abcdefgh; theme=dark",
                "--header=Accept-Encoding: gzip, deflate",
                "--data-raw={\"a\":!\n'@'}",
                "--",
                "https://api.example.org/todos/1?x=[1]",
            ]
        );
        let firefox = "curl 'http://h/a' --compressed -X POST -H 'Accept-Encoding: gzip, deflate, br, zstd' -H 'Content-Length: 3' -H 'Origin: null' --data-raw 'a=1'";
        assert_eq!(
            words(firefox),
            [
                "--header=Origin: null",
                "--header=Accept-Encoding: gzip, deflate",
                "--method=POST",
                "--data-raw=a=1",
                "--",
                "http://h/a",
            ]
        );
        assert_eq!(notes(firefox).len(), 2, "{:?}", notes(firefox));
    }

    #[test]
    fn translates_the_options_of_a_request() {
        for (command, expected) in [
            ("curl h.example", vec!["--", "h.example"]),
            ("/usr/bin/curl --url http://a/ http://b/", vec!["--", "http://a/", "http://b/"]),
            ("curl -sSkXPUT http://h/", vec!["--method=PUT", "--insecure", "--", "http://h/"]),
            ("curl -I http://h/", vec!["--method=HEAD", "--", "http://h/"]),
            ("curl -d a=1 -d @f http://h/", vec!["--data=a=1", "--data=@f", "--", "http://h/"]),
            ("curl -d a=1 --data-raw @b http://h/", vec!["--data-raw=a=1&@b", "--", "http://h/"]),
            ("curl --json '{}' http://h/", vec!["--json-body={}", "--", "http://h/"]),
            ("curl -G -d a=1 -d b=2 http://h/", vec!["--", "http://h/?a=1&b=2"]),
            ("curl -G -d a=1 'http://h/?x#y'", vec!["--", "http://h/?x&a=1#y"]),
            (
                "curl --data-urlencode 'a=b c&' http://h/",
                vec!["--data-raw=a=b%20c%26", "--", "http://h/"],
            ),
            ("curl --cacert f http://h/", vec!["--cacert=f", "--", "http://h/"]),
            (
                "curl -u user:pass http://h/",
                vec!["--header=Authorization: Basic dXNlcjpwYXNz", "--", "http://h/"],
            ),
            (
                "curl -A me -e http://r/ -r 0-9 --oauth2-bearer t http://h/",
                vec![
                    "--header=User-Agent: me",
                    "--header=Referer: http://r/",
                    "--header=Range: bytes=0-9",
                    "--header=Authorization: Bearer t",
                    "--",
                    "http://h/",
                ],
            ),
            (
                "curl -b a=1 --cookie b=2 http://h/",
                vec!["--header=Cookie: a=1; b=2", "--", "http://h/"],
            ),
            ("curl -- http://h/ -", vec!["--", "http://h/", "-"]),
        ] {
            assert_eq!(words(command), expected, "{command}");
        }
    }

    #[test]
    fn leaves_out_what_changes_no_request_and_says_so() {
        assert_eq!(
            notes("curl -s -S -o file http://h/"),
            ["-s, -S and -o of curl change no request: ignored"]
        );
        assert_eq!(notes("curl -v http://h/"), ["-v of curl changes no request: ignored"]);
        assert!(notes("curl -L http://h/")[0].starts_with("-L of curl is ignored: "));
        assert!(
            notes("curl -H 'Expect:' http://h/")[0].starts_with("-H 'Expect:' of curl is ignored")
        );
        assert_eq!(notes("curl --no-progress-meter http://h/").len(), 1);
        assert_eq!(notes("curl http://h/"), [""; 0]);
    }

    #[test]
    fn refuses_what_it_cannot_do_by_name() {
        for (command, expected) in [
            ("", "--curl: there is no command"),
            ("wget http://h/", "--curl: the command begins with \"wget\""),
            ("curl", "--curl: the command has no URL"),
            ("curl -F a=b http://h/", "--curl: batchmark cannot measure -F: "),
            ("curl -sF a=b http://h/", "--curl: batchmark cannot measure -F: "),
            ("curl -x http://p http://h/", "--curl: batchmark cannot measure -x: "),
            (
                "curl --headr a http://h/",
                "--curl: curl has no option --headr, or batchmark does not know it: did you mean head or header?",
            ),
            ("curl -Q http://h/", "--curl: curl has no option -Q"),
            ("curl http://h/ -H", "--curl: -H needs a value"),
            ("curl -b cookies.txt http://h/", "--curl: batchmark cannot measure -b: "),
            ("curl -u me http://h/", "--curl: batchmark cannot measure -u: "),
            ("curl -d a --json {} http://h/", "--curl: batchmark cannot measure --json: "),
            (
                "curl ^\"http://h/^\" ^\n -H ^\"a: b^\"",
                "--curl: this command was copied for the Windows",
            ),
            (
                "curl \"http://h/\" ^\n  -H \"a: b\"",
                "--curl: this command was copied for the Windows",
            ),
            ("Invoke-WebRequest -Uri x", "--curl: this command was copied for PowerShell"),
            ("curl 'http://h/", "--curl: a quote ' is not closed"),
            ("curl http://h/ | jq .", "--curl: the command has an unquoted |"),
            ("curl -H \"A: $TOKEN\" http://h/", "--curl: the command uses $TOKEN of the shell"),
            ("@/nonexistent", "/nonexistent cannot be read"),
        ] {
            let found = refusal(command);
            assert!(found.starts_with(expected), "{command}: {found}");
        }
    }

    #[test]
    fn quotes_a_command_that_the_shell_has_split() {
        let quote = |words: &[&str]| quoted(words.iter().map(OsString::from).collect());
        assert_eq!(
            quote(&["batchmark", "-q", "--curl", "curl", "http://h/?a=1&b", "-H", "A: 'b'"]),
            ["batchmark", "-q", "--curl=curl 'http://h/?a=1&b' -H 'A: '\\''b'\\'''"]
        );
        let untouched = ["batchmark", "--curl", "curl http://h/", "-q"];
        assert_eq!(quote(&untouched), untouched);
    }
}
