//! The arguments about hosts.

use std::path::PathBuf;

use clap::Args;

/// The hosts of strategies.
#[derive(Clone, Debug, Default, Args)]
pub struct HostArguments {
    /// Python to use; by default that of the active virtual environment, else of the one that batchmark is installed in, else python3
    #[arg(long, value_name = "PATH")]
    pub python: Option<PathBuf>,
    /// Node to use; by default node
    #[arg(long, value_name = "PATH")]
    pub node: Option<PathBuf>,
    /// Go to use, to measure net/http; by default go
    #[arg(long, value_name = "PATH")]
    pub go: Option<PathBuf>,
    /// Java to use (a JDK), to measure java.net.http; by default java
    #[arg(long, value_name = "PATH")]
    pub java: Option<PathBuf>,
    /// Measure your own code in Python or JavaScript as own/NAME: FUNCTION, or what the file offers (Python: the functions marked with @batchmark.strategy; JavaScript: the default export)
    #[arg(long, value_name = "FILE[:FUNCTION]")]
    pub own: Vec<String>,
    /// Measure a command as command/NAME: 'curl=curl -sS --parallel {urls}'
    #[arg(long = "command", value_name = "NAME=WORDS…")]
    pub commands: Vec<String>,
    /// The same command without work, to measure what its start costs: 'curl=curl --version'
    #[arg(long = "command-null", value_name = "NAME=WORDS…")]
    pub nulls: Vec<String>,
    /// Run commands with sh -c
    #[arg(long)]
    pub shell: bool,
}
