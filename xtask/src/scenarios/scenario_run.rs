//! One run of a scenario: starts the program as a user does, in an environment without the user's own
//! settings.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::analysis::AnalysisJson;
use super::external_endpoint::ExternalEndpoint;
use super::needs::{Need, Provided};
use super::{FOLDER, Scenario};
use crate::program;

/// Variables that change what clients do: proxies, certificates, and what interpreters load.
const VARIABLES: [&str; 16] = [
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "NODE_OPTIONS",
    "PYTHONPATH",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "VIRTUAL_ENV",
];

/// One run of a scenario.
#[derive(Clone, Copy)]
pub(crate) struct ScenarioRun<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) seed: u64,
    pub(crate) provided: &'a Provided,
    /// The folder for its recording and its analysis.
    pub(crate) results: &'a Path,
}

impl ScenarioRun<'_> {
    /// Runs the program.
    pub(crate) fn measure(&self) -> Result<AnalysisJson> {
        let server = self.scenario.server.as_deref().map(ExternalEndpoint::start).transpose()?;
        let mut command = program::command()?;
        command.args(["run", "--quiet", "--seed", &self.seed.to_string()]);
        command.arg("--save").arg(self.recording()).arg("--json").arg(self.file("json"));
        if let (true, Some(python)) =
            (self.scenario.needs.contains(&Need::Python), self.provided.python())
        {
            command.arg("--python").arg(python);
        }
        if let (true, Some(packages)) =
            (self.scenario.needs.contains(&Need::Node), self.provided.node_packages())
        {
            command.env("NODE_PATH", packages);
        }
        let fill = |word: &String| server.as_ref().map_or(word.clone(), |server| server.fill(word));
        command.args(self.scenario.run.iter().map(fill));
        self.finish(command)
    }

    /// Analyses the recording of an earlier run again.
    pub(crate) fn analyse_again(&self) -> Result<AnalysisJson> {
        let recording = self.recording();
        if !recording.is_file() {
            bail!("there is no recording {}: run once without --again", recording.display());
        }
        let mut command = program::command()?;
        command.arg("report").arg(recording).arg("--json").arg(self.file("json"));
        self.finish(command)
    }

    /// The file of its recording.
    pub(crate) fn recording(&self) -> PathBuf {
        self.file("jsonl")
    }

    /// Runs the program to its end and reads its analysis.
    fn finish(&self, mut command: Command) -> Result<AnalysisJson> {
        for variable in VARIABLES {
            command.env_remove(variable);
        }
        command.envs(self.environment()).current_dir(FOLDER);
        let output = command.output().context("cannot start the program")?;
        let code = output.status.code();
        if code != Some(0) && !(self.scenario.fails && code == Some(1)) {
            let text = [output.stdout, output.stderr].concat();
            bail!("the program ended with {}:\n{}", output.status, String::from_utf8_lossy(&text));
        }
        let json = self.file("json");
        let text = fs::read_to_string(&json);
        AnalysisJson::read(&text.with_context(|| format!("cannot read {}", json.display()))?)
    }

    /// The variables of the scenario, with the folder of its packages filled in.
    fn environment(&self) -> impl Iterator<Item = (&String, String)> {
        let folder = self
            .provided
            .packages(self.scenario)
            .map_or_else(String::new, |packages| packages.to_string_lossy().into_owned());
        self.scenario
            .environment
            .iter()
            .map(move |(name, value)| (name, value.replace("{packages}", &folder)))
    }

    fn file(&self, extension: &str) -> PathBuf {
        self.results.join(format!("{}-{}.{extension}", self.scenario.name, self.seed))
    }
}
