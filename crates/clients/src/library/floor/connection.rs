//! One connection: opened without blocking, with or without TLS, and one exchange at a time on it.

use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::ops::Range;
use std::vec;

use host::clock::now;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use model::failure::Failure;
use model::trace::Milestone;
use rustls::ClientConnection;

use super::super::response_scanner::{ResponseScanner, is_http2};
use super::requests::{LaidOutRequests, ServerIndex};
use super::response::ResponseParser;
use crate::failure::{self, ExchangeStep};
use crate::probe::{ConnectionOrdinal, Probe};

/// What a connection uses and does not own.
pub(super) struct Surroundings<'a> {
    pub(super) registry: &'a Registry,
    pub(super) requests: &'a LaidOutRequests,
}

/// A connection to a server.
pub(super) struct Connection {
    pub(super) server: ServerIndex,
    /// Present if requests go through TLS.
    pub(super) tls: Option<Box<ClientConnection>>,
    /// Set when the connection can carry no further exchange.
    pub(super) has_ended: bool,
    token: Token,
    ordinal: ConnectionOrdinal,
    socket: TcpStream,
    stage: Stage,
    /// None while the connection is idle.
    exchange: Option<Exchange>,
}

enum Stage {
    /// It is being opened to the first address, and may be to the others.
    Connecting(SocketAddr, vec::IntoIter<SocketAddr>),
    Securing,
    Open,
}

/// A request, and what has arrived of its answer.
struct Exchange {
    probe: Probe,
    unsent: Range<usize>,
    is_sending: bool,
    scanner: ResponseScanner,
    parser: ResponseParser,
    has_surplus: bool,
}

impl Connection {
    /// Starts to open a connection for a request.
    pub(super) fn open(
        token: Token,
        probe: &Probe,
        addresses: Vec<SocketAddr>,
        around: &Surroundings<'_>,
    ) -> Result<Self, Failure> {
        probe.mark(Milestone::Connecting);
        let server = around.requests.request(probe.request()).server;
        let failure = failure::no_address(&around.requests.server(server).host);
        let (socket, stage) = connect(addresses.into_iter(), token, failure, around)?;
        let ordinal = ConnectionOrdinal::next();
        let (tls, exchange) = (None, Some(Exchange::new(probe, around)));
        Ok(Self { server, tls, has_ended: false, token, ordinal, socket, stage, exchange })
    }

    /// Starts an exchange on an idle connection.
    pub(super) fn begin(
        &mut self,
        probe: &Probe,
        around: &Surroundings<'_>,
    ) -> Result<(), Failure> {
        self.exchange = Some(Exchange::new(probe, around));
        self.send(around)
    }

    /// Ends the exchange and returns its probe; nothing if the connection is idle.
    pub(super) fn end_exchange(&mut self) -> Option<Probe> {
        let Exchange { probe, parser, is_sending, has_surplus, .. } = self.exchange.take()?;
        self.has_ended |= is_sending || has_surplus || !parser.keeps_connection();
        if parser.status().is_some() {
            probe.bytes(parser.body_bytes());
        }
        Some(probe)
    }

    /// Does what the socket is ready for, and returns whether the answer is complete. After a failure
    /// the connection cannot be used. If the server `has_closed` its side, the socket is read to its end.
    pub(super) fn advance(
        &mut self,
        has_closed: bool,
        buffer: &mut [u8],
        around: &Surroundings<'_>,
    ) -> Result<bool, Failure> {
        if !self.is_connected(around)? {
            return Ok(false);
        }
        self.send(around)?;
        while !self.has_ended {
            let read = match self.socket.read(buffer) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(self.broken(&error, around)),
            };
            match &self.tls {
                tls if read == 0 => self.finish(tls.is_none(), around)?,
                None => deliver(&mut self.exchange, &buffer[..read])?,
                Some(_) => self.take_secured(&buffer[..read], around)?,
            }
            // A read that did not fill the buffer has emptied the socket.
            if read < buffer.len() && !has_closed {
                break;
            }
        }
        Ok(self.exchange.as_ref().is_some_and(|exchange| exchange.parser.is_complete()))
    }

    /// Notices that the connection was opened, or tries the next address if it was refused.
    fn is_connected(&mut self, around: &Surroundings<'_>) -> Result<bool, Failure> {
        let Stage::Connecting(address, others) = &mut self.stage else { return Ok(true) };
        let opened = match self.socket.take_error() {
            Ok(None) => self.socket.peer_addr().and_then(|_| self.socket.set_nodelay(true)),
            Ok(Some(error)) | Err(error) => Err(error),
        };
        match opened {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotConnected => return Ok(false),
            Err(error) => {
                let refused = failure::refused(*address, &error);
                let others = std::mem::take(others);
                (self.socket, self.stage) = connect(others, self.token, refused, around)?;
                return Ok(false);
            }
        }
        self.mark(Milestone::Connected);
        self.stage = Stage::Open;
        if self.tls.is_some() {
            self.stage = Stage::Securing;
            self.mark(Milestone::Securing);
        }
        Ok(true)
    }

    fn mark(&self, milestone: Milestone) {
        if let Some(exchange) = &self.exchange {
            exchange.probe.mark(milestone);
        }
    }

    /// Sends as much as the socket takes.
    fn send(&mut self, around: &Surroundings<'_>) -> Result<(), Failure> {
        match self.send_rest(around.requests) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(self.broken(&error, around)),
            _ => Ok(()),
        }
    }

    /// Sends the rest of the TLS handshake, and then that of the request.
    fn send_rest(&mut self, requests: &LaidOutRequests) -> io::Result<()> {
        let Self { socket, tls, exchange, ordinal, .. } = self;
        loop {
            let is_secure = tls.as_ref().is_none_or(|tls| !tls.is_handshaking());
            let mut request = exchange.as_mut().filter(|request| is_secure && request.is_sending);
            if let Some(request) = &mut request {
                request.probe.writes(*ordinal);
                let bytes = requests.bytes(request.unsent.clone());
                request.unsent.start += match tls {
                    Some(tls) => tls.writer().write(bytes)?,
                    None => socket.write(bytes)?,
                };
            }
            while let Some(tls) = tls
                && tls.wants_write()
            {
                tls.write_tls(socket)?;
            }
            let Some(request) = request else { return Ok(()) };
            request.is_sending = !request.unsent.is_empty();
        }
    }

    /// Takes what the socket brought under TLS.
    fn take_secured(&mut self, mut bytes: &[u8], around: &Surroundings<'_>) -> Result<(), Failure> {
        let Some(tls) = &mut self.tls else { return Ok(()) };
        let mut has_closed = false;
        while !bytes.is_empty() {
            let taken = tls.read_tls(&mut bytes).and_then(|_| {
                tls.process_new_packets()
                    .map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
            });
            match taken {
                Ok(state) => has_closed = state.peer_has_closed(),
                Err(error) => {
                    // Tells the server why, if that is possible.
                    let _ = tls.write_tls(&mut self.socket);
                    return Err(self.broken(&error, around));
                }
            }
            let mut plaintext = tls.reader();
            while let Ok(bytes @ [_, ..]) = plaintext.fill_buf() {
                deliver(&mut self.exchange, bytes)?;
                let taken = bytes.len();
                plaintext.consume(taken);
            }
        }
        if matches!(self.stage, Stage::Securing) && !tls.is_handshaking() {
            self.stage = Stage::Open;
            self.mark(Milestone::Secured);
        }
        self.send(around)?;
        if has_closed { self.finish(true, around) } else { Ok(()) }
    }

    /// The server sends no more. Only a `clean` end can complete an answer.
    fn finish(&mut self, clean: bool, around: &Surroundings<'_>) -> Result<(), Failure> {
        self.has_ended = true;
        let Some(exchange) = &mut self.exchange else { return Ok(()) };
        if clean {
            exchange.parser.end();
        }
        if exchange.parser.is_complete() {
            return Ok(());
        }
        Err(self.broken(&ErrorKind::UnexpectedEof.into(), around))
    }

    fn broken(&self, error: &io::Error, around: &Surroundings<'_>) -> Failure {
        if matches!(self.stage, Stage::Securing) {
            return failure::handshake(&around.requests.server(self.server).host, error);
        }
        let step = self.exchange.as_ref().map_or(ExchangeStep::AwaitingResponse, Exchange::step);
        failure::broken(step, error)
    }
}

impl Exchange {
    fn new(probe: &Probe, around: &Surroundings<'_>) -> Self {
        let request = around.requests.request(probe.request());
        Self {
            probe: probe.clone(),
            unsent: request.bytes.clone(),
            is_sending: true,
            scanner: ResponseScanner::default(),
            parser: ResponseParser::new(request.answer),
            has_surplus: false,
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if self.probe.is_traced()
            && !self.scanner.has_found()
            && let Some(moment) = self.scanner.take(bytes, now())
        {
            self.probe.mark_at(Milestone::FirstByte, moment);
        }
        let taken = self.parser.take(bytes);
        if let Some(status) = self.parser.status() {
            self.probe.status(status);
        }
        match taken {
            Ok(taken) => self.has_surplus |= taken < bytes.len(),
            Err(_) if is_http2(bytes) => return Err(failure::http2_only()),
            Err(reason) => return Err(failure::protocol(self.step(), &reason)),
        }
        Ok(())
    }

    fn step(&self) -> ExchangeStep {
        match self.parser.status() {
            None => ExchangeStep::AwaitingResponse,
            Some(_) => ExchangeStep::ReadingBody,
        }
    }
}

/// Gives bytes to the exchange. An idle connection gets none from a server that works.
fn deliver(exchange: &mut Option<Exchange>, bytes: &[u8]) -> Result<(), Failure> {
    match exchange {
        Some(exchange) => exchange.take(bytes),
        None => Err(failure::ended(ExchangeStep::AwaitingResponse)),
    }
}

/// Starts to connect to the first address that can be asked; the failure is that of the last.
fn connect(
    mut addresses: vec::IntoIter<SocketAddr>,
    token: Token,
    mut failure: Failure,
    around: &Surroundings<'_>,
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
