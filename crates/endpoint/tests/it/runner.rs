//! A runner at the other end of the protocol.

use std::io::{BufRead, BufReader, PipeWriter, Write, pipe};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use endpoint::EndpointError;
use model::endpoint_protocol::{EndpointCommand, EndpointReply, VERSION};
use model::link::Link;
use model::time::{Moment, Span};
use model::witness::Witness;

/// How long a test waits for a reply before it fails.
const REPLY_DEADLINE: Duration = Duration::from_secs(60);

/// The span less the most by which a wake-up can come early.
pub(crate) fn nearly(span: Span) -> Span {
    span.saturating_sub(Span::from_nanos(300_000))
}

/// An endpoint that serves in a thread of this process.
pub(crate) struct Runner {
    commands: Option<PipeWriter>,
    replies: mpsc::Receiver<String>,
    endpoint: Option<JoinHandle<Result<(), EndpointError>>>,
}

impl Runner {
    pub(crate) fn start() -> Self {
        let (input, commands) = pipe().expect("a pipe");
        let (replies, output) = pipe().expect("a pipe");
        let endpoint = thread::spawn(move || {
            endpoint::serve(&std::env::temp_dir(), BufReader::new(input), output)
        });
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            BufReader::new(replies)
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line))
        });
        Self { commands: Some(commands), replies: lines, endpoint: Some(endpoint) }
    }

    pub(crate) fn write(&mut self, line: &str) {
        let commands = self.commands.as_mut().expect("the input has not ended");
        commands.write_all(line.as_bytes()).expect("the endpoint reads");
    }

    pub(crate) fn order(&mut self, command: &EndpointCommand) {
        let line = serde_json::to_string(command).expect("serialises");
        self.write(&(line + "\n"));
    }

    pub(crate) fn reply(&mut self) -> EndpointReply {
        let line = self.replies.recv_timeout(REPLY_DEADLINE).expect("the endpoint replies");
        serde_json::from_str(&line).expect("a reply")
    }

    pub(crate) fn ask(&mut self, command: &EndpointCommand) -> EndpointReply {
        self.order(command);
        self.reply()
    }

    pub(crate) fn listen(&mut self, link: &str) -> u16 {
        let link: Link = link.parse().expect("a link");
        match self.ask(&EndpointCommand::Listen { link }) {
            EndpointReply::Listening { port } => port,
            other => panic!("not listening: {other:?}"),
        }
    }

    pub(crate) fn ca_certificate(&mut self) -> PathBuf {
        match self.ask(&EndpointCommand::Hello { protocol: VERSION }) {
            EndpointReply::Hello { ca_certificate, .. } => ca_certificate,
            other => panic!("no hello: {other:?}"),
        }
    }

    /// The rows from `from` on. The interval ends in the future, since the endpoint may accept a
    /// connection after the test asks.
    pub(crate) fn collect(&mut self, from: Moment) -> Witness {
        let to = from + Span::from_secs(3600);
        match self.ask(&EndpointCommand::Collect { from, to }) {
            EndpointReply::Collected { witness } => witness,
            other => panic!("nothing collected: {other:?}"),
        }
    }

    /// Ends the input; gives the result of `serve`.
    pub(crate) fn end(mut self) -> Result<(), EndpointError> {
        self.commands = None;
        let endpoint = self.endpoint.take().expect("it has not ended");
        endpoint.join().expect("the endpoint does not panic")
    }
}

impl Drop for Runner {
    /// Waits until the endpoint has removed its certificate.
    fn drop(&mut self) {
        self.commands = None;
        if let Some(endpoint) = self.endpoint.take() {
            let _ = endpoint.join();
        }
    }
}

pub(crate) fn now() -> Moment {
    host::clock::monotonic().into()
}
