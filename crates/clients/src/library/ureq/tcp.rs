//! TCP connections: the first link of ureq's chain.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Weak};

use model::trace::Milestone;
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, ShutdownHandle, Transport,
};

use super::current_request;
use crate::failure::{self, FailureError};

/// Connects to the first address that accepts a connection.
#[derive(Debug)]
pub(super) struct TcpConnector;

impl Connector<()> for TcpConnector {
    type Out = TcpTransport;

    fn connect(
        &self,
        details: &ConnectionDetails,
        _: Option<()>,
    ) -> Result<Option<TcpTransport>, Error> {
        current_request::with(|probe| probe.mark(Milestone::Connecting));
        let stream = open(&details.addrs)?;
        current_request::with(|probe| probe.mark(Milestone::Connected));
        stream.set_nodelay(true)?;
        let stream = Arc::new(stream);
        let handle: Weak<dyn ShutdownHandle> = Arc::downgrade(&stream) as _;
        (details.register_shutdown)(handle)?;
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(TcpTransport { stream, buffers }))
    }
}

fn open(addresses: &[SocketAddr]) -> Result<TcpStream, Error> {
    let mut last_error = Error::ConnectionFailed;
    for address in addresses {
        match connect(address) {
            Ok(stream) => return Ok(stream),
            Err(error) => {
                last_error =
                    Error::Other(Box::new(FailureError(failure::refused(*address, &error))));
            }
        }
    }
    Err(last_error)
}

/// Connects within the rest of the trial's time limit. An attempt cannot be interrupted, because
/// there is no socket yet that could be shut down.
fn connect(address: &SocketAddr) -> io::Result<TcpStream> {
    match current_request::with(|probe| probe.limit().remaining()) {
        Some(time) if time.is_zero() => Err(io::ErrorKind::TimedOut.into()),
        Some(time) => TcpStream::connect_timeout(address, time),
        None => TcpStream::connect(address),
    }
}

/// A TCP connection.
#[derive(Debug)]
pub(super) struct TcpTransport {
    stream: Arc<TcpStream>,
    buffers: LazyBuffers,
}

impl TcpTransport {
    /// Whether nothing waits to be read. A server that is done with a connection has closed it, and
    /// any other server sends nothing without a request.
    fn is_quiet(&self) -> io::Result<bool> {
        self.stream.set_nonblocking(true)?;
        let peeked = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false)?;
        Ok(peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock))
    }
}

impl Transport for TcpTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        let output = &self.buffers.output()[..amount];
        Ok((&*self.stream).write_all(output)?)
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        let read = (&*self.stream).read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(read);
        Ok(read > 0)
    }

    fn is_open(&mut self) -> bool {
        self.is_quiet().unwrap_or(false)
    }
}
