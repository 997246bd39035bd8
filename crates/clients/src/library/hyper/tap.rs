//! The plaintext side of a connection: it lets every byte through as it is and notes when it
//! passes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connection::{Claim, ConnectionLog};
use super::wire::Wire;
use crate::clock::now;

/// A connection whose plaintext is watched, while milestones are taken.
pub(super) struct Tap {
    wire: Wire,
    log: Option<Arc<ConnectionLog>>,
}

impl Tap {
    /// Watches `wire`.
    pub(super) fn new(wire: Wire, log: Option<Arc<ConnectionLog>>) -> Self {
        Self { wire, log }
    }

    fn watch_write(
        &mut self,
        write: impl FnOnce(&mut Wire) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let Some(log) = &self.log else { return write(&mut self.wire) };
        // Before the call, for the server may have the bytes before it returns.
        let at = now();
        let written = write(&mut self.wire);
        if matches!(written, Poll::Ready(Ok(bytes)) if bytes > 0) {
            log.wrote(at);
        }
        written
    }
}

impl Connection for Tap {
    fn connected(&self) -> Connected {
        match &self.log {
            Some(log) => Connected::new().extra(Claim::on(log)),
            None => Connected::new(),
        }
    }
}

/// Calls a method of the stream inside a wire, whichever it is.
macro_rules! on_stream {
    ($wire:expr, $stream:ident => $call:expr) => {
        match $wire {
            Wire::Plain(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
            Wire::Secured(stream) => {
                let $stream = Pin::new(stream.as_mut());
                $call
            }
        }
    };
}

impl AsyncRead for Tap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = on_stream!(&mut self.wire, stream => stream.poll_read(context, buffer));
        if buffer.filled().len() > before
            && let Some(log) = &self.log
        {
            log.read();
        }
        read
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.watch_write(|wire| on_stream!(wire, stream => stream.poll_write(context, bytes)))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.watch_write(
            |wire| on_stream!(wire, stream => stream.poll_write_vectored(context, slices)),
        )
    }

    fn is_write_vectored(&self) -> bool {
        match &self.wire {
            Wire::Plain(stream) => stream.is_write_vectored(),
            Wire::Secured(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_stream!(&mut self.wire, stream => stream.poll_flush(context))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_stream!(&mut self.wire, stream => stream.poll_shutdown(context))
    }
}
