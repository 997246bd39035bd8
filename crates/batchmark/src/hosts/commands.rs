//! The host of the user's commands: this program, which reads the commands from its stdin.

use clients::CommandSpec;
use model::plan::OwnCommand;
use runner::command::ProcessCommand;

use super::arguments::HostArguments;
use super::carried::Carried;
use super::command_files;
use super::host::Host;
use super::this_program::this_program;
use crate::secrets::HashKey;
use runner::host_driver::Absence;

/// The folder of the strategies.
pub(super) const FOLDER: &str = "command";

/// Why `--command` or `--command-null` cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is documented by its sentence")]
pub enum BadCommand {
    #[error(
        "--{option} {text:?} has no name: write --{option} 'NAME=WORDS…', such as 'curl=curl -sS --parallel {{urls}}'"
    )]
    NoName { option: &'static str, text: String },
    #[error(
        "{name:?} is not a name for a command: use letters, digits, - and _, such as --{option} 'curl-8=curl -sS {{urls}}'"
    )]
    BadName { option: &'static str, name: String },
    #[error("--{option} '{name}=' has no program: write the command after the =")]
    NoWords { option: &'static str, name: String },
    #[error(
        "a quote is not closed in --{option} '{name}={text}': close it, or write \\\" for a literal one"
    )]
    OpenQuote { option: &'static str, name: String, text: String },
    #[error(
        "the command {name} has no {{urls}}: write {{urls}} where the URLs of the batch belong"
    )]
    NoUrls { name: String },
    #[error("--{option} is given twice for {name}: rename one of them")]
    Twice { option: &'static str, name: String },
    #[error(
        "--command-null {name} has no command: also write --command '{name}=…', the command with work"
    )]
    NullAlone { name: String },
}

/// Whether a shell runs the commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShellUse {
    /// No: the text is only split into words, as a shell would.
    Never,
    /// Yes: `sh -c` runs the text.
    Always,
}

/// The typed commands.
#[derive(Clone, Debug)]
pub(super) struct UserCommands(Vec<CommandSpec>);

impl UserCommands {
    /// Reads the arguments; none if there is no command.
    pub(super) fn read(arguments: &HostArguments) -> Result<Option<Self>, BadCommand> {
        let shell = if arguments.shell { ShellUse::Always } else { ShellUse::Never };
        let commands = TypedCommand::read_all("command", &arguments.commands, shell)?;
        let mut nulls = TypedCommand::read_all("command-null", &arguments.nulls, shell)?;
        let mut specs = Vec::new();
        for TypedCommand { name, words } in commands {
            if !words.iter().any(|word| word.contains("{urls}")) {
                return Err(BadCommand::NoUrls { name });
            }
            let null = nulls.iter().position(|null| null.name == name);
            let null = null.map(|place| nulls.swap_remove(place).words);
            specs.push(CommandSpec { name, words, null, shell: arguments.shell });
        }
        match nulls.into_iter().next() {
            Some(null) => Err(BadCommand::NullAlone { name: null.name }),
            None => Ok((!specs.is_empty()).then_some(Self(specs))),
        }
    }
}

/// The commands with the files that they run and read, as they are now.
///
/// # Errors
/// If one of them cannot be used.
pub(super) fn recorded(arguments: &HostArguments) -> Result<Vec<OwnCommand>, BadCommand> {
    let Some(UserCommands(specs)) = UserCommands::read(arguments)? else { return Ok(Vec::new()) };
    let key = HashKey::of_user();
    let record = |spec: CommandSpec| OwnCommand {
        strategy: format!("{FOLDER}/{}", spec.name),
        files: command_files::recorded(&spec, &key),
        words: spec.words,
        null: spec.null,
        shell: spec.shell,
    };
    Ok(specs.into_iter().map(record).collect())
}

impl Host for UserCommands {
    fn name(&self) -> String {
        "commands".to_owned()
    }

    fn folder(&self) -> Option<&'static str> {
        Some(FOLDER)
    }

    fn driver(&self, _: &Carried) -> Result<ProcessCommand, Absence> {
        let absence = |error: String| Absence { reason: error, remedy: self.remedy() };
        let program = this_program().map_err(|error| absence(error.to_string()))?;
        // Not as arguments, which any user of the machine can read: commands contain secrets.
        let commands = serde_json::to_string(&self.0);
        let commands = commands.map_err(|error| absence(error.to_string()))?;
        Ok(ProcessCommand::new(program, &["command-driver"]).with_first_line(commands))
    }

    fn remedy(&self) -> String {
        "install batchmark again".to_owned()
    }
}

/// A parsed `NAME=WORDS…`.
struct TypedCommand {
    name: String,
    words: Vec<String>,
}

impl TypedCommand {
    fn read_all(
        option: &'static str,
        texts: &[String],
        shell: ShellUse,
    ) -> Result<Vec<Self>, BadCommand> {
        let mut all: Vec<Self> = Vec::new();
        for text in texts {
            let typed = Self::read(option, text, shell)?;
            if all.iter().any(|other| other.name == typed.name) {
                return Err(BadCommand::Twice { option, name: typed.name });
            }
            all.push(typed);
        }
        Ok(all)
    }

    fn read(option: &'static str, text: &str, shell: ShellUse) -> Result<Self, BadCommand> {
        let no_name = || BadCommand::NoName { option, text: text.to_owned() };
        let (name, line) = text.split_once('=').ok_or_else(no_name)?;
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        let name = name.trim().to_owned();
        if name.is_empty() {
            return Err(no_name());
        }
        if !name.chars().all(is_letter) {
            return Err(BadCommand::BadName { option, name });
        }
        if line.trim().is_empty() {
            return Err(BadCommand::NoWords { option, name });
        }
        let words = match shell {
            ShellUse::Always => vec![line.to_owned()],
            ShellUse::Never => shell_words::split(line).map_err(|_| BadCommand::OpenQuote {
                option,
                name: name.clone(),
                text: line.to_owned(),
            })?,
        };
        Ok(Self { name, words })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &HostArguments) -> Result<Vec<CommandSpec>, String> {
        let commands = UserCommands::read(arguments).map_err(|error| error.to_string())?;
        Ok(commands.map(|commands| commands.0).unwrap_or_default())
    }

    fn typed(commands: &[&str], nulls: &[&str]) -> HostArguments {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        HostArguments { commands: owned(commands), nulls: owned(nulls), ..HostArguments::default() }
    }

    #[test]
    fn splits_a_command_into_words() {
        let arguments = typed(&["c=curl -H 'a: b' --x=\"{urls}\" {urls}"], &["c=curl --version"]);
        let read = read(&arguments).expect("reads");
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].name, "c");
        assert_eq!(read[0].words, ["curl", "-H", "a: b", "--x={urls}", "{urls}"]);
        assert_eq!(read[0].null.as_deref(), Some(&["curl".to_owned(), "--version".to_owned()][..]));
        assert!(!read[0].shell);
    }

    #[test]
    fn passes_the_text_to_a_shell_unchanged() {
        let arguments =
            HostArguments { shell: true, ..typed(&["c=for u in {urls}; do x \"$u; done"], &[]) };
        let read = read(&arguments).expect("reads");
        assert_eq!(read[0].words, ["for u in {urls}; do x \"$u; done"]);
        assert!(read[0].shell);
    }

    #[test]
    fn explains_how_to_write_a_command() {
        let sentence =
            |commands: &[&str], nulls: &[&str]| read(&typed(commands, nulls)).expect_err("refused");
        assert!(sentence(&["curl {urls}"], &[]).contains("write --command 'NAME=WORDS…'"));
        assert!(sentence(&["=curl {urls}"], &[]).contains("has no name"));
        assert!(sentence(&["a,b=curl {urls}"], &[]).starts_with("\"a,b\" is not a name"));
        assert!(sentence(&["a= "], &[]).contains("has no program"));
        assert!(sentence(&["a=curl 'x {urls}"], &[]).starts_with("a quote is not closed"));
        assert!(sentence(&["a=curl"], &[]).contains("write {urls} where"));
        assert!(sentence(&["a=x {urls}", "a=y {urls}"], &[]).contains("given twice for a"));
        assert!(sentence(&["a=x {urls}"], &["b=x"]).starts_with("--command-null b has no command"));
        assert!(sentence(&["a=x {urls}"], &["a"]).contains("write --command-null 'NAME=WORDS…'"));
    }
}
