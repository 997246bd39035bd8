//! Runs the endpoint behind its protocol, for the runner.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use host::clock::now;
use host::timer;
use model::endpoint_protocol::{EndpointCommand, EndpointReply, VERSION};
use model::json_lines::write_line;
use model::link::Link;
use model::time::{Moment, Span};
use model::witness::Witness;
use tokio::runtime::{Builder, Runtime};

use crate::commands::CommandQueue;
use crate::error::EndpointError;
use crate::link::lateness::Lateness;
use crate::listener::Listeners;
use crate::observer::{Observer, Retention};
use crate::server::{EndpointProcess, Server};
use crate::tls::authority::Authority;

/// How long to wait for the ends of connections before the first check whether anything is in
/// flight. On the loopback they take microseconds.
const GRACE: Duration = Duration::from_millis(1);

/// How often to check whether anything is in flight.
const CHECK_INTERVAL: Duration = Duration::from_millis(1);

/// How long to wait at most until nothing is in flight.
const DRAIN_LIMIT: Span = Span::from_secs(1);

/// Answers the commands of the endpoint protocol until `quit` or the end of the input: the main
/// loop of the endpoint's process. Its certificate is written below `folder`.
///
/// # Errors
/// When the endpoint cannot be started, or a reply cannot be written.
pub fn serve(
    folder: &Path,
    input: impl BufRead + Send + 'static,
    mut output: impl Write,
) -> Result<(), EndpointError> {
    let runtime = runtime()?;
    let mut endpoint = Endpoint {
        authority: Authority::establish(folder)?,
        process: new_process(Retention::UntilCollected),
        servers: HashMap::new(),
        commands: CommandQueue::read(input)?,
    };
    let served = runtime.block_on(endpoint.run(&mut output));
    // Open connections are dropped without waiting for them.
    runtime.shutdown_background();
    served
}

/// The event loop of the one thread that serves everything.
pub(crate) fn runtime() -> Result<Runtime, EndpointError> {
    timer::sharpen_this_thread();
    host::files::raise_limit();
    Builder::new_current_thread().enable_all().build().map_err(EndpointError::EventLoop)
}

/// What all listeners of a new process share.
pub(crate) fn new_process(retention: Retention) -> Arc<EndpointProcess> {
    Arc::new(EndpointProcess { observer: Observer::new(retention), lateness: Lateness::default() })
}

struct Endpoint {
    authority: Authority,
    process: Arc<EndpointProcess>,
    /// By port.
    servers: HashMap<u16, Arc<Server>>,
    commands: CommandQueue,
}

impl Endpoint {
    async fn run(&mut self, output: &mut impl Write) -> Result<(), EndpointError> {
        while let Some(command) = self.commands.next().await {
            let reply = match command {
                Ok(EndpointCommand::Quit) => return Ok(()),
                Ok(command) => self.answer(command).await,
                Err(invalid) => error_reply(&invalid),
            };
            write_line(output, &reply).map_err(EndpointError::Output)?;
        }
        Ok(())
    }

    async fn answer(&mut self, command: EndpointCommand) -> EndpointReply {
        match command {
            EndpointCommand::Hello { protocol: VERSION } => EndpointReply::Hello {
                protocol: VERSION,
                now: now(),
                ca_certificate: self.authority.certificate().to_owned(),
            },
            EndpointCommand::Hello { protocol } => EndpointReply::Error {
                message: format!(
                    "the endpoint speaks version {VERSION} of its protocol, not {protocol}"
                ),
            },
            EndpointCommand::Listen { link } => match self.listen(&link) {
                Ok(port) => EndpointReply::Listening { port },
                Err(error) => error_reply(&error),
            },
            EndpointCommand::Think { port, time } => match self.servers.get(&port) {
                Some(server) => {
                    server.handler.set_think(time);
                    EndpointReply::Thinking
                }
                None => EndpointReply::Error { message: format!("no listener has port {port}") },
            },
            EndpointCommand::Sample { stretch } => {
                self.process.observer.sample(stretch);
                EndpointReply::Sampling
            }
            EndpointCommand::Collect { from, to } => {
                EndpointReply::Collected { witness: self.collect(from, to).await }
            }
            // `run` returns before this.
            EndpointCommand::Quit => {
                EndpointReply::Error { message: "the endpoint is ending".to_owned() }
            }
        }
    }

    fn listen(&mut self, link: &Link) -> Result<u16, EndpointError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Arc::new(Server::new(link, self.authority.settings(), &self.process)?);
        let listeners = Listeners::bind(address, &server)?;
        let port = listeners.address().port();
        listeners.spawn();
        self.servers.insert(port, server);
        Ok(port)
    }

    /// Waits until nothing is in flight, until the limit, or until the input ends.
    async fn collect(&self, from: Moment, to: Moment) -> Witness {
        let observer = &self.process.observer;
        let limit = now() + DRAIN_LIMIT;
        tokio::time::sleep(GRACE).await;
        while !observer.is_idle() && now() < limit && !self.commands.have_ended() {
            tokio::time::sleep(CHECK_INTERVAL).await;
        }
        observer.collect(from, to)
    }
}

/// An error and its causes, as one sentence.
fn error_reply(error: &(dyn std::error::Error + 'static)) -> EndpointReply {
    let chain = std::iter::successors(Some(error), |error| error.source());
    let message = chain.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    EndpointReply::Error { message }
}
