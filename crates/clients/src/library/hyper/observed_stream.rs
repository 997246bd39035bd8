//! A connection that passes every byte of plaintext unchanged and records when it passes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::{Connected, Connection};
use model::failure::Failure;
use model::http_version::HttpVersion;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::super::response_scanner::{is_http1, is_http2};
use super::claim_on_clone::ClaimOnClone;
use super::connection::ConnectionLog;
use super::maybe_tls_stream::MaybeTlsStream;
use crate::failure;
use host::clock::now;

/// A connection whose plaintext is observed while milestones are taken.
pub(super) struct ObservedStream {
    stream: MaybeTlsStream,
    version: HttpVersion,
    log: Option<Arc<ConnectionLog>>,
    /// Whether the server has sent nothing yet.
    is_silent: bool,
}

impl ObservedStream {
    /// Observes `stream`, which speaks this version of HTTP.
    pub(super) fn new(
        stream: MaybeTlsStream,
        version: HttpVersion,
        log: Option<Arc<ConnectionLog>>,
    ) -> Self {
        Self { stream, version, log, is_silent: true }
    }

    /// Why the first bytes from the server are not of this connection's version.
    fn mismatch(&self, first: &[u8]) -> Option<Failure> {
        match self.version {
            HttpVersion::Http1 => is_http2(first).then(failure::http2_only),
            HttpVersion::Http2 => is_http1(first).then(failure::http1_only),
            // Not over TCP.
            HttpVersion::Http3 => None,
        }
    }

    fn observe_write(
        &mut self,
        write: impl FnOnce(&mut MaybeTlsStream) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let Some(log) = &self.log else { return write(&mut self.stream) };
        // Read before the call, because the server may have the bytes before the call returns.
        let at = now();
        let written = write(&mut self.stream);
        if matches!(written, Poll::Ready(Ok(bytes)) if bytes > 0) {
            log.wrote(at);
        }
        written
    }
}

impl Connection for ObservedStream {
    fn connected(&self) -> Connected {
        let connected = match self.version {
            HttpVersion::Http2 => Connected::new().negotiated_h2(),
            HttpVersion::Http1 | HttpVersion::Http3 => Connected::new(),
        };
        match &self.log {
            Some(log) => connected.extra(ClaimOnClone::new(log)),
            None => connected,
        }
    }
}

/// Calls a method of the inner stream, with or without TLS.
macro_rules! on_stream {
    ($either:expr, $stream:ident => $call:expr) => {
        match $either {
            MaybeTlsStream::Plain(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
            MaybeTlsStream::Secured(stream) => {
                let $stream = Pin::new(stream.as_mut());
                $call
            }
        }
    };
}

impl AsyncRead for ObservedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = on_stream!(&mut self.stream, stream => stream.poll_read(context, buffer));
        let arrived = &buffer.filled()[before..];
        if arrived.is_empty() {
            return read;
        }
        if std::mem::take(&mut self.is_silent)
            && let Some(mismatch) = self.mismatch(arrived)
        {
            return Poll::Ready(Err(failure::in_io_error(mismatch)));
        }
        if let Some(log) = &self.log {
            log.read(arrived);
        }
        read
    }
}

impl AsyncWrite for ObservedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.observe_write(|stream| on_stream!(stream, stream => stream.poll_write(context, bytes)))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.observe_write(
            |stream| on_stream!(stream, stream => stream.poll_write_vectored(context, slices)),
        )
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            MaybeTlsStream::Plain(stream) => stream.is_write_vectored(),
            MaybeTlsStream::Secured(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_stream!(&mut self.stream, stream => stream.poll_flush(context))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_stream!(&mut self.stream, stream => stream.poll_shutdown(context))
    }
}
