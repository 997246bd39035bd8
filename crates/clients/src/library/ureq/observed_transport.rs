//! The outermost link of the chain: it passes plaintext unchanged and records when it passes.

use host::clock::now;
use model::trace::Milestone;
use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use super::super::response_scanner::{ResponseScanner, is_http2};
use super::current_request;
use crate::failure::{self, FailureError};
use crate::probe::{ConnectionOrdinal, Probe};

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
        Ok(chained.map(|inner| ObservedTransport {
            inner,
            ordinal: ConnectionOrdinal::next(),
            is_silent: true,
            scanner: ResponseScanner::default(),
        }))
    }
}

/// A connection whose plaintext is observed.
#[derive(Debug)]
pub(super) struct ObservedTransport<In: Transport> {
    inner: In,
    ordinal: ConnectionOrdinal,
    /// Whether the server has sent nothing yet.
    is_silent: bool,
    /// Reads the response of the present exchange while milestones are taken.
    scanner: ResponseScanner,
}

impl<In: Transport> ObservedTransport<In> {
    /// Looks at the plaintext that just arrived: what is unread now, after this number of unread bytes.
    fn observe_input(&mut self, unread_before: usize) -> Result<(), Error> {
        let arrived = &self.inner.buffers().input()[unread_before..];
        if std::mem::take(&mut self.is_silent) && is_http2(arrived) {
            return Err(Error::Other(Box::new(FailureError(failure::http2_only()))));
        }
        if !self.scanner.has_found() && current_request::with(Probe::is_traced) == Some(true) {
            let first_byte = self.scanner.take(arrived, now());
            if let Some(moment) = first_byte {
                current_request::with(|probe| probe.mark_at(Milestone::FirstByte, moment));
            }
        }
        Ok(())
    }
}

impl<In: Transport> Transport for ObservedTransport<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if self.scanner.has_found() {
            self.scanner = ResponseScanner::default();
        }
        // Marked before the call, because the server may have the last byte before it returns.
        current_request::with(|probe| probe.writes(self.ordinal));
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let unread = self.inner.buffers().input().len();
        let has_arrived = self.inner.await_input(timeout)?;
        if has_arrived {
            self.observe_input(unread)?;
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
