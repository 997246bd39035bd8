//! The options of a run as texts, wherever they were given: on the command line, in a plan file or by a
//! curl command. The definitions of the command line say what there is, so that an option is defined once.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory};

use crate::arguments::Arguments;

/// The options that name what is fetched. One of them replaces all of a lower layer.
const TARGET: [&str; 3] = ["urls", "urls_file", "link"];

/// How the name of an option begins that drops another one.
const NO: &str = "no-";

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
pub struct OptionTexts {
    given: BTreeMap<OptionId, Vec<OsString>>,
    /// What a lower layer gives in vain, because `--no-NAME` was typed.
    dropped: BTreeSet<OptionId>,
}

impl OptionTexts {
    /// The options that were typed, by the definitions of a command.
    pub fn typed(command: &Command, matches: &ArgMatches) -> Self {
        let mut texts = Self::default();
        let is_typed = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
        for definition in definitions(command) {
            let id = definition.get_id().as_str();
            if dropping(definition).is_some_and(|drop| is_typed(drop.get_id().as_str())) {
                texts.dropped.insert(OptionId::new(definition));
            }
            if !is_typed(id) {
                continue;
            }
            let values = if is_flag(definition) { None } else { matches.get_raw(id) };
            let values = values.into_iter().flatten().map(OsStr::to_owned).collect();
            texts.given.insert(OptionId::new(definition), values);
        }
        texts
    }

    /// Whether no option was given.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// Whether an option was given.
    pub fn has(&self, id: &OptionId) -> bool {
        self.given.contains_key(id)
    }

    /// The values of an option; none if it was not given or is a flag.
    pub fn values(&self, id: &OptionId) -> &[OsString] {
        self.given.get(id).map_or(&[], Vec::as_slice)
    }

    /// Adds a value to an option.
    pub fn add(&mut self, id: OptionId, value: impl Into<OsString>) {
        self.given.entry(id).or_default().push(value.into());
    }

    /// Gives a flag.
    pub fn add_flag(&mut self, id: OptionId) {
        self.given.entry(id).or_default();
    }

    /// Replaces the values of an option.
    pub fn set(&mut self, id: OptionId, values: Vec<OsString>) {
        self.given.insert(id, values);
    }

    /// Takes an option away and returns its values.
    pub fn take(&mut self, id: &OptionId) -> Vec<OsString> {
        self.given.remove(id).unwrap_or_default()
    }

    /// The identifiers of what was given.
    pub fn ids(&self) -> impl Iterator<Item = &OptionId> {
        self.given.keys()
    }

    /// These options, and those of a lower layer that they neither give, drop nor exclude.
    #[must_use]
    pub fn over(self, lower: Self, command: &Command) -> Self {
        let excluded = self.excluded(command);
        let mut lower = lower.without_dropped(&self);
        lower.given.retain(|id, _| !excluded.contains(id));
        lower.given.extend(self.given);
        lower.dropped.extend(self.dropped);
        lower
    }

    /// These options without those that a higher layer drops.
    #[must_use]
    pub fn without_dropped(mut self, higher: &Self) -> Self {
        self.given.retain(|id, _| !higher.dropped.contains(id));
        self
    }

    /// What a lower layer cannot give any more: these options, and all that conflict with one of them.
    fn excluded(&self, command: &Command) -> BTreeSet<OptionId> {
        let mut excluded: BTreeSet<OptionId> = self.given.keys().cloned().collect();
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

/// A command that also takes `--no-NAME` for each option, to drop what a plan file gives for it. The option
/// itself and `--no-NAME` replace each other, so the later one counts.
pub fn with_dropping(command: Command) -> Command {
    let drops: Vec<Arg> = definitions(&command).filter_map(dropping).collect();
    command.args(drops)
}

/// The option that drops another one: `--no-why`, or `--controls` for `--no-controls`. None for URLs, which
/// have no name.
fn dropping(definition: &Arg) -> Option<Arg> {
    let name = definition.get_long()?;
    let dropping = match name.strip_prefix(NO) {
        Some(positive) => positive.to_owned(),
        None => format!("{NO}{name}"),
    };
    let id = definition.get_id();
    let drop = Arg::new(format!("{NO}{id}")).long(dropping).hide(true);
    Some(drop.action(ArgAction::SetTrue).overrides_with(id.clone()))
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
        let matches = with_dropping(command.clone()).try_get_matches_from(words);
        OptionTexts::typed(&command, &matches.expect("parses"))
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

    #[test]
    fn drops_what_a_lower_layer_gives() {
        let over = |upper: &[&str], lower: &[&str]| {
            words(&texts(upper).over(texts(lower), &run_command()))
        };
        let lower = ["--why", "--no-controls", "-b", "4", "--waterfall"];
        let upper = ["--no-why", "--controls", "--no-waterfall"];
        assert_eq!(over(&upper, &lower), ["--batch-size=4", "--"]);
        assert_eq!(over(&["--no-batch-size"], &["-b", "4", "-k"]), ["--insecure", "--"]);
        assert_eq!(over(&["--no-why", "--why"], &[]), ["--why", "--"]);
        assert_eq!(over(&["--why", "--no-why"], &["--why"]), ["--"]);
    }
}
