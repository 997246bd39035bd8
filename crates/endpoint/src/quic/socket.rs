//! The UDP socket of a listener, behind the emulated link: it holds and drops datagrams in both directions.
//!
//! QUIC sees a socket whose datagrams are late and get lost, and so has its own slow start, retransmissions and
//! round trips. It needs no privilege.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use host::arrival::{ReceivedDatagram, receive_datagram, stamp_arrivals};
use host::clock::now;
use model::time::{Moment, Span};
use model::witness::LinkEnd;
use quinn::udp::{RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, UdpPoller};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use crate::connection::witness::Arrival;
use crate::http2::session::StreamSettings;
use crate::link::datagrams::{DatagramConditions, DatagramLink, HeldDatagram, LostDatagram};
use crate::link::jitter::Direction;
use crate::quic::packets::{Exchanged, MadePacket, PacketObserver};
use crate::quic::witness::QuicWitness;
use crate::server::Server;
use crate::wake::{WakeTimer, before};

/// The size of a buffer for any datagram.
const LARGEST_DATAGRAM: usize = 64 * 1024;

/// How many clients are remembered. Those that still talk after that are met again.
const MOST_CLIENTS: usize = 4096;

/// The socket of one listener.
#[derive(Debug)]
pub(crate) struct LinkSocket {
    socket: UdpSocket,
    server: Arc<Server>,
    streams: StreamSettings,
    exchanged: Arc<Exchanged>,
    timer: WakeTimer,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    link: DatagramLink<Vec<MadePacket>>,
    clients: BTreeMap<SocketAddr, Client>,
    /// How many clients were met.
    met: u64,
    /// What has passed the link and waits for QUIC.
    passed: VecDeque<HeldDatagram<Vec<MadePacket>>>,
    /// The deadline that the timer is set to.
    armed: Option<Moment>,
    /// The deadline of the timer that woke the task last, until the lateness is measured.
    woken: Option<Moment>,
    /// Wakes the task that takes what has passed.
    waker: Option<Waker>,
    buffer: Box<[u8]>,
}

impl State {
    /// Opens the path of a client that is not known. Its number, which chooses its jitter and its losses, counts
    /// the clients of the listener.
    fn meet(&mut self, peer: SocketAddr, at: Moment) {
        if self.clients.contains_key(&peer) {
            return;
        }
        if self.clients.len() >= MOST_CLIENTS {
            self.clients.clear();
            self.link.close_all();
        }
        self.met += 1;
        self.link.open(peer, self.met);
        self.clients.insert(peer, Client { first: Some(at), ..Client::default() });
    }

    /// Puts a datagram on the link, and reports it if it gets lost.
    fn enter(&mut self, datagram: HeldDatagram<Vec<MadePacket>>) {
        let Some(LostDatagram { datagram, due }) = self.link.enter(datagram) else { return };
        match datagram.direction {
            Direction::Out => MadePacket::lost(&datagram.about, due),
            Direction::In => {
                if let Some(client) = self.clients.get_mut(&datagram.peer) {
                    client.lost(datagram.entered);
                }
            }
        }
    }
}

/// What is known of a client's address.
#[derive(Debug, Default)]
struct Client {
    /// When its first datagram arrived, until QUIC accepts its first connection.
    first: Option<Moment>,
    /// The arrival of its last datagram that passed the link.
    arrival: Option<Arrival>,
    /// The observer of its last connection.
    observer: Option<Weak<PacketObserver>>,
    /// When datagrams of it got lost before QUIC accepted a connection.
    lost_before: Vec<Moment>,
}

impl Client {
    /// A datagram of it got lost.
    fn lost(&mut self, at: Moment) {
        match &self.observer {
            Some(observer) => {
                if let Some(observer) = observer.upgrade() {
                    observer.witness().lost(LinkEnd::Server, at);
                }
            }
            None => self.lost_before.push(at),
        }
    }

    /// QUIC accepted a connection of it.
    fn opened(&mut self, observer: &Arc<PacketObserver>) {
        self.observer = Some(Arc::downgrade(observer));
        for at in std::mem::take(&mut self.lost_before) {
            observer.witness().lost(LinkEnd::Server, at);
        }
    }
}

impl LinkSocket {
    /// Puts a socket behind the link of a server.
    ///
    /// # Errors
    /// If no file descriptor is left for a timer.
    pub(crate) fn new(
        socket: UdpSocket,
        server: &Arc<Server>,
        streams: StreamSettings,
    ) -> io::Result<Self> {
        // Without kernel timestamps, datagrams are stamped when they are read.
        let _ = stamp_arrivals(&socket);
        let conditions = DatagramConditions {
            round_trip: server.round_trip,
            loss: server.loss,
            bottleneck: server.bottleneck.clone(),
        };
        let state = State {
            link: DatagramLink::new(conditions),
            clients: BTreeMap::new(),
            met: 0,
            passed: VecDeque::new(),
            armed: None,
            woken: None,
            waker: None,
            buffer: vec![0; LARGEST_DATAGRAM].into_boxed_slice(),
        };
        Ok(Self {
            socket,
            server: Arc::clone(server),
            streams,
            exchanged: Arc::default(),
            timer: WakeTimer::new()?,
            state: Mutex::new(state),
        })
    }

    /// The observer of the connection that a client opens with the datagram that passed last.
    pub(crate) fn observe_connection(&self, peer: SocketAddr) -> Arc<PacketObserver> {
        let mut state = self.state();
        let mut client = state.clients.get_mut(&peer);
        let arrival = client.as_ref().and_then(|client| client.arrival);
        let arrival = arrival.unwrap_or_else(|| Arrival { at: now(), hold: Span::ZERO });
        let first = client.as_mut().and_then(|client| client.first.take());
        let accepted = first.unwrap_or(arrival.at);
        let process = &self.server.process;
        let witness = QuicWitness::new(process, self.streams.limit, accepted, peer.port());
        let observer = PacketObserver::new(&self.exchanged, witness);
        observer.witness().packet_arrived(arrival);
        if let Some(client) = client {
            client.opened(&observer);
        }
        observer
    }

    /// Puts what has arrived on the link.
    fn read(&self, state: &mut State, context: &mut Context<'_>) -> io::Result<()> {
        while let Some(ReceivedDatagram { received, from }) = self.receive(state, context)? {
            let entered = received.at.into();
            state.meet(from, entered);
            state.enter(HeldDatagram {
                direction: Direction::In,
                peer: from,
                entered,
                bytes: state.buffer[..received.length].to_vec(),
                about: Vec::new(),
            });
        }
        Ok(())
    }

    /// What has arrived; nothing when the task will be woken for it.
    fn receive(
        &self,
        state: &mut State,
        context: &mut Context<'_>,
    ) -> io::Result<Option<ReceivedDatagram>> {
        loop {
            let Poll::Ready(ready) = self.socket.poll_recv_ready(context) else { return Ok(None) };
            ready?;
            let read = || receive_datagram(&self.socket, &mut state.buffer);
            match self.socket.try_io(Interest::READABLE, read) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // An earlier datagram found no socket at its client, which may have closed it.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                received => return received.map(Some),
            }
        }
    }

    /// Lets through what is due, and sets the timer for the rest.
    fn advance(&self, state: &mut State) -> io::Result<()> {
        let early = self.server.process.lateness.median();
        while let Some(datagram) = state.link.release(now() + early) {
            let at = now();
            if let Some(wake) = state.woken.take() {
                self.server.process.lateness.observe(at.since(wake));
            }
            match datagram.direction {
                Direction::In => self.pass_in(state, datagram, at),
                Direction::Out => self.write(&datagram, at),
            }
        }
        let wake = state.link.due().map(|due| before(due, early));
        if let Some(wake) = wake.filter(|wake| state.armed != Some(*wake)) {
            self.timer.set(wake)?;
            state.armed = Some(wake);
        }
        Ok(())
    }

    fn pass_in(&self, state: &mut State, datagram: HeldDatagram<Vec<MadePacket>>, at: Moment) {
        let arrival = Arrival { at: datagram.entered, hold: datagram.hold(at) };
        self.exchanged.passed(&datagram.bytes, arrival);
        if let Some(client) = state.clients.get_mut(&datagram.peer) {
            client.arrival = Some(arrival);
        }
        state.passed.push_back(datagram);
    }

    /// Writes a datagram. One that the kernel has no room for is lost, as on any network.
    fn write(&self, datagram: &HeldDatagram<Vec<MadePacket>>, at: Moment) {
        if self.socket.try_send_to(&datagram.bytes, datagram.peer).is_ok() {
            for packet in &datagram.about {
                packet.written(at);
            }
        }
    }

    /// Checks whether the timer has fired.
    fn poll_timer(&self, state: &mut State, context: &mut Context<'_>) -> io::Result<()> {
        while let Poll::Ready(fired) = self.timer.poll(context) {
            fired?;
            // The event may belong to an earlier deadline that was replaced.
            state.woken = state.armed.take_if(|wake| *wake <= now());
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsyncUdpSocket for LinkSocket {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Box::pin(AlwaysWritable)
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        let mut state = self.state();
        let entered = now();
        state.meet(transmit.destination, entered);
        state.enter(HeldDatagram {
            direction: Direction::Out,
            peer: transmit.destination,
            entered,
            bytes: transmit.contents.to_vec(),
            about: self.exchanged.take_made(),
        });
        self.advance(&mut state)?;
        if let Some(waker) = state.waker.as_ref().filter(|_| !state.passed.is_empty()) {
            waker.wake_by_ref();
        }
        Ok(())
    }

    fn poll_recv(
        &self,
        context: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        about: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.state();
        state.waker = Some(context.waker().clone());
        self.poll_timer(&mut state, context)?;
        self.read(&mut state, context)?;
        self.advance(&mut state)?;
        let mut count = 0;
        for (buffer, about) in buffers.iter_mut().zip(about) {
            let Some(datagram) = state.passed.pop_front() else { break };
            let length = datagram.bytes.len().min(buffer.len());
            buffer[..length].copy_from_slice(&datagram.bytes[..length]);
            *about = RecvMeta { addr: datagram.peer, len: length, stride: length, ..*about };
            count += 1;
        }
        if count == 0 { Poll::Pending } else { Poll::Ready(Ok(count)) }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

/// The link takes every datagram.
#[derive(Debug)]
struct AlwaysWritable;

impl UdpPoller for AlwaysWritable {
    fn poll_writable(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
