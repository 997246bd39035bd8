//! The outermost link of the chain: it passes plaintext unchanged and records when it passes.

use model::trace::Milestone;
use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use super::current_request;
use crate::probe::ConnectionOrdinal;

/// Numbers every connection that the chain opens.
#[derive(Debug)]
pub(super) struct ObservingConnector;

impl<In: Transport> Connector<In> for ObservingConnector {
    type Out = ObservedTransport<In>;

    fn connect(
        &self,
        _: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<ObservedTransport<In>>, Error> {
        Ok(chained.map(|inner| ObservedTransport { inner, ordinal: ConnectionOrdinal::next() }))
    }
}

/// A connection whose plaintext is observed.
#[derive(Debug)]
pub(super) struct ObservedTransport<In: Transport> {
    inner: In,
    ordinal: ConnectionOrdinal,
}

impl<In: Transport> Transport for ObservedTransport<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        // Marked before the call, because the server may have the last byte before it returns.
        current_request::with(|probe| probe.writes(self.ordinal));
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let has_arrived = self.inner.await_input(timeout)?;
        if has_arrived {
            current_request::with(|probe| probe.mark(Milestone::FirstByte));
        }
        Ok(has_arrived)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
