//! The endpoint on its own, without a runner: one listener, and no witness to collect.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use model::link::Link;
use tokio::runtime::Runtime;
use tokio::sync::Notify;

use crate::error::EndpointError;
use crate::listener::Listeners;
use crate::observer::Retention;
use crate::serve::{new_process, runtime};
use crate::server::Server;
use crate::tls::authority::Authority;

/// An endpoint that listens, and serves once it is run.
#[derive(Debug)]
pub struct StandaloneEndpoint {
    runtime: Runtime,
    listeners: Listeners,
    address: SocketAddr,
    server: Arc<Server>,
    authority: Authority,
    stop: Arc<Notify>,
}

/// Stops a running endpoint, from any thread.
#[derive(Clone, Debug)]
pub struct StopHandle {
    stop: Arc<Notify>,
}

impl StopHandle {
    /// Stops it at once, whatever is in flight.
    pub fn stop(&self) {
        self.stop.notify_one();
    }
}

impl StandaloneEndpoint {
    /// Listens on `address` behind `link`, with its certificate below `folder`.
    ///
    /// # Errors
    /// When the address is in use or not local, or the link cannot be emulated.
    pub fn start(folder: &Path, link: &Link, address: SocketAddr) -> Result<Self, EndpointError> {
        let runtime = runtime()?;
        let authority = Authority::establish(folder)?;
        let process = new_process(Retention::WhileOpen);
        let server = Arc::new(Server::new(link, authority.settings(), &process)?);
        let listeners = {
            let _inside = runtime.enter();
            Listeners::bind(address, &server)?
        };
        let address = listeners.address();
        let stop = Arc::new(Notify::new());
        Ok(Self { runtime, listeners, address, server, authority, stop })
    }

    /// Its URL, such as `https://127.0.0.1:4433`.
    pub fn url(&self) -> String {
        let scheme = if self.server.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The PEM file that TLS clients must trust. It is removed with the endpoint.
    pub fn ca_certificate(&self) -> &Path {
        self.authority.certificate()
    }

    /// A handle that stops it once it runs.
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle { stop: Arc::clone(&self.stop) }
    }

    /// Serves until it is stopped. An error on a connection ends only that connection.
    pub fn run(self) {
        {
            let _inside = self.runtime.enter();
            self.listeners.spawn();
        }
        self.runtime.block_on(self.stop.notified());
    }
}
