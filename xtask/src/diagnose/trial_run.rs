//! One run of a case: the program as a person starts it, in an environment that holds nothing of
//! theirs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::SCENARIOS;
use super::analysis::Analysis;
use super::case::{Case, Need};
use super::needs::Provided;
use super::server::Server;
use crate::program;

/// Variables that change what clients do: proxies, certificates, what interpreters are and load.
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

/// One run of a case.
pub(crate) struct TrialRun<'a> {
    pub(crate) case: &'a Case,
    pub(crate) seed: u64,
    pub(crate) provided: &'a Provided,
    /// The folder in which its recording and its analysis are left.
    pub(crate) results: &'a Path,
}

impl TrialRun<'_> {
    /// Makes the run.
    pub(crate) fn measure(&self) -> Result<Analysis> {
        let server = self.case.server.as_deref().map(Server::start).transpose()?;
        let mut command = program::command()?;
        command.args(["run", "--quiet", "--seed", &self.seed.to_string()]);
        command.arg("--save").arg(self.file("jsonl")).arg("--json").arg(self.file("json"));
        if let (true, Some(python)) =
            (self.case.needs.contains(&Need::Python), self.provided.python())
        {
            command.arg("--python").arg(python);
        }
        let fill = |word: &String| server.as_ref().map_or(word.clone(), |server| server.fill(word));
        command.args(self.case.run.iter().map(fill));
        self.end(command)
    }

    /// Analyses the recording of an earlier run anew.
    pub(crate) fn analyse_again(&self) -> Result<Analysis> {
        let recording = self.file("jsonl");
        if !recording.is_file() {
            bail!("there is no recording {}: leave --again out once", recording.display());
        }
        let mut command = program::command()?;
        command.arg("report").arg(recording).arg("--json").arg(self.file("json"));
        self.end(command)
    }

    /// Runs the program to its end, and reads what it found.
    fn end(&self, mut command: Command) -> Result<Analysis> {
        for variable in VARIABLES {
            command.env_remove(variable);
        }
        command.envs(self.environment()).current_dir(SCENARIOS);
        let output = command.output().context("the program cannot be started")?;
        let code = output.status.code();
        if code != Some(0) && !(self.case.fails && code == Some(1)) {
            let said = [output.stdout, output.stderr].concat();
            bail!("it ended with {}:\n{}", output.status, String::from_utf8_lossy(&said));
        }
        let json = self.file("json");
        let text = fs::read_to_string(&json);
        Analysis::read(&text.with_context(|| format!("{} cannot be read", json.display()))?)
    }

    /// The variables of the case, with the folder of its packages where they name it.
    fn environment(&self) -> impl Iterator<Item = (&String, String)> {
        let folder = self
            .provided
            .packages(self.case)
            .map_or_else(String::new, |packages| packages.to_string_lossy().into_owned());
        self.case
            .environment
            .iter()
            .map(move |(name, value)| (name, value.replace("{packages}", &folder)))
    }

    fn file(&self, extension: &str) -> PathBuf {
        self.results.join(format!("{}-{}.{extension}", self.case.name, self.seed))
    }
}
