//! The endpoint on its own, for people: one listener, for ever, and nobody who asks for rows.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use model::link::Link;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

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
}

impl Alone {
    /// Listens on `address` behind `link`.
    ///
    /// # Errors
    /// When the address is in use or not this machine's, or the link cannot be emulated.
    pub fn start(link: &Link, address: SocketAddr) -> Result<Self, EndpointError> {
        let runtime = runtime()?;
        let authority = Authority::establish()?;
        let shared = shared(Retention::WhileOpen);
        let server = Arc::new(Server::new(link, &authority.settings(), &shared)?);
        let listener = {
            let _inside = runtime.enter();
            listen(address)?
        };
        let failed = |source| EndpointError::listening(address, source);
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { runtime, listener, address, server, authority })
    }

    /// Where it is reached, such as `https://127.0.0.1:4433`.
    pub fn url(&self) -> String {
        let scheme = if self.server.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The PEM file with the certificate that clients must trust; none without TLS. It is removed
    /// with the endpoint.
    pub fn ca_certificate(&self) -> Option<&Path> {
        self.server.tls.as_ref().map(|_| self.authority.certificate())
    }

    /// Serves for ever.
    ///
    /// # Errors
    /// None so far: what goes wrong with a connection ends that connection alone.
    pub fn run(self) -> Result<(), EndpointError> {
        self.runtime.block_on(accept(self.listener, self.server));
        Ok(())
    }
}
