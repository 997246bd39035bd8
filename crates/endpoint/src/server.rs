//! What all connections of a listener share: the link's conditions and the resources behind it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use model::link::{LARGEST_BODY, Link};
use model::time::Span;
use rustls::ServerConfig;

use crate::deadline::Holds;
use crate::error::EndpointError;
use crate::lateness::Lateness;
use crate::observer::Observer;
use crate::response::Resources;

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
    /// The settings of its TLS, if it speaks that.
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// What it serves.
    pub(crate) resources: Resources,
    think: AtomicU64,
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
            tls: link.tls.then(|| Arc::clone(tls)),
            resources: Resources::new(link.body),
            think: AtomicU64::new(link.think.as_nanos()),
        })
    }

    /// How long the handler thinks before it answers.
    pub(crate) fn think(&self) -> Span {
        Span::from_nanos(self.think.load(Ordering::Relaxed))
    }

    /// Changes that from now on.
    pub(crate) fn set_think(&self, time: Span) {
        self.think.store(time.as_nanos(), Ordering::Relaxed);
    }
}
