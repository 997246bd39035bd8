//! All that is settled before a strategy's first trial, so that no trial pays for it.

use std::sync::Arc;

use model::driver_protocol::{DriverError, DriverErrorKind, Preparation};
use model::strategy::StrategySpec;

use crate::conditions::Settings;
use crate::tls::Roots;
use crate::trial::Tracing;
use crate::wanted::{self, WantedRequest};

/// What a client needs to know to open a session.
pub(crate) struct Ground {
    /// The requests, ready to be sent.
    pub(crate) requests: Arc<[WantedRequest]>,
    /// Whom to trust.
    pub(crate) roots: Roots,
    /// A value for every condition.
    pub(crate) settings: Settings,
    /// Whether milestones are taken.
    pub(crate) tracing: Tracing,
}

impl Ground {
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
        let requests = wanted::read(target).map_err(|error| bad_target(&error))?;
        let roots = Roots::read(&target.trust).map_err(|error| bad_target(&error))?;
        Ok(Self { requests: requests.into(), roots, settings, tracing: Tracing::of(preparation) })
    }

    /// Whether any of the requests needs TLS.
    pub(crate) fn needs_tls(&self) -> bool {
        self.requests.iter().any(|request| request.uri().scheme_str() == Some("https"))
    }
}

/// A target cannot be used.
pub(crate) fn bad_target(error: &dyn std::error::Error) -> DriverError {
    DriverError { kind: DriverErrorKind::BadTarget, message: error.to_string() }
}
