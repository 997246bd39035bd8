//! A connection of quinn that passes everything on unchanged and records when the bytes of each request pass.

use std::sync::Arc;
use std::task::{Context, Poll};

use ::h3::error::Code;
use ::h3::quic::{
    Connection, ConnectionErrorIncoming, OpenStreams, RecvStream, SendStream, StreamErrorIncoming,
    StreamId, WriteBuf,
};
use hyper::body::Bytes;

use super::stream_log::{StreamLog, StreamLogs};

type Unobserved = h3_quinn::Connection;
type Opener = <Unobserved as Connection<Bytes>>::OpenStreams;

/// A connection whose streams are observed while milestones are taken.
pub(super) struct ObservedConnection {
    connection: Unobserved,
    logs: Option<Arc<StreamLogs>>,
}

impl ObservedConnection {
    /// Observes `connection`.
    pub(super) fn new(connection: Unobserved, logs: Option<Arc<StreamLogs>>) -> Self {
        Self { connection, logs }
    }
}

/// Opens streams that are observed.
#[derive(Clone)]
pub(super) struct ObservedOpener {
    opener: Opener,
    logs: Option<Arc<StreamLogs>>,
}

/// The stream of a request.
pub(super) struct ObservedStream {
    stream: h3_quinn::BidiStream<Bytes>,
    log: Option<Arc<StreamLog>>,
}

fn observe(
    opened: Poll<Result<h3_quinn::BidiStream<Bytes>, StreamErrorIncoming>>,
    logs: Option<&Arc<StreamLogs>>,
) -> Poll<Result<ObservedStream, StreamErrorIncoming>> {
    opened.map_ok(|stream| {
        let number = SendStream::<Bytes>::send_id(&stream).into_inner();
        let log = logs.map(|logs| logs.add(number));
        ObservedStream { stream, log }
    })
}

impl OpenStreams<Bytes> for ObservedConnection {
    type BidiStream = ObservedStream;
    type SendStream = h3_quinn::SendStream<Bytes>;

    fn poll_open_bidi(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<ObservedStream, StreamErrorIncoming>> {
        observe(self.connection.poll_open_bidi(context), self.logs.as_ref())
    }

    fn poll_open_send(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<h3_quinn::SendStream<Bytes>, StreamErrorIncoming>> {
        self.connection.poll_open_send(context)
    }

    fn close(&mut self, code: Code, reason: &[u8]) {
        OpenStreams::<Bytes>::close(&mut self.connection, code, reason);
    }
}

impl Connection<Bytes> for ObservedConnection {
    type RecvStream = h3_quinn::RecvStream;
    type OpenStreams = ObservedOpener;

    fn poll_accept_recv(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<h3_quinn::RecvStream, ConnectionErrorIncoming>> {
        Connection::<Bytes>::poll_accept_recv(&mut self.connection, context)
    }

    fn poll_accept_bidi(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<ObservedStream, ConnectionErrorIncoming>> {
        self.connection
            .poll_accept_bidi(context)
            .map_ok(|stream| ObservedStream { stream, log: None })
    }

    fn opener(&self) -> ObservedOpener {
        let opener = Connection::<Bytes>::opener(&self.connection);
        ObservedOpener { opener, logs: self.logs.clone() }
    }
}

impl OpenStreams<Bytes> for ObservedOpener {
    type BidiStream = ObservedStream;
    type SendStream = h3_quinn::SendStream<Bytes>;

    fn poll_open_bidi(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<ObservedStream, StreamErrorIncoming>> {
        observe(self.opener.poll_open_bidi(context), self.logs.as_ref())
    }

    fn poll_open_send(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<h3_quinn::SendStream<Bytes>, StreamErrorIncoming>> {
        self.opener.poll_open_send(context)
    }

    fn close(&mut self, code: Code, reason: &[u8]) {
        OpenStreams::<Bytes>::close(&mut self.opener, code, reason);
    }
}

impl SendStream<Bytes> for ObservedStream {
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), StreamErrorIncoming>> {
        // Read before the call, because the server may have the bytes before the call returns.
        if let Some(log) = &self.log {
            log.writes();
        }
        self.stream.poll_ready(context)
    }

    fn send_data<T: Into<WriteBuf<Bytes>>>(&mut self, data: T) -> Result<(), StreamErrorIncoming> {
        self.stream.send_data(data)
    }

    fn poll_finish(&mut self, context: &mut Context<'_>) -> Poll<Result<(), StreamErrorIncoming>> {
        if let Some(log) = &self.log {
            log.writes();
        }
        self.stream.poll_finish(context)
    }

    fn reset(&mut self, code: u64) {
        SendStream::<Bytes>::reset(&mut self.stream, code);
    }

    fn send_id(&self) -> StreamId {
        SendStream::<Bytes>::send_id(&self.stream)
    }
}

impl RecvStream for ObservedStream {
    type Buf = Bytes;

    fn poll_data(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, StreamErrorIncoming>> {
        let read = self.stream.poll_data(context);
        if let (Some(log), Poll::Ready(Ok(Some(_)))) = (&self.log, &read) {
            log.read();
        }
        read
    }

    fn stop_sending(&mut self, code: u64) {
        self.stream.stop_sending(code);
    }

    fn recv_id(&self) -> StreamId {
        self.stream.recv_id()
    }
}
