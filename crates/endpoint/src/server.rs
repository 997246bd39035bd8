//! What all connections of a listener share: the link's conditions and the handler behind it.
//!
//! What is shared behind a lock is there only where the link asks for it.

use std::sync::Arc;

use model::link::{LARGEST_BODY, Link};
use model::time::Span;
use rustls::ServerConfig;

use crate::bottleneck::Bottleneck;
use crate::deadline::Holds;
use crate::error::EndpointError;
use crate::handler::Handler;
use crate::lateness::Lateness;
use crate::observer::Observer;
use crate::outbound::Writes;
use crate::turns::Turns;

/// What all listeners of the process share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Who is told what happens.
    pub(crate) observer: Observer,
    /// By how much the process is woken late.
    pub(crate) lateness: Lateness,
}

/// The server behind one listener.
#[derive(Debug)]
pub(crate) struct Server {
    /// What it shares with the others.
    pub(crate) shared: Arc<Shared>,
    /// How long the link holds what passes.
    pub(crate) holds: Holds,
    /// By how much longer a round trip may last.
    pub(crate) jitter: Span,
    /// Through what all that it says must pass, where the link is narrow.
    pub(crate) bottleneck: Option<Arc<Bottleneck>>,
    /// The settings of its TLS, if it speaks that.
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// How its answers are written.
    pub(crate) writes: Writes,
    /// Whose turn it is to be handled, where there are not enough for all.
    pub(crate) turns: Option<Arc<Turns>>,
    /// Who answers.
    pub(crate) handler: Handler,
}

impl Server {
    /// A server behind this link.
    ///
    /// # Errors
    /// When the body is too large.
    pub(crate) fn new(
        link: &Link,
        tls: &Arc<ServerConfig>,
        shared: &Arc<Shared>,
    ) -> Result<Self, EndpointError> {
        if let Some(bytes) = link.body.filter(|&bytes| bytes > LARGEST_BODY) {
            return Err(EndpointError::LargeBody(bytes));
        }
        Ok(Self {
            shared: Arc::clone(shared),
            holds: Holds::of(link.rtt),
            jitter: link.jitter,
            bottleneck: link.bandwidth.map(|rate| Arc::new(Bottleneck::new(rate))),
            tls: link.tls.then(|| Arc::clone(tls)),
            writes: if link.fault.nagle { Writes::HeadApart } else { Writes::Whole },
            turns: link.capacity.map(|capacity| Arc::new(Turns::new(capacity))),
            handler: Handler::new(link),
        })
    }
}
