//! The task that carries a connection's bytes between its socket and its state machine.
//!
//! It has one timer, made when something is held for the first time: a link without delay costs
//! neither a timer nor a second wake-up.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use host::arrival::{Received, receive};
use host::clock;
use host::timer::DeadlineTimer;
use model::time::{Moment, Span};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncWrite, Interest};
use tokio::net::TcpStream;

use crate::connection::Connection;
use crate::server::Shared;

/// How much is read at once.
const PIECE: usize = 16 * 1024;

/// The clock's reading.
pub(crate) fn now() -> Moment {
    clock::monotonic().into()
}

/// Serves a connection until it is over.
pub(crate) async fn carry(socket: TcpStream, connection: Connection, shared: Arc<Shared>) {
    let mut carrier = Carrier {
        socket,
        connection,
        shared,
        timer: None,
        armed: None,
        woken: None,
        piece: vec![0; PIECE].into_boxed_slice(),
    };
    if poll_fn(|context| carrier.poll(context)).await.is_err() {
        carrier.connection.broke(now());
    }
}

struct Carrier {
    socket: TcpStream,
    connection: Connection,
    shared: Arc<Shared>,
    timer: Option<AsyncFd<DeadlineTimer>>,
    /// For when the timer is set.
    armed: Option<Moment>,
    /// For when the timer was set that woke the task this time.
    woken: Option<Moment>,
    piece: Box<[u8]>,
}

/// Whether a step changed anything.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Moved,
    Still,
}

impl Carrier {
    /// Goes on until nothing can be done before the socket or the timer wakes it.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.woken = None;
        loop {
            let had_room = self.connection.wants_bytes();
            let steps = [self.poll_timer(context)?, self.read(context)?];
            let early = self.shared.lateness.usual();
            self.connection.advance(&now, early);
            let written = self.write(context)?;
            if self.connection.is_over(now() + early) {
                return Poll::Ready(Ok(()));
            }
            let has_room = self.connection.wants_bytes();
            if steps.contains(&Step::Moved) || written == Step::Moved || has_room != had_room {
                continue;
            }
            if self.take_turn(context) == Step::Moved {
                continue;
            }
            let Some(due) = self.connection.due() else { return Poll::Pending };
            let wake = before(due, early);
            if wake > now() {
                self.set_timer(wake)?;
                if self.poll_timer(context)? == Step::Still {
                    return Poll::Pending;
                }
            }
        }
    }

    fn read(&mut self, context: &mut Context<'_>) -> io::Result<Step> {
        if !self.connection.wants_bytes() {
            return Ok(Step::Still);
        }
        let Some(received) = self.receive(context)? else { return Ok(Step::Still) };
        match &self.piece[..received.length] {
            [] => self.connection.ended(received.at.into()),
            bytes => self.connection.arrived(bytes, received.at.into()),
        }
        Ok(Step::Moved)
    }

    /// What has arrived; nothing when the task will be woken for it.
    fn receive(&mut self, context: &mut Context<'_>) -> io::Result<Option<Received>> {
        loop {
            let Poll::Ready(ready) = self.socket.poll_read_ready(context) else { return Ok(None) };
            ready?;
            let Self { socket, piece, .. } = self;
            match socket.try_io(Interest::READABLE, || receive(socket, piece)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                received => return received.map(Some),
            }
        }
    }

    /// Sees whether the turn has come for which a request waits; the task is woken for it if not.
    fn take_turn(&mut self, context: &mut Context<'_>) -> Step {
        let Some(place) = self.connection.place() else { return Step::Still };
        match Pin::new(place).poll(context) {
            Poll::Ready(Ok(turn)) => {
                self.connection.admit(turn, now());
                Step::Moved
            }
            // Turns end with the server, which outlives its connections.
            Poll::Ready(Err(_)) | Poll::Pending => Step::Still,
        }
    }

    fn write(&mut self, context: &mut Context<'_>) -> io::Result<Step> {
        let mut step = Step::Still;
        while !self.connection.wire().is_empty() {
            // Before the write, for the client may have read the bytes before it returns.
            let at = now();
            if let Some(wake) = self.woken.take() {
                self.shared.lateness.observe(at.since(wake));
            }
            let wire = self.connection.wire();
            let Poll::Ready(length) = Pin::new(&mut self.socket).poll_write(context, wire) else {
                return Ok(step);
            };
            self.connection.took(length?, at);
            step = Step::Moved;
        }
        if self.connection.wants_shutdown()
            && let Poll::Ready(closed) = Pin::new(&mut self.socket).poll_shutdown(context)
        {
            closed?;
            self.connection.shut(now());
            step = Step::Moved;
        }
        Ok(step)
    }

    fn set_timer(&mut self, wake: Moment) -> io::Result<()> {
        if self.armed == Some(wake) {
            return Ok(());
        }
        if self.timer.is_none() {
            self.timer = Some(register(DeadlineTimer::new()?)?);
        }
        if let Some(timer) = &self.timer {
            timer.get_ref().set(Duration::from_nanos(wake.as_nanos()))?;
        }
        self.armed = Some(wake);
        Ok(())
    }

    /// Sees whether the timer has gone off.
    ///
    /// What counts as lateness is told only by the write that follows: a request whose bytes were
    /// let through late is answered the sooner for it, but what is written late stays late.
    fn poll_timer(&mut self, context: &mut Context<'_>) -> io::Result<Step> {
        let Some(timer) = &self.timer else { return Ok(Step::Still) };
        let Poll::Ready(ready) = timer.poll_read_ready(context) else { return Ok(Step::Still) };
        ready?.clear_ready();
        // The runtime may still remember an earlier deadline, which was replaced.
        self.woken = self.armed.take_if(|wake| *wake <= now());
        Ok(Step::Moved)
    }
}

#[expect(
    deprecated,
    reason = "what came after it is unsafe, for types that change their descriptor; this one does not"
)]
fn register(timer: DeadlineTimer) -> io::Result<AsyncFd<DeadlineTimer>> {
    AsyncFd::with_interest(timer, Interest::READABLE)
}

/// The moment that lies so much before another.
fn before(moment: Moment, span: Span) -> Moment {
    Moment::from_nanos(moment.as_nanos().saturating_sub(span.as_nanos()))
}
