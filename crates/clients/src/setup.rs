//! What a client needs to open a session. It is read before the first trial, so that no trial pays
//! for it.

use std::sync::Arc;

use model::driver_protocol::{DriverError, DriverErrorKind, Preparation};
use model::strategy::StrategySpec;
use model::time::Span;

use crate::conditions::Settings;
use crate::request::{self, PreparedRequest};
use crate::tls::Roots;
use crate::trial::Tracing;

/// What a client needs to open a session.
pub(crate) struct ClientSetup {
    /// The requests, ready to be sent.
    pub(crate) requests: Arc<[PreparedRequest]>,
    /// The trusted certificates.
    pub(crate) roots: Roots,
    /// A value for every condition.
    pub(crate) settings: Settings,
    /// Whether milestones are taken.
    pub(crate) tracing: Tracing,
    /// How long a trial may take.
    pub(crate) time_limit: Span,
}

impl ClientSetup {
    /// Reads a preparation of the strategy that `spec` describes.
    ///
    /// # Errors
    /// When a condition or the target cannot be used.
    pub(crate) fn read(
        spec: &StrategySpec,
        preparation: &Preparation,
    ) -> Result<Self, DriverError> {
        let settings = Settings::read(spec, &preparation.conditions)?;
        let target = &preparation.target;
        let requests = request::prepare_all(target).map_err(|error| bad_target(&error))?;
        let roots = Roots::read(&target.trust).map_err(|error| bad_target(&error))?;
        Ok(Self {
            requests: requests.into(),
            roots,
            settings,
            tracing: Tracing::requested_by(preparation),
            time_limit: target.time_limit,
        })
    }

    /// Whether any of the requests needs TLS.
    pub(crate) fn needs_tls(&self) -> bool {
        self.requests.iter().any(|request| request.uri().scheme_str() == Some("https"))
    }
}

/// The refusal of a target that cannot be used.
pub(crate) fn bad_target(error: &dyn std::error::Error) -> DriverError {
    DriverError { kind: DriverErrorKind::BadTarget, message: error.to_string() }
}
