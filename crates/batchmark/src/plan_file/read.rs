//! Reads a plan file: each key is the name of an option, and each value is checked as if it was typed.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use clap::{Arg, Command};
use model::secrets::HIDDEN;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::arms::{self, BadArm};
use super::entry::{self, Reason};
use super::{ARM, key, keyed};
use crate::command_line::check_option;
use crate::nearest::suggestion;
use crate::option_texts::{OptionId, OptionTexts};
use crate::strategy_grammar::parse;
use crate::usage::UsageError;

/// The options of a plan file.
///
/// # Errors
/// If it cannot be read, has an unknown key, or a value that the option does not take.
pub(crate) fn read(path: &Path, command: &Command) -> Result<OptionTexts, UsageError> {
    let bytes = fs::read(path)
        .map_err(|source| UsageError::Unreadable { path: path.to_owned(), source })?;
    let text = String::from_utf8(bytes)
        .map_err(|_| UsageError::NotUtf8 { place: path.display().to_string() })?;
    parse_text(&text, command).map_err(|Refusal { start, reason }| UsageError::PlanFile {
        path: path.to_owned(),
        line: line_of(&text, start),
        reason,
    })
}

/// Why a plan file cannot be used, and at which byte.
struct Refusal {
    start: usize,
    reason: String,
}

impl From<BadArm> for Refusal {
    fn from(BadArm { start, reason }: BadArm) -> Self {
        Self { start, reason }
    }
}

/// The line of a byte, from 1 on.
fn line_of(text: &str, start: usize) -> usize {
    1 + text.bytes().take(start).filter(|&byte| byte == b'\n').count()
}

fn parse_text(text: &str, command: &Command) -> Result<OptionTexts, Refusal> {
    let table = DeTable::parse(text).map_err(|error| Refusal {
        start: error.span().map_or(0, |span| span.start),
        reason: error.message().to_owned(),
    })?;
    let mut entries: Vec<_> = table.get_ref().iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    let mut texts = OptionTexts::default();
    for (name, value) in entries {
        let name_text: &str = name.get_ref();
        if name_text == ARM {
            arms::texts(value)?.into_iter().for_each(|text| texts.add(strategies(), text));
            continue;
        }
        let start = name.span().start;
        let refuse = |reason: Reason| Refusal { start, reason };
        let definition = find(command, name_text).map_err(refuse)?;
        add(&mut texts, definition, value, command)
            .map_err(|reason| refuse(format!("{name_text}: {reason}")))?;
    }
    Ok(texts)
}

/// The option whose value `[[arm]]` adds to.
fn strategies() -> OptionId {
    OptionId::named("strategies")
}

/// The option of a key. It may be written with underscores, as in other TOML files.
fn find<'c>(command: &'c Command, name: &str) -> Result<&'c Arg, Reason> {
    let wanted = name.replace('_', "-");
    let is_wanted = |definition: &&Arg| keys(definition).contains(&wanted);
    if let Some(definition) = keyed(command).find(is_wanted) {
        return Ok(definition);
    }
    let keys: Vec<String> = keyed(command).flat_map(keys).chain([ARM.to_owned()]).collect();
    let suggestion = suggestion(&wanted, keys.iter().map(String::as_str));
    Err(format!(
        "there is no option {name:?}{suggestion}\nthe keys are the options of `batchmark run --help`, \
         url and [[arm]]"
    ))
}

/// All names of an option.
fn keys(definition: &Arg) -> Vec<String> {
    let aliases = definition.get_all_aliases().unwrap_or_default().into_iter().map(str::to_owned);
    aliases.chain([key(definition)]).collect()
}

fn add(
    texts: &mut OptionTexts,
    definition: &Arg,
    value: &Spanned<DeValue<'_>>,
    command: &Command,
) -> Result<(), Reason> {
    let Some(values) = entry::texts(definition, value.get_ref())? else { return Ok(()) };
    let id = OptionId::new(definition);
    let mut alone = OptionTexts::default();
    if values.is_empty() {
        alone.add_flag(id.clone());
    }
    for value in &values {
        alone.add(id.clone(), value.clone());
    }
    check(&id, &alone, command)?;
    if texts.has(&id) && id != strategies() {
        return Err("it is given twice, under two names: leave one out".to_owned());
    }
    texts.add_flag(id.clone());
    values.into_iter().for_each(|value: OsString| texts.add(id.clone(), value));
    Ok(())
}

/// Checks the values of one option as if they were typed.
fn check(id: &OptionId, alone: &OptionTexts, command: &Command) -> Result<(), Reason> {
    for value in alone.values(id).iter().filter_map(|value| value.to_str()) {
        if value.contains(HIDDEN) {
            return Err(format!(
                "a secret is hidden here ({HIDDEN}): write it instead, or name a file as @FILE where \
                 the option takes one"
            ));
        }
        if *id == OptionId::named("urls_file") && value.contains("://") {
            return Err("it names a file with URLs: did you mean url?".to_owned());
        }
        if *id == strategies() {
            parse(value).map_err(|error| error.to_string())?;
        }
    }
    check_option(&alone.words(command), command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::option_texts::run_command;

    fn words(text: &str) -> Vec<String> {
        let command = run_command();
        let texts = parse_text(text, &command).map_err(|refusal| refusal.reason).expect("reads");
        let words = texts.words(&command);
        words.into_iter().map(|word| word.into_string().expect("is text")).collect()
    }

    /// The line and the reason.
    fn refusal(text: &str) -> String {
        let Err(Refusal { start, reason }) = parse_text(text, &run_command()) else {
            panic!("{text:?} was accepted");
        };
        format!("{}: {reason}", line_of(text, start))
    }

    #[test]
    fn takes_the_words_of_the_command_line_as_keys() {
        let text = "
            url = ['http://h/[1-4]', 'http://h/x']
            batch = [4, 1_6]
            blocks = 0x10
            precision = 0.01
            budget = '5m'
            why = true
            no-controls = false
            expect_status = 204
            seed = 18446744073709551615
            [headers]
            Accept = 'text/plain'
            X-Two = ['a', 'b']
            [command]
            curl = 'curl -sS {urls}'
            [[arm]]
            strategy = 'threads'
            conditions = { workers = 8, session = 'warm', tls = true }
            [[arm]]
            strategy = 'async'
        ";
        assert_eq!(
            words(text),
            [
                "--strategy=threads:workers=8,session=warm,tls=on",
                "--strategy=async",
                "--batch-size=4",
                "--batch-size=16",
                "--iterations=16",
                "--precision=0.01",
                "--budget=5m",
                "--why",
                "--seed=18446744073709551615",
                "--command=curl=curl -sS {urls}",
                "--header=Accept: text/plain",
                "--header=X-Two: a",
                "--header=X-Two: b",
                "--expect-status=204",
                "--",
                "http://h/[1-4]",
                "http://h/x",
            ]
        );
        assert_eq!(words("[link]\nrtt = '5ms'\ntls = false\n"), ["--link=rtt=5ms,tls=off", "--"]);
        assert_eq!(words("link = 'rtt=5ms'\nstrategy = ['a', 'b']")[0], "--strategy=a");
        assert_eq!(words(""), ["--"]);
    }

    #[test]
    fn names_the_line_and_what_to_write() {
        for (text, expected) in [
            ("seed = 1\nblock = 3", "2: there is no option \"block\": did you mean blocks?"),
            ("batchsize = 3", "1: there is no option \"batchsize\": did you mean batch-size?"),
            ("dry-run = true", "1: there is no option \"dry-run\""),
            ("batch = 0", "1: batch: write a whole number from 1 to 1000000, such as 16"),
            ("\nblocks = [1, 2]", "2: blocks: it has one value, not several"),
            ("why = 1", "1: why: write true or false"),
            ("budget = 5", "1: budget: "),
            ("seed = { a = 1 }", "1: seed: it has a value, not a table of values"),
            ("batch = [[1]]", "1: batch: write a text or a number"),
            ("budget = 2026-01-01", "1: budget: write the text in quotes"),
            ("link = 'rtx=3ms'", "1: link: "),
            ("urls = ['http://h/']", "1: urls: it has one value"),
            ("urls = 'http://h/'", "1: urls: it names a file with URLs: did you mean url?"),
            ("batch = 1\nbatch_size = 2", "2: batch_size: it is given twice, under two names"),
            ("header = 'Cookie: a=***1b2c'", "1: header: a secret is hidden here"),
            ("seed = 1\nseed = 2", "2: duplicate key"),
            ("strategy = 'a,,b'", "1: strategy: a strategy name is missing"),
            ("[arm]\nstrategy = 'a'", "1: write [[arm]] with two brackets"),
            ("[[arm]]\nconditions = {}", "1: it names no strategy"),
            (
                "[[arm]]\nstrategi = 'a'",
                "1: an arm has no key \"strategi\": did you mean strategy?",
            ),
            ("[[arm]]\nstrategy = 'a'\n[[arm]]\nstrategy = ''", "3: a strategy name is missing"),
            ("seed =", "1: "),
        ] {
            let found = refusal(text);
            assert!(found.starts_with(expected), "{text:?}: {found}");
        }
    }
}
