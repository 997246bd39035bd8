//! `batchmark run --dry-run`: prints the request as a plan file, with every default that it fills in.

use model::plan::StopRule;
use report::printer::print;

use super::run::Read;
use crate::arguments::RunArguments;
use crate::exit::Exit;
use crate::measuring::{Measurer, STRATEGIES};
use crate::option_texts::{OptionId, OptionTexts, run_command};
use crate::plan_file;

/// Prints the request as a plan file.
///
/// # Errors
/// If a strategy or a condition is unknown, or stdout cannot be written.
pub(super) fn print_plan(arguments: &RunArguments, read: &Read) -> anyhow::Result<Exit> {
    Measurer::new()?.check(&read.request)?;
    let file =
        plan_file::write(&completed(arguments, read), &run_command(), read.secrets.secrets());
    print(&format!("{}{file}", comment(read)))?;
    Ok(Exit::Success)
}

/// What the file cannot say by a key.
fn comment(read: &Read) -> String {
    let stop = match &read.request.stop {
        rule @ StopRule::Precision { least, most: Some(most), half_width, .. }
            if *rule == StopRule::DEFAULT =>
        {
            format!(
                "# It ends when every ratio is known to within {}%, after {least} to {most} blocks.\n",
                half_width * 100.0
            )
        }
        _ => String::new(),
    };
    format!("# A plan: measure it with `batchmark run FILE`.\n{stop}")
}

/// The options with the defaults that decide what is measured.
fn completed(arguments: &RunArguments, read: &Read) -> OptionTexts {
    let command = run_command();
    let mut texts = arguments.source.texts.clone();
    for definition in command.get_arguments() {
        let id = OptionId::new(definition);
        if !definition.get_default_values().is_empty() && !texts.has(&id) {
            let defaults = definition.get_default_values().iter();
            texts.set(id, defaults.map(|value| value.to_os_string()).collect());
        }
    }
    // It is about this command line.
    texts.take(&OptionId::named("dry_run"));
    let request = &read.request;
    let sizes = request.batch_sizes.iter().map(|size| size.0.to_string().into()).collect();
    texts.set(OptionId::named("batch_sizes"), sizes);
    texts.set(OptionId::named("seed"), vec![request.seed.to_string().into()]);
    let has_own = !request.hosts.own.is_empty() || !request.hosts.commands.is_empty();
    if request.strategies.is_empty() && !has_own {
        let usual = STRATEGIES.map(Into::into).to_vec();
        texts.set(OptionId::named("strategies"), usual);
    }
    texts
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::command_line;
    use crate::run_request::RunRequest;
    use crate::secrets::SecretCollector;

    fn arguments(words: &[String]) -> RunArguments {
        let words = ["batchmark".to_owned()].into_iter().chain(words.iter().cloned());
        let words: Vec<OsString> = words.map(OsString::from).collect();
        command_line::read(words).unwrap_or_else(|error| panic!("{error}")).run
    }

    /// The plan file of a command line, and the request.
    fn planned(words: &[String]) -> (String, RunRequest) {
        let arguments = arguments(words);
        let request = RunRequest::read(&arguments).unwrap_or_else(|error| panic!("{error}"));
        let secrets = SecretCollector::default();
        let read = Read { request, secrets };
        let file =
            plan_file::write(&completed(&arguments, &read), &run_command(), read.secrets.secrets());
        (file, read.request)
    }

    /// Asserts that the plan file of a command line requests the same, and is its own plan file.
    fn assert_round_trip(words: &[String]) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("plan.toml");
        let (file, mut request) = planned(words);
        fs::write(&path, &file).expect("is written");
        let (again, same) = planned(&[path.to_str().expect("a plain path").to_owned()]);
        assert_eq!(file, again, "{words:?}");
        // The names of the usual strategies are filled in, and so is the seed.
        if request.strategies.is_empty() {
            request.strategies.clone_from(&same.strategies);
        }
        request.seed = same.seed;
        assert_eq!(format!("{request:?}"), format!("{same:?}"), "{words:?}");
    }

    #[test]
    fn prints_a_plan_that_requests_the_same_for_every_scenario() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
        let mut scenarios = 0;
        for entry in fs::read_dir(folder).expect("there are scenarios") {
            let path = entry.expect("can be read").path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let text = fs::read_to_string(&path).expect("can be read");
            let scenario: serde_json::Value = serde_json::from_str(&text).expect("is JSON");
            let words = scenario["run"].as_array().expect("has a command line").iter();
            let words = words.map(|word| word.as_str().expect("is a text").to_owned());
            assert_round_trip(&words.collect::<Vec<_>>());
            scenarios += 1;
        }
        assert!(scenarios > 20, "{scenarios} scenarios");
    }

    #[test]
    fn prints_a_plan_that_requests_the_same_for_every_kind_of_value() {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        for line in [
            &[][..],
            &["http://h/[1-4]?a=\"b\"", "http://h/{a,b}", "-H", "A: it's \"x\"\\", "-H", "B;"],
            &["-g", "http://h/[1]", "-k", "--why", "--keep-going", "-d", "a=1\n\t\u{1}", "-d", "b"],
            &["--data-raw", "@x", "http://h/", "-X", "put", "--expect-status", "200,404"],
            &["--json-body", "{\"a\": 'b'}", "--timeout", "5s", "--secret", "mine", "--no-witness"],
            &["--command", "c=curl -sS {urls}", "--command-null", "c=curl --version", "--shell"],
            &[
                "-s",
                "ureq/threads:workers=4,tls=off,async",
                "-s",
                "sequential",
                "--baseline",
                "async",
            ],
            &["--link", "rtt=3ms,tls=off,fault=slow:8:50ms+redirect", "--budget", "30s", "-n", "7"],
            &[
                "--precision",
                "1%",
                "--section",
                "path,counters",
                "--json",
                "-",
                "--save",
                "x.jsonl",
                "-q",
            ],
            &["--waterfall", "-n", "1"],
            &["--waterfall=async", "-n", "1"],
            &["--curl", "curl", "http://h/", "-H", "A: b", "--data-raw", "@$'x'"],
        ] {
            assert_round_trip(&words(line));
        }
    }

    #[test]
    fn hides_secrets_in_a_printed_plan() {
        let typed = ["http://h/?api_key=abcdefgh", "-H", "Authorization: Bearer ijklmnop"];
        let arguments = arguments(&typed.map(str::to_owned));
        let secrets = SecretCollector::of_run(&arguments);
        let read = Read { request: RunRequest::read(&arguments).expect("reads"), secrets };
        let texts = completed(&arguments, &read);
        let file = plan_file::write(&texts, &run_command(), read.secrets.secrets());
        assert!(file.contains("Authorization: ***") && file.contains("api_key=***"), "{file}");
        assert!(!file.contains("abcdefgh") && !file.contains("ijklmnop"), "{file}");
    }
}
