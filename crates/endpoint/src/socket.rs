//! The task that carries a connection's bytes between its socket and its state machine.
//!
//! It creates its timer when something is held for the first time. A link without delay needs
//! neither a timer nor a second wake-up.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use host::arrival::{Received, receive};
use host::clock::now;
use model::time::Moment;
use tokio::io::{AsyncWrite, Interest};
use tokio::net::TcpStream;

use crate::connection::Connection;
use crate::server::EndpointProcess;
use crate::wake::{WakeTimer, before};

/// How much is read at once.
const PIECE: usize = 16 * 1024;

/// Serves a connection until it is over.
pub(crate) async fn serve_connection(
    socket: TcpStream,
    connection: Connection,
    process: Arc<EndpointProcess>,
) {
    let mut task = SocketTask {
        socket,
        connection,
        process,
        timer: None,
        armed: None,
        woken: None,
        piece: vec![0; PIECE].into_boxed_slice(),
    };
    if poll_fn(|context| task.poll(context)).await.is_err() {
        task.connection.broke(now());
    }
}

struct SocketTask {
    socket: TcpStream,
    connection: Connection,
    process: Arc<EndpointProcess>,
    timer: Option<WakeTimer>,
    /// The deadline that the timer is set to.
    armed: Option<Moment>,
    /// The deadline of the timer that woke the task this time.
    woken: Option<Moment>,
    piece: Box<[u8]>,
}

/// Whether a step changed anything.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Moved,
    Still,
}

impl SocketTask {
    /// Works until only the socket, the timer or a permit can wake it.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.woken = None;
        loop {
            let had_room = self.connection.wants_bytes();
            let steps = [self.poll_timer(context)?, self.read(context)?];
            let early = self.process.lateness.median();
            self.connection.advance(&now, early);
            let written = self.write(context)?;
            if self.connection.is_over(now() + early) {
                return Poll::Ready(Ok(()));
            }
            let has_room = self.connection.wants_bytes();
            if steps.contains(&Step::Moved) || written == Step::Moved || has_room != had_room {
                continue;
            }
            if self.take_permit(context) == Step::Moved {
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

    /// Takes the permit that a request waits for, or registers to be woken when it comes.
    fn take_permit(&mut self, context: &mut Context<'_>) -> Step {
        let Some(place) = self.connection.queue_place() else { return Step::Still };
        match Pin::new(place).poll(context) {
            Poll::Ready(Ok(permit)) => {
                self.connection.admit(permit, now());
                Step::Moved
            }
            // The server outlives its connections, so a queued permit always comes.
            Poll::Ready(Err(_)) | Poll::Pending => Step::Still,
        }
    }

    fn write(&mut self, context: &mut Context<'_>) -> io::Result<Step> {
        let mut step = Step::Still;
        while !self.connection.wire().is_empty() {
            // Stamped before the write: the client may read the bytes before the write returns.
            let at = now();
            if let Some(wake) = self.woken.take() {
                self.process.lateness.observe(at.since(wake));
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
            self.timer = Some(WakeTimer::new()?);
        }
        if let Some(timer) = &self.timer {
            timer.set(wake)?;
        }
        self.armed = Some(wake);
        Ok(())
    }

    /// Checks whether the timer has fired.
    ///
    /// Lateness is measured at the write that follows. A request that passed the link late is
    /// answered earlier to compensate, but a late write stays late.
    fn poll_timer(&mut self, context: &mut Context<'_>) -> io::Result<Step> {
        let Some(timer) = &self.timer else { return Ok(Step::Still) };
        let Poll::Ready(fired) = timer.poll(context) else { return Ok(Step::Still) };
        fired?;
        // The event may belong to an earlier deadline that was replaced.
        self.woken = self.armed.take_if(|wake| *wake <= now());
        Ok(Step::Moved)
    }
}
