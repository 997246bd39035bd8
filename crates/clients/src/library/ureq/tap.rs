//! The outermost link of the chain: it lets plaintext through as it is and notes when it passes.

use model::trace::Milestone;
use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use super::current;
use crate::probe::ConnectionOrdinal;

/// Numbers every connection that the chain has opened.
#[derive(Debug)]
pub(super) struct TapConnector;

impl<In: Transport> Connector<In> for TapConnector {
    type Out = Tap<In>;

    fn connect(
        &self,
        _: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Tap<In>>, Error> {
        Ok(chained.map(|inner| Tap { inner, ordinal: ConnectionOrdinal::next() }))
    }
}

/// A connection whose plaintext is watched.
#[derive(Debug)]
pub(super) struct Tap<In: Transport> {
    inner: In,
    ordinal: ConnectionOrdinal,
}

impl<In: Transport> Transport for Tap<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        // Before the call, for the server may have the last byte before it returns.
        current::with(|probe| probe.writes(self.ordinal));
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let has_come = self.inner.await_input(timeout)?;
        if has_come {
            current::with(|probe| probe.mark(Milestone::FirstByte));
        }
        Ok(has_come)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
