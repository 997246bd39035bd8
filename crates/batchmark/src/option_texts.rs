//! The options of a run as texts, wherever they were given: on the command line, in a plan file or by a
//! curl command. The definitions of the command line say what there is, so that an option is defined once.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory};

use crate::arguments::Arguments;

/// The options that name what is fetched. One of them replaces all of a lower layer.
const TARGET: [&str; 3] = ["urls", "urls_file", "link"];

/// The identifier of an option, as the definitions of the command line have it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OptionId(String);

impl OptionId {
    /// The identifier of a definition.
    pub fn new(definition: &Arg) -> Self {
        Self(definition.get_id().as_str().to_owned())
    }

    /// The option with this identifier.
    pub fn named(id: &str) -> Self {
        Self(id.to_owned())
    }
}

/// The options that were given, each with its values as texts. A flag has no value, and an optional value
/// may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptionTexts(BTreeMap<OptionId, Vec<OsString>>);

impl OptionTexts {
    /// The options that were typed, by the definitions of a command.
    pub fn typed(command: &Command, matches: &ArgMatches) -> Self {
        let mut texts = Self::default();
        for definition in definitions(command) {
            let id = definition.get_id().as_str();
            if matches.value_source(id) != Some(ValueSource::CommandLine) {
                continue;
            }
            let values = if is_flag(definition) { None } else { matches.get_raw(id) };
            let values = values.into_iter().flatten().map(OsStr::to_owned).collect();
            texts.0.insert(OptionId::new(definition), values);
        }
        texts
    }

    /// Whether no option was given.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an option was given.
    pub fn has(&self, id: &OptionId) -> bool {
        self.0.contains_key(id)
    }

    /// The values of an option; none if it was not given or is a flag.
    pub fn values(&self, id: &OptionId) -> &[OsString] {
        self.0.get(id).map_or(&[], Vec::as_slice)
    }

    /// Adds a value to an option.
    pub fn add(&mut self, id: OptionId, value: impl Into<OsString>) {
        self.0.entry(id).or_default().push(value.into());
    }

    /// Gives a flag.
    pub fn add_flag(&mut self, id: OptionId) {
        self.0.entry(id).or_default();
    }

    /// Replaces the values of an option.
    pub fn set(&mut self, id: OptionId, values: Vec<OsString>) {
        self.0.insert(id, values);
    }

    /// Takes an option away and returns its values.
    pub fn take(&mut self, id: &OptionId) -> Vec<OsString> {
        self.0.remove(id).unwrap_or_default()
    }

    /// The identifiers of what was given.
    pub fn ids(&self) -> impl Iterator<Item = &OptionId> {
        self.0.keys()
    }

    /// These options, and those of a lower layer that they neither give nor exclude.
    #[must_use]
    pub fn over(self, mut lower: Self, command: &Command) -> Self {
        let excluded = self.excluded(command);
        lower.0.retain(|id, _| !excluded.contains(id));
        lower.0.extend(self.0);
        lower
    }

    /// What a lower layer cannot give any more: these options, and all that conflict with one of them.
    fn excluded(&self, command: &Command) -> BTreeSet<OptionId> {
        let mut excluded: BTreeSet<OptionId> = self.0.keys().cloned().collect();
        for definition in definitions(command) {
            let conflicts = command.get_arg_conflicts_with(definition);
            let conflicts: Vec<OptionId> = conflicts.into_iter().map(OptionId::new).collect();
            let id = OptionId::new(definition);
            if self.has(&id) {
                excluded.extend(conflicts);
            } else if conflicts.iter().any(|other| self.has(other)) {
                excluded.insert(id);
            }
        }
        let target = TARGET.map(OptionId::named);
        if target.iter().any(|id| self.has(id)) {
            excluded.extend(target);
        }
        excluded
    }

    /// The options as words of a command line.
    pub fn words(&self, command: &Command) -> Vec<OsString> {
        let mut words = Vec::new();
        let mut positional = vec![OsString::from("--")];
        for definition in definitions(command) {
            let id = OptionId::new(definition);
            let Some(name) = definition.get_long() else {
                positional.extend_from_slice(self.values(&id));
                continue;
            };
            if self.has(&id) && self.values(&id).is_empty() {
                words.push(format!("--{name}").into());
            }
            for value in self.values(&id) {
                let mut word = OsString::from(format!("--{name}="));
                word.push(value);
                words.push(word);
            }
        }
        words.append(&mut positional);
        words
    }
}

/// The command with the options of a run.
pub fn run_command() -> Command {
    Arguments::command()
}

/// The definitions of what a user may give, in the order of the help.
pub fn definitions(command: &Command) -> impl Iterator<Item = &Arg> {
    let is_answer = |definition: &&Arg| {
        matches!(
            definition.get_action(),
            ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
        )
    };
    command.get_arguments().filter(move |definition| !is_answer(definition))
}

/// Whether an option has no value.
pub fn is_flag(definition: &Arg) -> bool {
    matches!(definition.get_action(), ArgAction::SetTrue)
}

/// Whether an option has a value that may be left out.
pub fn has_optional_value(definition: &Arg) -> bool {
    definition.get_num_args().is_some_and(|values| values.min_values() == 0)
}

/// Whether an option may be given several times.
pub fn is_list(definition: &Arg) -> bool {
    matches!(definition.get_action(), ArgAction::Append)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn texts(words: &[&str]) -> OptionTexts {
        let command = run_command();
        let words = ["batchmark"].iter().chain(words);
        OptionTexts::typed(&command, &command.clone().try_get_matches_from(words).expect("parses"))
    }

    fn words(texts: &OptionTexts) -> Vec<String> {
        let words = texts.words(&run_command());
        words.into_iter().map(|word| word.into_string().expect("is text")).collect()
    }

    #[test]
    fn writes_what_was_typed_as_words_with_the_same_meaning() {
        let typed =
            ["-b", "4,16", "-kq", "-H", "A: 1", "--header=B: 2", "http://h/", "--baseline="];
        let texts = texts(&typed);
        let expected = [
            "--batch-size=4",
            "--batch-size=16",
            "--baseline=",
            "--header=A: 1",
            "--header=B: 2",
            "--insecure",
            "--quiet",
            "--",
            "http://h/",
        ];
        assert_eq!(words(&texts), expected);
        for waterfall in ["--waterfall", "--waterfall=async"] {
            assert_eq!(words(&self::texts(&[waterfall])), [waterfall, "--"]);
        }
        let again = [vec!["batchmark".to_owned()], words(&texts)].concat();
        let read = Arguments::try_parse_from(again).expect("parses").run;
        assert_eq!((read.batch_sizes, read.urls), (vec![4, 16], vec!["http://h/".to_owned()]));
    }

    #[test]
    fn replaces_and_excludes_options_of_a_lower_layer() {
        let over = |upper: &[&str], lower: &[&str]| {
            words(&texts(upper).over(texts(lower), &run_command()))
        };
        assert_eq!(
            over(&["-b", "4"], &["-b", "16", "-n", "3"]),
            ["--batch-size=4", "--iterations=3", "--"]
        );
        assert_eq!(over(&["--full"], &["--section", "path"]), ["--full", "--"]);
        assert_eq!(over(&["--section", "path"], &["--full"]), ["--section=path", "--"]);
        assert_eq!(over(&["http://h/"], &["--link", "rtt=3ms"]), ["--", "http://h/"]);
        assert_eq!(over(&["--urls", "a.txt"], &["http://h/"]), ["--urls=a.txt", "--"]);
        assert_eq!(over(&[], &["http://h/", "-k"]), ["--insecure", "--", "http://h/"]);
    }
}
