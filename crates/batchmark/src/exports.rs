//! The files for other programs that a run or a report writes: their options, and the open files.
//!
//! The options follow from `report::export::Format`: a new format needs nothing here.

use std::fs::File;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, value_parser};
use explain::Analysis;
use model::list::ClosedList;
use model::recording::Recording;
use model::trial::TrialId;
use report::export::{Format, Source};

use crate::output::OutputFile;
use crate::usage::UsageError;

/// The heading of the options in the help.
const HEADING: &str = "Files (- writes to stdout, instead of the tables)";
/// The option of the recording, for messages.
const SAVE: &str = "save";

/// The files that were requested.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportArguments {
    requested: Vec<RequestedFile>,
}

/// A file in a format.
#[derive(Clone, Debug, PartialEq, Eq)]
struct RequestedFile {
    format: Format,
    path: PathBuf,
}

impl Args for ExportArguments {
    fn augment_args(command: Command) -> Command {
        command.args(Format::ALL.map(option))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ExportArguments {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let file = |format: Format| {
            let path = matches.get_one::<PathBuf>(format.name())?.clone();
            Some(RequestedFile { format, path })
        };
        Ok(Self { requested: Format::ALL.into_iter().filter_map(file).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The option of a format.
fn option(format: Format) -> Arg {
    Arg::new(format.name())
        .long(format.name())
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help(format.about())
        .help_heading(HEADING)
}

/// The requested files, open.
#[derive(Debug, Default)]
pub struct ExportFiles {
    files: Vec<ExportFile>,
    trial: Option<TrialId>,
}

#[derive(Debug)]
struct ExportFile {
    format: Format,
    place: OutputFile,
}

impl ExportFiles {
    /// Opens every file that was requested.
    ///
    /// # Errors
    /// When one cannot be written, a recording lies there, or two go to the same place.
    pub fn open(arguments: &ExportArguments) -> Result<Self, UsageError> {
        let mut files: Vec<ExportFile> = Vec::new();
        for RequestedFile { format, path } in &arguments.requested {
            let file =
                ExportFile { format: *format, place: OutputFile::open(path, format.name())? };
            files.iter().try_for_each(|earlier| earlier.place.refuse_same_place(&file.place))?;
            files.push(file);
        }
        Ok(Self { files, trial: None })
    }

    /// The same files with a chosen trial in those that show single trials.
    #[must_use]
    pub fn with_trial(self, trial: Option<TrialId>) -> Self {
        Self { trial, ..self }
    }

    /// Whether any of them shows single trials.
    pub fn show_trials(&self) -> bool {
        self.files.iter().any(|file| file.format.shows_trials())
    }

    /// Refuses a recording that a file would be written into.
    ///
    /// # Errors
    /// Names the file.
    pub fn refuse_recording(&self, recording: &File) -> Result<(), UsageError> {
        match self.files.iter().find(|file| file.place.is_file(recording)) {
            Some(file) => {
                Err(UsageError::SameFileTwice { first: SAVE, second: file.place.option() })
            }
            None => Ok(()),
        }
    }

    /// Whether one of them goes to stdout, where the tables would be.
    pub fn replace_tables(&self) -> bool {
        self.files.iter().any(|file| file.place.is_stdout())
    }

    /// Writes all of them.
    ///
    /// # Errors
    /// When one cannot be written any more.
    pub fn write(self, analysis: &Analysis, recording: &Recording) -> anyhow::Result<()> {
        let source = Source { analysis, recording, trial: self.trial };
        self.files.into_iter().try_for_each(|file| file.place.write(&file.format.write(source)))
    }
}
