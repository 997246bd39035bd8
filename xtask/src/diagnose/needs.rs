//! What cases cannot be run without, provided once for all of them.

use std::path::PathBuf;

use super::case::{Case, Need};
use super::options::Source;
use crate::program;

/// What was provided so far, or why it cannot be.
#[derive(Default)]
pub(crate) struct Provided {
    python: Option<Result<PathBuf, String>>,
    node: Option<Result<(), String>>,
}

impl Provided {
    /// Provides what a case needs; a recording needs nothing.
    ///
    /// # Errors
    /// Why something of it cannot be had.
    pub(crate) fn check(&mut self, case: &Case, source: Source) -> Result<(), String> {
        if source == Source::Recorded {
            return Ok(());
        }
        case.needs.iter().try_for_each(|need| match need {
            Need::Python => self.python.get_or_insert_with(python).clone().map(drop),
            Need::Node => self.node.get_or_insert_with(|| provision::node().map(drop)).clone(),
        })
    }

    /// The Python with the pinned packages, where a case has needed it.
    pub(crate) fn python(&self) -> Option<&PathBuf> {
        self.python.as_ref()?.as_ref().ok()
    }
}

/// The environment of the tests, in the folder where theirs lies.
fn python() -> Result<PathBuf, String> {
    let folder = program::build_folder().map_err(|error| error.to_string())?.join("tmp");
    provision::python(&folder).map_err(|reason| format!("no Python environment: {reason}"))
}
