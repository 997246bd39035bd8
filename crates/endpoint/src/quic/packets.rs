//! Sees the plaintext of a connection's packets: keys that pass everything on to those of the TLS library.
//!
//! QUIC encrypts nearly everything, and the library shows no frames. Its keys are the one place that every packet
//! passes as plaintext. It changes nothing.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::BytesMut;
use host::clock::now;
use model::time::{Moment, Span};
use model::witness::LinkEnd;
use quinn::crypto::rustls::HandshakeData;
use quinn::crypto::{
    CryptoError, ExportKeyingMaterialError, HeaderKey, KeyPair, Keys, PacketKey, ServerConfig,
    Session, UnsupportedVersion,
};
use quinn::{ConnectionId, Side};
use quinn_proto::TransportError;
use quinn_proto::transport_parameters::TransportParameters;

use crate::connection::witness::Arrival;
use crate::quic::frames::{Frames, QuicFrame, Space};
use crate::quic::witness::QuicWitness;

/// The authentication tag at the end of each packet. It identifies the packet before and after decryption.
pub(crate) type Tag = [u8; 16];

/// The arrivals that are kept at most. Only datagrams that cannot be decrypted stay.
const MOST_ARRIVALS: usize = 4096;

/// The type of the message with the server's certificate in TLS 1.3, which no resumed handshake has (RFC 8446,
/// section 4).
const CERTIFICATE: u8 = 11;

/// What the socket and the connections of a listener tell each other. All of it happens on one thread, and a
/// connection hands a datagram to the socket as soon as it has made its packets.
#[derive(Debug, Default)]
pub(crate) struct Exchanged {
    arrivals: Mutex<Arrivals>,
    made: Mutex<Vec<MadePacket>>,
}

#[derive(Debug, Default)]
struct Arrivals {
    /// By the last tag of the datagram.
    by_tag: BTreeMap<Tag, Arrival>,
    latest: Option<Arrival>,
}

/// A packet that a connection has made.
#[derive(Debug)]
pub(crate) struct MadePacket {
    observer: Arc<PacketObserver>,
    space: Space,
    frames: Vec<QuicFrame>,
    made: Moment,
}

impl Exchanged {
    /// A datagram passed the link.
    pub(crate) fn passed(&self, datagram: &[u8], arrival: Arrival) {
        let mut arrivals = locked(&self.arrivals);
        arrivals.latest = Some(arrival);
        if let Some(tag) = datagram.last_chunk::<16>() {
            if arrivals.by_tag.len() >= MOST_ARRIVALS {
                arrivals.by_tag.clear();
            }
            arrivals.by_tag.insert(*tag, arrival);
        }
    }

    /// The packets that were made since this was last asked: those of the datagram that is handed over.
    pub(crate) fn take_made(&self) -> Vec<MadePacket> {
        std::mem::take(&mut locked(&self.made))
    }

    /// The arrival of a packet. One that is not the last of its datagram takes the latest arrival.
    fn arrival(&self, tag: Option<&Tag>) -> Arrival {
        let mut arrivals = locked(&self.arrivals);
        let found = tag.and_then(|tag| arrivals.by_tag.remove(tag)).or(arrivals.latest);
        found.unwrap_or_else(|| Arrival { at: now(), hold: Span::ZERO })
    }
}

impl MadePacket {
    /// The datagram with the packet was written at `at`.
    pub(crate) fn written(&self, at: Moment) {
        let mut witness = self.observer.witness();
        for frame in &self.frames {
            witness.frame_written(self.space, *frame, self.made, at);
        }
    }

    /// The datagram with these packets, which would have been written at `due`, got lost.
    pub(crate) fn lost(packets: &[Self], due: Moment) {
        let Some(first) = packets.first() else { return };
        first.observer.witness().lost(LinkEnd::Client, due);
        for packet in packets {
            let mut witness = packet.observer.witness();
            for frame in &packet.frames {
                witness.frame_lost(*frame, due);
            }
        }
    }
}

/// The observer of one connection's packets.
#[derive(Debug)]
pub(crate) struct PacketObserver {
    exchanged: Arc<Exchanged>,
    witness: Mutex<QuicWitness>,
}

impl PacketObserver {
    /// Reports what it sees to `witness`.
    pub(crate) fn new(exchanged: &Arc<Exchanged>, witness: QuicWitness) -> Arc<Self> {
        Arc::new(Self { exchanged: Arc::clone(exchanged), witness: Mutex::new(witness) })
    }

    /// The witness.
    pub(crate) fn witness(&self) -> MutexGuard<'_, QuicWitness> {
        locked(&self.witness)
    }

    fn arrived(&self, space: Space, plaintext: &[u8], tag: Option<&Tag>) {
        let arrival = self.exchanged.arrival(tag);
        let mut witness = self.witness();
        if witness.discards(space) {
            return;
        }
        witness.packet_arrived(arrival);
        for frame in Frames::of(plaintext) {
            witness.frame_arrived(frame);
        }
    }

    fn made(self: &Arc<Self>, space: Space, plaintext: &[u8]) {
        let frames = Frames::of(plaintext).collect();
        let packet = MadePacket { observer: Arc::clone(self), space, frames, made: now() };
        locked(&self.exchanged.made).push(packet);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// TLS settings of one connection, whose packets are observed.
pub(crate) struct ObservedTls {
    tls: Arc<dyn ServerConfig>,
    observer: Arc<PacketObserver>,
}

impl ObservedTls {
    /// Observes the packets of the connection that uses these settings.
    pub(crate) fn new(tls: &Arc<dyn ServerConfig>, observer: &Arc<PacketObserver>) -> Self {
        Self { tls: Arc::clone(tls), observer: Arc::clone(observer) }
    }
}

impl ServerConfig for ObservedTls {
    fn initial_keys(&self, version: u32, id: &ConnectionId) -> Result<Keys, UnsupportedVersion> {
        self.tls.initial_keys(version, id)
    }

    fn retry_tag(&self, version: u32, id: &ConnectionId, packet: &[u8]) -> Tag {
        self.tls.retry_tag(version, id, packet)
    }

    fn start_session(
        self: Arc<Self>,
        version: u32,
        parameters: &TransportParameters,
    ) -> Box<dyn Session> {
        Box::new(ObservedSession {
            session: Arc::clone(&self.tls).start_session(version, parameters),
            observer: Arc::clone(&self.observer),
            next: Space::Handshake,
            certificate: CertificateMessage::Absent,
        })
    }
}

struct ObservedSession {
    session: Box<dyn Session>,
    observer: Arc<PacketObserver>,
    /// The space of the keys that the handshake gives next.
    next: Space,
    certificate: CertificateMessage,
}

/// Whether the server's handshake messages hold its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CertificateMessage {
    Absent,
    Present,
}

impl ObservedSession {
    fn observe(&self, space: Space, keys: Keys) -> Keys {
        Keys { header: keys.header, packet: self.observe_pair(space, keys.packet) }
    }

    fn observe_pair(
        &self,
        space: Space,
        pair: KeyPair<Box<dyn PacketKey>>,
    ) -> KeyPair<Box<dyn PacketKey>> {
        let observe = |key| -> Box<dyn PacketKey> {
            Box::new(ObservedKey { key, space, observer: Arc::clone(&self.observer) })
        };
        KeyPair { local: observe(pair.local), remote: observe(pair.remote) }
    }

    fn agreed(&self) {
        let data = self.session.handshake_data().and_then(|data| data.downcast().ok());
        let alpn = data.and_then(|data: Box<HandshakeData>| data.protocol);
        let alpn = alpn.map(|name| String::from_utf8_lossy(&name).into_owned());
        self.observer.witness().agreed(self.certificate == CertificateMessage::Absent, alpn);
    }
}

impl Session for ObservedSession {
    fn initial_keys(&self, id: &ConnectionId, side: Side) -> Keys {
        self.observe(Space::Initial, self.session.initial_keys(id, side))
    }

    fn handshake_data(&self) -> Option<Box<dyn Any>> {
        self.session.handshake_data()
    }

    fn peer_identity(&self) -> Option<Box<dyn Any>> {
        self.session.peer_identity()
    }

    fn early_crypto(&self) -> Option<(Box<dyn HeaderKey>, Box<dyn PacketKey>)> {
        self.session.early_crypto()
    }

    fn early_data_accepted(&self) -> Option<bool> {
        self.session.early_data_accepted()
    }

    fn is_handshaking(&self) -> bool {
        self.session.is_handshaking()
    }

    fn read_handshake(&mut self, bytes: &[u8]) -> Result<bool, TransportError> {
        let was_handshaking = self.session.is_handshaking();
        let read = self.session.read_handshake(bytes);
        if was_handshaking && !self.session.is_handshaking() {
            self.agreed();
        }
        read
    }

    fn transport_parameters(&self) -> Result<Option<TransportParameters>, TransportError> {
        self.session.transport_parameters()
    }

    fn write_handshake(&mut self, messages: &mut Vec<u8>) -> Option<Keys> {
        let start = messages.len();
        let keys = self.session.write_handshake(messages);
        if message_types(&messages[start..]).any(|kind| kind == CERTIFICATE) {
            self.certificate = CertificateMessage::Present;
        }
        let observed = self.observe(self.next, keys?);
        self.next = Space::Data;
        Some(observed)
    }

    fn next_1rtt_keys(&mut self) -> Option<KeyPair<Box<dyn PacketKey>>> {
        let pair = self.session.next_1rtt_keys()?;
        Some(self.observe_pair(Space::Data, pair))
    }

    fn is_valid_retry(&self, id: &ConnectionId, header: &[u8], payload: &[u8]) -> bool {
        self.session.is_valid_retry(id, header, payload)
    }

    fn export_keying_material(
        &self,
        output: &mut [u8],
        label: &[u8],
        context: &[u8],
    ) -> Result<(), ExportKeyingMaterialError> {
        self.session.export_keying_material(output, label, context)
    }
}

/// The types of handshake messages of TLS: each has a type of one byte and a length of three.
fn message_types(messages: &[u8]) -> impl Iterator<Item = u8> {
    let mut rest = messages;
    std::iter::from_fn(move || {
        let ([kind, length @ ..], body) = rest.split_first_chunk::<4>()?;
        let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        rest = body.get(length..).unwrap_or_default();
        Some(*kind)
    })
}

struct ObservedKey {
    key: Box<dyn PacketKey>,
    space: Space,
    observer: Arc<PacketObserver>,
}

impl PacketKey for ObservedKey {
    fn encrypt(&self, number: u64, packet: &mut [u8], header: usize) {
        let end = packet.len().saturating_sub(self.key.tag_len());
        self.observer.made(self.space, packet.get(header..end).unwrap_or_default());
        self.key.encrypt(number, packet, header);
    }

    fn decrypt(
        &self,
        number: u64,
        header: &[u8],
        payload: &mut BytesMut,
    ) -> Result<(), CryptoError> {
        let tag = payload.last_chunk::<16>().copied();
        self.key.decrypt(number, header, payload)?;
        self.observer.arrived(self.space, payload, tag.as_ref());
        Ok(())
    }

    fn tag_len(&self) -> usize {
        self.key.tag_len()
    }

    fn confidentiality_limit(&self) -> u64 {
        self.key.confidentiality_limit()
    }

    fn integrity_limit(&self) -> u64 {
        self.key.integrity_limit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_types_of_handshake_messages() {
        let messages = [8, 0, 0, 2, 1, 2, 11, 0, 0, 1, 9, 20, 0, 0, 0];
        assert_eq!(message_types(&messages).collect::<Vec<_>>(), [8, 11, 20]);
        assert_eq!(message_types(&messages[..8]).collect::<Vec<_>>(), [8]);
        assert_eq!(message_types(&messages[..11]).collect::<Vec<_>>(), [8, 11]);
    }

    #[test]
    fn finds_the_arrival_of_a_packet_by_its_tag() {
        let exchanged = Exchanged::default();
        let arrival = |micros: u64| Arrival { at: Moment::from_nanos(micros), hold: Span::ZERO };
        let datagram = |last: u8| [vec![7; 30], vec![last; 16]].concat();
        for (number, last) in [(1, 1), (2, 2), (3, 3)] {
            exchanged.passed(&datagram(last), arrival(number));
        }
        assert_eq!(exchanged.arrival(Some(&[2; 16])).at, Moment::from_nanos(2));
        assert_eq!(exchanged.arrival(Some(&[1; 16])).at, Moment::from_nanos(1));
        assert_eq!(exchanged.arrival(Some(&[9; 16])).at, Moment::from_nanos(3), "the latest");
    }
}
