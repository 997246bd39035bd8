//! The endpoint on its own, for people: one listener, and nobody who asks for rows.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use model::link::Link;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::Notify;

use crate::authority::Authority;
use crate::error::EndpointError;
use crate::listener::{accept, listen};
use crate::observer::Retention;
use crate::serve::{runtime, shared};
use crate::server::Server;

/// An endpoint that listens, and serves once it is run.
#[derive(Debug)]
pub struct Alone {
    runtime: Runtime,
    listener: TcpListener,
    address: SocketAddr,
    server: Arc<Server>,
    authority: Authority,
    end: Arc<Notify>,
}

/// Ends an endpoint that runs, from any thread.
#[derive(Clone, Debug)]
pub struct Ender {
    end: Arc<Notify>,
}

impl Ender {
    /// Has it end at once, whatever is in flight.
    pub fn end(&self) {
        self.end.notify_one();
    }
}

impl Alone {
    /// Listens on `address` behind `link`, with its certificate below `folder`.
    ///
    /// # Errors
    /// When the address is in use or not this machine's, or the link cannot be emulated.
    pub fn start(folder: &Path, link: &Link, address: SocketAddr) -> Result<Self, EndpointError> {
        let runtime = runtime()?;
        let authority = Authority::establish(folder)?;
        let shared = shared(Retention::WhileOpen);
        let server = Arc::new(Server::new(link, &authority.settings(), &shared)?);
        let listener = {
            let _inside = runtime.enter();
            listen(address)?
        };
        let failed = |source| EndpointError::listening(address, source);
        let address = listener.local_addr().map_err(failed)?;
        let end = Arc::new(Notify::new());
        Ok(Self { runtime, listener, address, server, authority, end })
    }

    /// Where it is reached, such as `https://127.0.0.1:4433`.
    pub fn url(&self) -> String {
        let scheme = if self.server.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The PEM file with the certificate that clients of TLS must trust. It is removed with the
    /// endpoint.
    pub fn ca_certificate(&self) -> &Path {
        self.authority.certificate()
    }

    /// What ends it once it runs.
    pub fn ender(&self) -> Ender {
        Ender { end: Arc::clone(&self.end) }
    }

    /// Serves until it is ended. What goes wrong with a connection ends that connection alone.
    pub fn run(self) {
        self.runtime.spawn(accept(self.listener, self.server));
        self.runtime.block_on(self.end.notified());
    }
}
