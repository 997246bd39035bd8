//! What cases cannot be run without, provided once for all of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::case::{Case, Need};
use super::options::Source;
use crate::program;

/// What was provided so far, or why it cannot be.
#[derive(Default)]
pub(crate) struct Provided {
    python: Option<Result<PathBuf, String>>,
    node: Option<Result<(), String>>,
    packages: BTreeMap<Vec<String>, Result<PathBuf, String>>,
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
        })?;
        if let (Some(Ok(python)), false) = (&self.python, case.packages.is_empty()) {
            let installed = self.packages.entry(case.packages.clone());
            installed.or_insert_with(|| packages(python, &case.packages)).clone()?;
        }
        Ok(())
    }

    /// The Python with the pinned packages, where a case has needed it.
    pub(crate) fn python(&self) -> Option<&PathBuf> {
        self.python.as_ref()?.as_ref().ok()
    }

    /// The folder of the other versions of packages that a case has.
    pub(crate) fn packages(&self, case: &Case) -> Option<&Path> {
        self.packages.get(&case.packages)?.as_deref().ok()
    }
}

/// The environment of the tests, in the folder where theirs lies.
fn python() -> Result<PathBuf, String> {
    provision::python(&folder()?).map_err(|reason| format!("no Python environment: {reason}"))
}

fn packages(python: &Path, packages: &[String]) -> Result<PathBuf, String> {
    provision::packages(&folder()?, python, packages)
        .map_err(|reason| format!("not to be had, {}: {reason}", packages.join(", ")))
}

fn folder() -> Result<PathBuf, String> {
    Ok(program::build_folder().map_err(|error| error.to_string())?.join("tmp"))
}
