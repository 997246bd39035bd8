//! What all connections of a listener share: the link's settings and the handler.
//!
//! What needs a lock exists only if the link asks for it.

pub(crate) mod capacity;
pub(crate) mod handler;
pub(crate) mod throttle;

use std::sync::Arc;

use model::http_version::HttpVersion;
use model::link::{LARGEST_BODY, Link, Loss, Rate};
use rustls::ServerConfig;

use crate::error::EndpointError;
use crate::http2::session::StreamSettings;
use crate::link::bottleneck::Bottleneck;
use crate::link::delay::RoundTrip;
use crate::link::lateness::Lateness;
use crate::link::outbound::WriteMode;
use crate::observer::Observer;
use crate::server::capacity::Capacity;
use crate::server::handler::Handler;
use crate::tls::authority::TlsSettings;

/// What a connection of HTTP/2 holds on a link without a bottleneck, in bytes: more than the kernels
/// of servers do by default.
const LARGEST_SEND_BUFFER: usize = 16 << 20;

/// What it holds beyond what is on its way through a bottleneck, in bytes.
const SPARE_SEND_BUFFER: usize = 256 << 10;

/// What all listeners of the process share.
#[derive(Debug)]
pub(crate) struct EndpointProcess {
    /// The rows of the witness.
    pub(crate) observer: Observer,
    /// How late the process is woken.
    pub(crate) lateness: Lateness,
}

/// The server behind one listener.
#[derive(Debug)]
pub(crate) struct Server {
    /// What all listeners share.
    pub(crate) process: Arc<EndpointProcess>,
    /// The round trip of the link.
    pub(crate) round_trip: RoundTrip,
    /// The bottleneck that all responses pass, if the link has a bandwidth.
    pub(crate) bottleneck: Option<Arc<Bottleneck>>,
    /// The share of datagrams that get lost.
    pub(crate) loss: Option<Loss>,
    /// The TLS settings, if it speaks TLS.
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// The TLS settings of QUIC, if it offers HTTP/3.
    pub(crate) quic: Option<Arc<ServerConfig>>,
    /// The streams of HTTP/2, if it offers that version.
    pub(crate) streams: Option<StreamSettings>,
    /// How many bytes of HTTP/2 a connection holds before the server produces no more.
    pub(crate) send_buffer: usize,
    /// How responses are written.
    pub(crate) write_mode: WriteMode,
    /// How many requests are handled at once, if that is limited.
    pub(crate) capacity: Option<Arc<Capacity>>,
    /// The handler.
    pub(crate) handler: Handler,
}

impl Server {
    /// A server behind this link.
    ///
    /// # Errors
    /// When the link's body size is too large, or it is to offer HTTP/3 without TLS.
    pub(crate) fn new(
        link: &Link,
        tls: &TlsSettings,
        process: &Arc<EndpointProcess>,
    ) -> Result<Self, EndpointError> {
        if let Some(bytes) = link.body.filter(|&bytes| bytes > LARGEST_BODY) {
            return Err(EndpointError::LargeBody(bytes));
        }
        let offers_http3 = link.http == HttpVersion::Http3;
        if offers_http3 && !link.tls {
            return Err(EndpointError::Http3WithoutTls);
        }
        Ok(Self {
            process: Arc::clone(process),
            round_trip: RoundTrip { base: link.rtt, jitter: link.jitter },
            bottleneck: link.bandwidth.map(|rate| Arc::new(Bottleneck::new(rate))),
            loss: link.loss,
            quic: offers_http3.then(|| Arc::clone(tls.quic())),
            tls: link.tls.then(|| Arc::clone(tls.up_to(link.http))),
            streams: stream_settings(link),
            send_buffer: send_buffer(link),
            write_mode: if link.fault.nagle { WriteMode::HeadSeparately } else { WriteMode::Whole },
            capacity: link.capacity.map(|requests| Arc::new(Capacity::new(requests))),
            handler: Handler::new(link),
        })
    }
}

fn stream_settings(link: &Link) -> Option<StreamSettings> {
    (link.http != HttpVersion::Http1)
        .then_some(StreamSettings { limit: link.streams, window: link.window })
}

/// Enough to keep the bottleneck busy. More would make each response wait for all that was ready
/// before it, because the order of the streams' frames is fixed once they are produced.
fn send_buffer(link: &Link) -> usize {
    let on_the_way = |rate: Rate| usize::try_from(rate.bytes_in(link.rtt + link.jitter)).ok();
    let held = link.bandwidth.and_then(on_the_way).map(|bytes| bytes + SPARE_SEND_BUFFER);
    held.map_or(LARGEST_SEND_BUFFER, |held| held.min(LARGEST_SEND_BUFFER))
}
