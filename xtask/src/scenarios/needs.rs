//! Provides what scenarios need, once for all of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Scenario;
use super::options::Source;
use crate::program;

/// What a scenario needs to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Need {
    /// The Python environment with the pinned packages.
    Python,
    /// Node with the pinned packages.
    Node,
}

/// What has been provided, or why it could not be.
#[derive(Default)]
pub(crate) struct Provided {
    python: Option<Result<PathBuf, String>>,
    node_packages: Option<Result<PathBuf, String>>,
    packages: BTreeMap<Vec<String>, Result<PathBuf, String>>,
}

impl Provided {
    /// Provides what a scenario needs. A recorded run needs nothing.
    ///
    /// # Errors
    /// Says what is not available, and why.
    pub(crate) fn check(&mut self, scenario: &Scenario, source: Source) -> Result<(), String> {
        if source == Source::Recorded {
            return Ok(());
        }
        scenario.needs.iter().try_for_each(|need| match need {
            Need::Python => self.python.get_or_insert_with(python).clone().map(drop),
            Need::Node => self.node_packages.get_or_insert_with(node_packages).clone().map(drop),
        })?;
        if let (Some(Ok(python)), false) = (&self.python, scenario.packages.is_empty()) {
            let installed = self.packages.entry(scenario.packages.clone());
            installed.or_insert_with(|| packages(python, &scenario.packages)).clone()?;
        }
        Ok(())
    }

    /// The Python with the pinned packages, if a scenario needed it.
    pub(crate) fn python(&self) -> Option<&PathBuf> {
        self.python.as_ref()?.as_ref().ok()
    }

    /// The folder with the pinned packages of Node, if a scenario needed it.
    pub(crate) fn node_packages(&self) -> Option<&PathBuf> {
        self.node_packages.as_ref()?.as_ref().ok()
    }

    /// The folder with the package versions of a scenario.
    pub(crate) fn packages(&self, scenario: &Scenario) -> Option<&Path> {
        self.packages.get(&scenario.packages)?.as_deref().ok()
    }
}

/// The same Python environment that the tests use.
fn python() -> Result<PathBuf, String> {
    provision::python(&folder()?).map_err(|reason| format!("no Python environment: {reason}"))
}

/// The same packages that the tests use.
fn node_packages() -> Result<PathBuf, String> {
    provision::node()?;
    provision::node_packages(&folder()?).map_err(|reason| format!("no Node packages: {reason}"))
}

fn packages(python: &Path, packages: &[String]) -> Result<PathBuf, String> {
    provision::packages(&folder()?, python, packages)
        .map_err(|reason| format!("{} cannot be installed: {reason}", packages.join(", ")))
}

fn folder() -> Result<PathBuf, String> {
    Ok(program::build_folder().map_err(|error| error.to_string())?.join("tmp"))
}
