//! The embedded endpoint's process, from the runner's side of its protocol.

use std::path::{Path, PathBuf};
use std::time::Duration;

use model::endpoint_protocol::{Command, Reply, VERSION};
use model::link::Link;
use model::time::{Moment, Span};
use model::witness::Witness;

use crate::command::ProcessCommand;
use crate::line_process::{LineError, LineProcess};
use crate::process_groups::ProcessGroups;

/// How long the endpoint may take to answer: it drains what is in flight before it collects.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why the endpoint did not do what it was told.
#[derive(Debug, thiserror::Error)]
pub enum EndpointFailure {
    /// Its process does not speak.
    #[error("the embedded endpoint failed: {0}")]
    Line(#[from] LineError),
    /// It reported an error.
    #[error("the embedded endpoint refused: {0}")]
    Refused(String),
    /// It answered something else.
    #[error("the embedded endpoint answered out of turn")]
    OutOfTurn,
    /// It speaks another version of the protocol.
    #[error("the embedded endpoint speaks version {0} of its protocol, and this program {VERSION}")]
    OtherVersion(u32),
}

/// The embedded endpoint, in a process of its own.
#[derive(Debug)]
pub struct Endpoint {
    process: LineProcess,
    ca_certificate: PathBuf,
}

impl Endpoint {
    /// Starts the endpoint and asks who it is.
    ///
    /// # Errors
    /// When it cannot be started or speaks another version.
    pub fn start(
        command: &ProcessCommand,
        groups: &ProcessGroups,
    ) -> Result<Self, EndpointFailure> {
        let process = LineProcess::start(command, groups)?;
        let mut endpoint = Self { process, ca_certificate: PathBuf::new() };
        match endpoint.ask(&Command::Hello { protocol: VERSION })? {
            Reply::Hello { protocol: VERSION, ca_certificate, .. } => {
                endpoint.ca_certificate = ca_certificate;
                Ok(endpoint)
            }
            Reply::Hello { protocol, .. } => Err(EndpointFailure::OtherVersion(protocol)),
            _ => Err(EndpointFailure::OutOfTurn),
        }
    }

    /// Where the certificate of its certificate authority lies.
    pub fn ca_certificate(&self) -> &Path {
        &self.ca_certificate
    }

    /// Opens a listener behind a link of its own and gives its port.
    ///
    /// # Errors
    /// When the endpoint fails.
    pub fn listen(&mut self, link: &Link) -> Result<u16, EndpointFailure> {
        match self.ask(&Command::Listen { link: link.clone() })? {
            Reply::Listening { port } => Ok(port),
            _ => Err(EndpointFailure::OutOfTurn),
        }
    }

    /// Changes how long the server behind a port thinks.
    ///
    /// # Errors
    /// When the endpoint fails, or has no such port.
    pub fn think(&mut self, port: u16, time: Span) -> Result<(), EndpointFailure> {
        match self.ask(&Command::Think { port, time })? {
            Reply::Thinking => Ok(()),
            _ => Err(EndpointFailure::OutOfTurn),
        }
    }

    /// What it saw between two moments.
    ///
    /// # Errors
    /// When the endpoint fails.
    pub fn collect(&mut self, from: Moment, to: Moment) -> Result<Witness, EndpointFailure> {
        match self.ask(&Command::Collect { from, to })? {
            Reply::Collected { witness } => Ok(witness),
            _ => Err(EndpointFailure::OutOfTurn),
        }
    }

    fn ask(&mut self, command: &Command) -> Result<Reply, EndpointFailure> {
        self.process.send(command)?;
        match self.process.receive(PATIENCE)? {
            Reply::Error { message } => Err(EndpointFailure::Refused(message)),
            reply => Ok(reply),
        }
    }
}
