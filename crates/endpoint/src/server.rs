//! What all connections of a listener share: the link's settings and the handler.
//!
//! What needs a lock exists only if the link asks for it.

pub(crate) mod capacity;
pub(crate) mod handler;
pub(crate) mod throttle;

use std::sync::Arc;

use model::link::{LARGEST_BODY, Link};
use rustls::ServerConfig;

use crate::error::EndpointError;
use crate::link::bottleneck::Bottleneck;
use crate::link::delay::RoundTrip;
use crate::link::lateness::Lateness;
use crate::link::outbound::WriteMode;
use crate::observer::Observer;
use crate::server::capacity::Capacity;
use crate::server::handler::Handler;

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
    /// The TLS settings, if it speaks TLS.
    pub(crate) tls: Option<Arc<ServerConfig>>,
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
    /// When the link's body size is too large.
    pub(crate) fn new(
        link: &Link,
        tls: &Arc<ServerConfig>,
        process: &Arc<EndpointProcess>,
    ) -> Result<Self, EndpointError> {
        if let Some(bytes) = link.body.filter(|&bytes| bytes > LARGEST_BODY) {
            return Err(EndpointError::LargeBody(bytes));
        }
        Ok(Self {
            process: Arc::clone(process),
            round_trip: RoundTrip { base: link.rtt, jitter: link.jitter },
            bottleneck: link.bandwidth.map(|rate| Arc::new(Bottleneck::new(rate))),
            tls: link.tls.then(|| Arc::clone(tls)),
            write_mode: if link.fault.nagle { WriteMode::HeadSeparately } else { WriteMode::Whole },
            capacity: link.capacity.map(|requests| Arc::new(Capacity::new(requests))),
            handler: Handler::new(link),
        })
    }
}
