//! What `diagnose` and `gain` share: a scenario is a run of the program that the folder `scenarios/`
//! describes. It is started as a user starts it, and its recording and analysis are kept in the build
//! folder.

mod analysis;
mod external_endpoint;
mod needs;
mod options;
mod scenario_run;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};

pub(crate) use self::analysis::{AnalysisJson, FindingJson, GainJson};
pub(crate) use self::external_endpoint::ExternalEndpoint;
pub(crate) use self::needs::{Need, Provided};
pub(crate) use self::options::{Options, Source};
pub(crate) use self::scenario_run::ScenarioRun;
use crate::program;

/// The folder of the scenarios.
pub(crate) const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios");

/// A run of the program, and what it needs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scenario {
    /// The name that its files in the build folder begin with.
    pub(crate) name: String,
    /// The arguments of `batchmark run`; `{server}` and `{cacert}` are replaced by the origin and the
    /// certificate of the separate endpoint.
    pub(crate) run: Vec<String>,
    /// What it needs to run.
    pub(crate) needs: Vec<Need>,
    /// Versions of packages, as `name==version`, that replace the pinned ones.
    pub(crate) packages: Vec<String>,
    /// The program's environment variables; `{packages}` is replaced by the folder of these
    /// versions.
    pub(crate) environment: BTreeMap<String, String>,
    /// The link of a separate endpoint, if there is one.
    pub(crate) server: Option<String>,
    /// Whether requests may fail, always or sometimes.
    pub(crate) fails: bool,
}

/// Creates the folder of a task's recordings and analyses in the build folder.
pub(crate) fn results_folder(task: &str) -> Result<PathBuf> {
    let folder = program::build_folder()?.join(task);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}
