//! What a person types about hosts.

use std::path::PathBuf;

use clap::Args;

/// Who serves the strategies.
#[derive(Clone, Debug, Default, Args)]
pub struct HostArguments {
    /// The Python to drive; by default that of the active virtual environment, else python3
    #[arg(long, value_name = "PATH")]
    pub python: Option<PathBuf>,
    /// The Node to drive; by default node
    #[arg(long, value_name = "PATH")]
    pub node: Option<PathBuf>,
    /// Measure your own Python code as own/NAME: what FILE marks with @batchmark.strategy, or FUNCTION
    #[arg(long, value_name = "FILE[:FUNCTION]")]
    pub own: Vec<String>,
    /// Measure a command as command/NAME: 'curl=curl -sS --parallel {urls}'
    #[arg(long = "command", value_name = "NAME=WORDS…")]
    pub commands: Vec<String>,
    /// The same command without work, which tells what its start costs: 'curl=curl --version'
    #[arg(long = "command-null", value_name = "NAME=WORDS…")]
    pub nulls: Vec<String>,
    /// Run commands by sh -c, instead of splitting them into words
    #[arg(long)]
    pub shell: bool,
}
