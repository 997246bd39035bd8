//! The connections that reqwest opened, seen by a layer around its connector.
//!
//! The layer sees one call for lookup, TCP and TLS together. So its begin is that of the TCP connection only
//! where no name is looked up, and its end is the end of the handshake, or of the connect without TLS.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use ::reqwest::Url;
use hyper::http::Extensions;
use hyper_util::client::legacy::connect::{Connection, HttpInfo};
use model::time::Moment;
use model::trace::Milestone;
use tower_layer::Layer;
use tower_service::Service;

use crate::probe::{ConnectionOrdinal, Probe};
use crate::request::is_name;
use host::clock::now;

/// The open connections of a client, by their own addresses.
#[derive(Debug, Default)]
pub(super) struct OpenConnections(Mutex<HashMap<SocketAddr, OpenConnection>>);

/// A connection, and its opening until a request claims it.
#[derive(Debug)]
struct OpenConnection {
    ordinal: ConnectionOrdinal,
    opening: Option<Opening>,
}

/// When a connection was asked for, and when it was open.
#[derive(Debug)]
struct Opening {
    begin: Moment,
    end: Moment,
}

impl OpenConnections {
    fn add(&self, connection: &impl Connection, opening: Opening) {
        let mut extensions = Extensions::new();
        connection.connected().get_extras(&mut extensions);
        let Some(address) = local_address(&extensions) else { return };
        let ordinal = ConnectionOrdinal::next();
        self.with(|open| open.insert(address, OpenConnection { ordinal, opening: Some(opening) }));
    }

    /// Reports the connection of a response to its request, with the opening if it was for this request.
    pub(super) fn report(&self, url: &Url, response: &Extensions, probe: &Probe) {
        let Some(address) = local_address(response) else { return };
        let found = self
            .with(|open| open.get_mut(&address).map(|found| (found.ordinal, found.opening.take())));
        let Some((ordinal, opening)) = found else { return };
        probe.connection(ordinal);
        if let Some(opening) = opening {
            opening.report_to(probe, url);
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<SocketAddr, OpenConnection>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn local_address(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get::<HttpInfo>().map(HttpInfo::local_addr)
}

impl Opening {
    /// Reports the opening to a request, unless it began before the request started.
    fn report_to(&self, probe: &Probe, url: &Url) {
        if probe.at(Milestone::Started).is_none_or(|started| self.begin < started) {
            return;
        }
        if url.host_str().is_some_and(|host| !is_name(host.trim_matches(['[', ']']))) {
            probe.mark_at(Milestone::Connecting, self.begin);
        }
        let open = if url.scheme() == "https" { Milestone::Secured } else { Milestone::Connected };
        probe.mark_at(open, self.end);
    }
}

/// Puts an [`ObservedConnector`] around the connector of a client.
#[derive(Clone)]
pub(super) struct ConnectorLayer(Arc<OpenConnections>);

impl ConnectorLayer {
    pub(super) fn new(connections: &Arc<OpenConnections>) -> Self {
        Self(Arc::clone(connections))
    }
}

impl<S> Layer<S> for ConnectorLayer {
    type Service = ObservedConnector<S>;

    fn layer(&self, inner: S) -> ObservedConnector<S> {
        ObservedConnector { inner, connections: Arc::clone(&self.0) }
    }
}

/// A connector whose connections are noted.
#[derive(Clone)]
pub(super) struct ObservedConnector<S> {
    inner: S,
    connections: Arc<OpenConnections>,
}

impl<S, R> Service<R> for ObservedConnector<S>
where
    S: Service<R>,
    S::Response: Connection,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, target: R) -> Self::Future {
        let begin = now();
        let opening = self.inner.call(target);
        let connections = Arc::clone(&self.connections);
        Box::pin(async move {
            let connection = opening.await?;
            connections.add(&connection, Opening { begin, end: now() });
            Ok(connection)
        })
    }
}
