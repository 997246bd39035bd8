//! What a client needs to open a session. It is read before the first trial, so that no trial pays
//! for it.

use std::sync::Arc;

use model::driver_protocol::{DriverError, DriverErrorKind, Preparation};
use model::http_version::HttpVersion;
use model::strategy::StrategySpec;
use model::target::Target;
use model::time::Span;
use rustls::ClientConfig;

use crate::conditions::{AskedVersion, Settings};
use crate::request::{self, PreparedRequest};
use crate::tls::{Roots, client_config};
use crate::trial::Tracing;

/// Which requests are kept ready to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeptRequests {
    All,
    /// The first: the client makes its own form of all of them from the target.
    First,
}

/// What a client needs to open a session.
pub(crate) struct ClientSetup {
    /// The requests, ready to be sent; the first of them for a client that keeps its own form of them.
    pub(crate) requests: Arc<[PreparedRequest]>,
    /// What is fetched.
    pub(crate) target: Target,
    /// The trusted certificates.
    pub(crate) roots: Roots,
    /// A value for every condition.
    pub(crate) settings: Settings,
    /// Whether milestones are taken.
    pub(crate) tracing: Tracing,
    /// How long a trial may take.
    pub(crate) time_limit: Span,
    /// Whether any of the requests needs TLS.
    pub(crate) needs_tls: bool,
}

impl ClientSetup {
    /// Reads a preparation of the strategy that `spec` describes.
    ///
    /// # Errors
    /// When a condition or the target cannot be used.
    pub(crate) fn read(
        spec: &StrategySpec,
        preparation: &Preparation,
        kept: KeptRequests,
    ) -> Result<Self, DriverError> {
        let settings = Settings::read(spec, &preparation.conditions)?;
        let target = &preparation.target;
        let prepared = match kept {
            KeptRequests::All => request::prepare_all(target),
            KeptRequests::First => request::prepare_all(&Target {
                requests: target.requests.iter().take(1).collect(),
                ..target.clone()
            }),
        };
        let requests = prepared.map_err(|error| bad_target(&error))?;
        let roots = Roots::read(&target.trust).map_err(|error| bad_target(&error))?;
        Ok(Self {
            requests: requests.into(),
            target: target.clone(),
            roots,
            settings,
            tracing: Tracing::requested_by(preparation),
            time_limit: target.time_limit,
            needs_tls: target.requests.iter().any(|request| is_https(&request.url)),
        })
    }

    /// The TLS configuration of a client of its own; it offers these versions of HTTP.
    pub(crate) fn tls_config(&self, offered: &[HttpVersion]) -> Arc<ClientConfig> {
        client_config(&self.roots, self.settings.resume, offered)
    }

    /// The versions of HTTP that the client offers under TLS, the preferred one first.
    pub(crate) fn offered_versions(&self) -> &'static [HttpVersion] {
        match self.settings.http {
            AskedVersion::Http1 => &[HttpVersion::Http1],
            AskedVersion::Http2 | AskedVersion::Native => &[HttpVersion::Http2, HttpVersion::Http1],
        }
    }

    /// Whether the client speaks HTTP/2 without asking. It must know in advance that a server does, and
    /// it can only where no request is made under TLS.
    pub(crate) fn knows_http2(&self) -> bool {
        self.settings.http == AskedVersion::Http2 && !self.needs_tls
    }
}

fn is_https(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("https"))
}

/// The refusal of a target that cannot be used.
pub(crate) fn bad_target(error: &dyn std::error::Error) -> DriverError {
    DriverError { kind: DriverErrorKind::BadTarget, message: error.to_string() }
}
