//! One connection: opened without blocking, with or without TLS, and one exchange at a time on it.

use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::vec;

use host::clock::now;
use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use model::failure::Failure;
use model::trace::Milestone;
use rustls::{ClientConfig, ClientConnection};

use super::super::response_scanner::is_http2;
use super::requests::{LaidOutRequests, RequestKind, ServerIndex};
use super::response::ResponseParser;
use crate::failure::{self, ExchangeStep};
use crate::probe::{ConnectionOrdinal, Probe};
use crate::request::host;
use crate::tls;

/// What a connection uses and does not own.
pub(super) struct Surroundings {
    pub(super) registry: Registry,
    pub(super) requests: Arc<LaidOutRequests>,
    /// Present if a request needs TLS.
    pub(super) tls: Option<Arc<ClientConfig>>,
}

/// A connection to a server.
pub(super) struct Connection {
    pub(super) server: ServerIndex,
    /// Present if requests go through TLS.
    tls: Option<Box<ClientConnection>>,
    token: Token,
    ordinal: ConnectionOrdinal,
    socket: TcpStream,
    stage: Stage,
    /// The request; none while the connection is idle.
    probe: Option<Probe>,
    /// The bytes of the request, and how many of them were sent.
    outgoing: Vec<u8>,
    sent: usize,
    /// What has arrived of the answer to the last request.
    answer: ResponseParser,
}

enum Stage {
    /// It is being opened to the first address, and may be to the others.
    Connecting(SocketAddr, vec::IntoIter<SocketAddr>),
    Securing,
    Open,
    /// It can carry no further exchange.
    Ended,
}

impl Connection {
    /// Starts to open a connection for a request.
    pub(super) fn open(
        token: Token,
        probe: &Probe,
        addresses: Vec<SocketAddr>,
        around: &Surroundings,
    ) -> Result<Self, Failure> {
        probe.mark(Milestone::Connecting);
        let RequestKind { server, answer, .. } = around.requests.kind(probe.request());
        let uri = around.requests.server(*server);
        let no_address = failure::no_address(host(uri));
        let (socket, stage) = connect(addresses.into_iter(), token, no_address, around)?;
        // The server answers the attempt to connect meanwhile.
        let config = around.tls.as_ref().filter(|_| uri.scheme_str() == Some("https"));
        let tls =
            config.map(|config| tls::connection(config, host(uri)).map(Box::new)).transpose()?;
        let ordinal = ConnectionOrdinal::next();
        let mut outgoing = Vec::new();
        around.requests.write(probe.request(), &mut outgoing);
        let (server, answer) = (*server, ResponseParser::new(*answer));
        let probe = Some(probe.clone());
        Ok(Self { server, token, ordinal, socket, tls, stage, probe, outgoing, sent: 0, answer })
    }

    /// Starts an exchange on an idle connection.
    pub(super) fn begin(&mut self, probe: &Probe, around: &Surroundings) -> Result<(), Failure> {
        self.probe = Some(probe.clone());
        self.sent = 0;
        self.outgoing.clear();
        around.requests.write(probe.request(), &mut self.outgoing);
        self.answer.restart(around.requests.kind(probe.request()).answer);
        self.send().map_err(|error| self.failure(&error, around))
    }

    pub(super) fn has_ended(&self) -> bool {
        matches!(self.stage, Stage::Ended)
    }

    /// Ends the exchange and returns its probe; nothing if the connection is idle.
    pub(super) fn end_exchange(&mut self) -> Option<Probe> {
        let probe = self.probe.take()?;
        if let Some(head) = self.answer.head {
            probe.bytes(self.answer.body_bytes);
            if !head.keeps_connection || self.sent < self.outgoing.len() {
                self.stage = Stage::Ended;
            }
        }
        Some(probe)
    }

    /// Does what an event permits, and returns whether the answer is complete. After a failure the
    /// connection cannot be used.
    pub(super) fn advance(
        &mut self,
        event: &Event,
        buffer: &mut [u8],
        around: &Surroundings,
    ) -> Result<bool, Failure> {
        self.try_advance(event, buffer, around).map_err(|error| self.failure(&error, around))?;
        Ok(self.probe.is_some() && self.answer.is_complete())
    }

    fn try_advance(
        &mut self,
        event: &Event,
        buffer: &mut [u8],
        around: &Surroundings,
    ) -> io::Result<()> {
        if !self.is_connected(around)? {
            return Ok(());
        }
        while let Some(read) = unless_blocked(self.socket.read(buffer))? {
            match self.tls.take() {
                // Under TLS, the server has not said that nothing was cut off.
                tls if read == 0 => self.finish(tls.is_none())?,
                None => self.take(&buffer[..read])?,
                Some(tls) => self.take_secured(&buffer[..read], tls)?,
            }
            // A read that did not fill the buffer has emptied the socket, but for its end.
            if self.has_ended() || read < buffer.len() && !event.is_read_closed() {
                break;
            }
        }
        self.send()
    }

    /// Notices that the connection was opened, or tries the next address if it was refused.
    fn is_connected(&mut self, around: &Surroundings) -> io::Result<bool> {
        let Stage::Connecting(address, others) = &mut self.stage else { return Ok(true) };
        let opened = match self.socket.take_error()? {
            None => self.socket.peer_addr().and_then(|_| self.socket.set_nodelay(true)),
            Some(error) => Err(error),
        };
        match opened {
            Err(error) if error.kind() == ErrorKind::NotConnected => return Ok(false),
            Err(error) => {
                let refused = failure::refused(*address, &error);
                let connecting = connect(std::mem::take(others), self.token, refused, around);
                (self.socket, self.stage) = connecting.map_err(failure::in_io_error)?;
                return Ok(false);
            }
            Ok(()) => {}
        }
        self.pass(Milestone::Connected, Stage::Open);
        if self.tls.is_some() {
            self.pass(Milestone::Securing, Stage::Securing);
        }
        Ok(true)
    }

    fn pass(&mut self, milestone: Milestone, stage: Stage) {
        self.stage = stage;
        if let Some(probe) = &self.probe {
            probe.mark(milestone);
        }
    }

    /// Sends as much as the socket takes of the handshake, and then of the request.
    fn send(&mut self) -> io::Result<()> {
        unless_blocked(self.try_send()).map(drop)
    }

    fn try_send(&mut self) -> io::Result<()> {
        self.flush()?;
        while matches!(self.stage, Stage::Open)
            && let bytes @ [_, ..] = &self.outgoing[self.sent..]
            && let Some(probe) = &self.probe
        {
            probe.writes(self.ordinal);
            self.sent += match &mut self.tls {
                Some(tls) => tls.writer().write(bytes)?,
                None => self.socket.write(bytes)?,
            };
            self.flush()?;
        }
        Ok(())
    }

    /// Sends what TLS has ready.
    fn flush(&mut self) -> io::Result<()> {
        while let Some(tls) = &mut self.tls
            && tls.wants_write()
        {
            tls.write_tls(&mut self.socket)?;
        }
        Ok(())
    }

    /// Takes bytes of the answer. An idle connection gets none from a server that works.
    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        let at = self.probe.as_ref().is_some_and(Probe::is_traced).then(now);
        let taken = self.answer.take(bytes, at);
        if let (Some(probe), Some(head)) = (&self.probe, self.answer.head) {
            probe.status(head.status);
            if let Some(began) = self.answer.began {
                probe.mark_at(Milestone::FirstByte, began);
            }
        }
        match taken {
            Ok(taken) if taken < bytes.len() => self.stage = Stage::Ended,
            Ok(_) => {}
            Err(_) if is_http2(bytes) => return Err(failure::in_io_error(failure::http2_only())),
            Err(malformed) => return Err(io::Error::new(ErrorKind::InvalidData, malformed)),
        }
        Ok(())
    }

    /// Takes what the socket brought under TLS, which the connection lends while it takes the answer.
    fn take_secured(&mut self, mut bytes: &[u8], mut tls: Box<ClientConnection>) -> io::Result<()> {
        while !bytes.is_empty() {
            tls.read_tls(&mut bytes)?;
            let state = tls.process_new_packets().map_err(|error| {
                // Tells the server why, if that is possible.
                let _ = tls.write_tls(&mut self.socket);
                io::Error::new(ErrorKind::InvalidData, error)
            })?;
            let mut plaintext = tls.reader();
            while let Ok(bytes @ [_, ..]) = plaintext.fill_buf() {
                self.take(bytes)?;
                let taken = bytes.len();
                plaintext.consume(taken);
            }
            if state.peer_has_closed() {
                self.finish(true)?;
            }
        }
        if matches!(self.stage, Stage::Securing) && !tls.is_handshaking() {
            self.pass(Milestone::Secured, Stage::Open);
        }
        self.tls = Some(tls);
        Ok(())
    }

    /// The server sends no more. Only a `clean` end can complete an answer.
    fn finish(&mut self, clean: bool) -> io::Result<()> {
        if clean {
            self.answer.end();
        }
        if self.probe.is_some() && !self.answer.is_complete() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.stage = Stage::Ended;
        Ok(())
    }

    fn failure(&self, error: &io::Error, around: &Surroundings) -> Failure {
        if matches!(self.stage, Stage::Securing) {
            return failure::handshake(host(around.requests.server(self.server)), error);
        }
        let step = match self.answer.head {
            None => ExchangeStep::AwaitingResponse,
            Some(_) => ExchangeStep::ReadingBody,
        };
        failure::broken(step, error)
    }
}

/// What a call on the socket gave; nothing if the socket is not ready for it.
fn unless_blocked<T>(called: io::Result<T>) -> io::Result<Option<T>> {
    match called {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        called => called.map(Some),
    }
}

/// Starts to connect to the first address that can be asked; the failure is that of the last.
fn connect(
    mut addresses: vec::IntoIter<SocketAddr>,
    token: Token,
    mut failure: Failure,
    around: &Surroundings,
) -> Result<(TcpStream, Stage), Failure> {
    let interest = Interest::READABLE | Interest::WRITABLE;
    while let Some(address) = addresses.next() {
        let opened = TcpStream::connect(address).and_then(|mut socket| {
            around.registry.register(&mut socket, token, interest).map(|()| socket)
        });
        match opened {
            Ok(socket) => return Ok((socket, Stage::Connecting(address, addresses))),
            Err(error) => failure = failure::refused(address, &error),
        }
    }
    Err(failure)
}
