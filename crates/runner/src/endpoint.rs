//! The process of the embedded endpoint, from the runner's side of its protocol.

use std::path::{Path, PathBuf};
use std::time::Duration;

use model::endpoint_protocol::{EndpointCommand, EndpointReply, VERSION};
use model::link::Link;
use model::packed::BadTable;
use model::sampling::Stretch;
use model::time::{Moment, Span};
use model::witness::Witness;

use crate::command::ProcessCommand;
use crate::line_process::{LineError, LineProcess};
use crate::process_groups::ProcessGroups;

/// The time limit of a reply: the endpoint finishes what is in flight before it collects.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Why the endpoint did not do what was requested.
#[derive(Debug, thiserror::Error)]
pub enum EndpointFailure {
    /// Communication with its process failed.
    #[error("the embedded endpoint failed: {0}")]
    Line(#[from] LineError),
    /// It reported an error.
    #[error("the embedded endpoint refused: {0}")]
    Refused(String),
    /// It sent rows that cannot be read.
    #[error("the embedded endpoint sent damaged rows: {0}")]
    Damaged(#[from] BadTable),
    /// It sent a reply that does not answer the command.
    #[error("the embedded endpoint sent a reply out of turn")]
    OutOfTurn,
    /// It speaks another version of the protocol.
    #[error(
        "the embedded endpoint speaks version {0} of its protocol, but this program speaks \
         version {VERSION}"
    )]
    OtherVersion(u32),
}

/// The process of the embedded endpoint. Dropping it ends the process.
#[derive(Debug)]
pub struct Endpoint {
    process: LineProcess,
    ca_certificate: PathBuf,
}

impl Endpoint {
    /// Starts the endpoint and reads its introduction.
    ///
    /// # Errors
    /// If it cannot be started or speaks another version.
    pub fn start(
        command: &ProcessCommand,
        groups: &ProcessGroups,
    ) -> Result<Self, EndpointFailure> {
        let process = LineProcess::start(command, groups)?;
        let mut endpoint = Self { process, ca_certificate: PathBuf::new() };
        match endpoint.request(&EndpointCommand::Hello { protocol: VERSION })? {
            EndpointReply::Hello { protocol: VERSION, ca_certificate, .. } => {
                endpoint.ca_certificate = ca_certificate;
                Ok(endpoint)
            }
            EndpointReply::Hello { protocol, .. } => Err(EndpointFailure::OtherVersion(protocol)),
            _ => Err(EndpointFailure::OutOfTurn),
        }
    }

    /// The path of the certificate of its certificate authority.
    pub fn ca_certificate(&self) -> &Path {
        &self.ca_certificate
    }

    /// The process id.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Opens a listener behind a link. Returns its port.
    ///
    /// # Errors
    /// If the endpoint fails.
    pub fn listen(&mut self, link: &Link) -> Result<u16, EndpointFailure> {
        match self.request(&EndpointCommand::Listen { link: link.clone() })? {
            EndpointReply::Listening { port } => Ok(port),
            _ => Err(EndpointFailure::OutOfTurn),
        }
    }

    /// Sets the think time of the server behind a port.
    ///
    /// # Errors
    /// If the endpoint fails, or has no such port.
    pub fn think(&mut self, port: u16, time: Span) -> Result<(), EndpointFailure> {
        match self.request(&EndpointCommand::Think { port, time })? {
            EndpointReply::Thinking => Ok(()),
            _ => Err(EndpointFailure::OutOfTurn),
        }
    }

    /// Has it keep rows only of these requests until the next collection, by the order in which they arrive.
    ///
    /// # Errors
    /// If the endpoint fails.
    pub fn sample(&mut self, stretch: Stretch) -> Result<(), EndpointFailure> {
        match self.request(&EndpointCommand::Sample { stretch })? {
            EndpointReply::Sampling => Ok(()),
            _ => Err(EndpointFailure::OutOfTurn),
        }
    }

    /// What the endpoint saw between two moments.
    ///
    /// # Errors
    /// If the endpoint fails.
    pub fn collect(&mut self, from: Moment, to: Moment) -> Result<Witness, EndpointFailure> {
        match self.request(&EndpointCommand::Collect { from, to })? {
            EndpointReply::Collected { witness } => Ok(witness),
            _ => Err(EndpointFailure::OutOfTurn),
        }
    }

    fn request(&mut self, command: &EndpointCommand) -> Result<EndpointReply, EndpointFailure> {
        self.process.send(command)?;
        match self.process.receive(TIMEOUT)? {
            EndpointReply::Error { message } => Err(EndpointFailure::Refused(message)),
            reply => Ok(reply),
        }
    }
}
