//! The client libraries: how each fetches one request and says so. A library knows no mode.

pub(crate) mod hyper;
pub(crate) mod sleeper;
pub(crate) mod ureq;

use model::failure::Failure;

use crate::limit::Interrupt;
use crate::probe::Probe;

/// A session of a client that blocks its thread until a request is done; threads may share it.
pub(crate) trait BlockingClient: Interrupt + 'static {
    /// Makes the probe's request and reads its answer to the end. The probe is told the status and
    /// how many bytes were read, whether it fails or not, and every milestone that can be seen.
    ///
    /// # Errors
    /// When there was no whole answer.
    fn fetch(&self, probe: &Probe) -> Result<(), Failure>;
}

/// A session of a client whose requests are futures.
pub(crate) trait AsyncClient: Send + Sync + 'static {
    /// As [`BlockingClient::fetch`]; the future may be dropped at any time.
    ///
    /// # Errors
    /// When there was no whole answer.
    fn fetch(&self, probe: &Probe) -> impl Future<Output = Result<(), Failure>> + Send;
}
