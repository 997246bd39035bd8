//! The endpoint's process, and the CPU time of a process.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command as Program, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use model::endpoint_protocol::{EndpointCommand, EndpointReply, VERSION};
use model::link::Link;
use model::time::Moment;
use model::witness::Witness;

use crate::program;

/// The endpoint's process.
pub(crate) struct SeparateEndpoint {
    child: Child,
    commands: ChildStdin,
    replies: BufReader<ChildStdout>,
}

impl SeparateEndpoint {
    /// Starts the endpoint.
    pub(crate) fn start() -> Result<Self> {
        let mut child = Program::new(program::own_file()?)
            .arg(program::ENDPOINT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let commands = child.stdin.take().context("the endpoint has no stdin")?;
        let replies = child.stdout.take().context("the endpoint has no stdout")?;
        Ok(Self { child, commands, replies: BufReader::new(replies) })
    }

    /// Opens a listener behind this link.
    pub(crate) fn listen(&mut self, link: &str) -> Result<u16> {
        let link: Link = link.parse()?;
        match self.ask(&EndpointCommand::Listen { link })? {
            EndpointReply::Listening { port } => Ok(port),
            other => bail!("the endpoint does not listen: {other:?}"),
        }
    }

    /// The path of its certificate authority.
    pub(crate) fn certificate(&mut self) -> Result<PathBuf> {
        match self.ask(&EndpointCommand::Hello { protocol: VERSION })? {
            EndpointReply::Hello { ca_certificate, .. } => Ok(ca_certificate),
            other => bail!("the endpoint does not say hello: {other:?}"),
        }
    }

    /// Takes what the endpoint witnessed since `from`, and drops everything older.
    pub(crate) fn collect(&mut self, from: Moment) -> Result<Witness> {
        let to = host::clock::monotonic().into();
        match self.ask(&EndpointCommand::Collect { from, to })? {
            EndpointReply::Collected { witness } => Ok(witness),
            other => bail!("the endpoint does not report its witness: {other:?}"),
        }
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    fn ask(&mut self, command: &EndpointCommand) -> Result<EndpointReply> {
        let line = serde_json::to_string(command)? + "\n";
        self.commands.write_all(line.as_bytes())?;
        let mut reply = String::new();
        self.replies.read_line(&mut reply)?;
        serde_json::from_str(&reply).context("the endpoint's reply")
    }
}

impl Drop for SeparateEndpoint {
    fn drop(&mut self) {
        let quit = serde_json::to_string(&EndpointCommand::Quit).unwrap_or_default() + "\n";
        if self.commands.write_all(quit.as_bytes()).is_err() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// The CPU time that a process has used, in steps of 10 ms.
pub(crate) fn cpu_time(process: u32) -> Result<Duration> {
    const TICK: Duration = Duration::from_millis(10);
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The command's name is in parentheses and may contain spaces. User and system time are the
    // fields 14 and 15.
    let after = text.rsplit_once(')').context("/proc/PID/stat has no command")?.1;
    let ticks = after.split_whitespace().skip(11).take(2).map(str::parse::<u32>);
    Ok(TICK * ticks.sum::<Result<u32, _>>()?)
}
