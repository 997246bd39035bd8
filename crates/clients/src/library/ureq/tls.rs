//! TLS over a TCP connection: the second link of ureq's chain.

use std::fmt;
use std::io::{Read, Write};
use std::sync::Arc;

use model::trace::Milestone;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
    TransportAdapter,
};

use super::current_request;
use crate::failure::{self, FailureError};
use crate::request::host;
use crate::tls;

/// Makes the handshake where the URL needs TLS.
#[derive(Debug)]
pub(super) struct TlsConnector {
    config: Option<Arc<ClientConfig>>,
}

impl TlsConnector {
    /// A connector with the session's configuration, which is none where no request needs TLS.
    pub(super) fn new(config: Option<Arc<ClientConfig>>) -> Self {
        Self { config }
    }
}

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = Either<In, TlsTransport<In>>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let Some(transport) = chained else { return Ok(None) };
        let Some(config) = self.config.as_ref().filter(|_| details.needs_tls()) else {
            return Ok(Some(Either::A(transport)));
        };
        let host = host(details.uri);
        let mut connection = tls::connection(config, host)
            .map_err(|failure| Error::Other(Box::new(FailureError(failure))))?;
        let mut socket = TransportAdapter::new(transport, Arc::clone(&details.current_time));
        current_request::with(|probe| probe.mark(Milestone::Securing));
        connection.complete_io(&mut socket).map_err(|error| {
            Error::Other(Box::new(FailureError(failure::handshake(host, &error))))
        })?;
        current_request::with(|probe| probe.mark(Milestone::Secured));
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(Either::B(TlsTransport { stream: StreamOwned::new(connection, socket), buffers })))
    }
}

/// A connection under TLS.
pub(super) struct TlsTransport<In: Transport> {
    stream: StreamOwned<ClientConnection, TransportAdapter<In>>,
    buffers: LazyBuffers,
}

impl<In: Transport> Transport for TlsTransport<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.get_mut().set_timeout(timeout);
        Ok(self.stream.write_all(&self.buffers.output()[..amount])?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.get_mut().set_timeout(timeout);
        let read = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(read);
        Ok(read > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.get_mut().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl<In: Transport> fmt::Debug for TlsTransport<In> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TlsTransport").finish_non_exhaustive()
    }
}
