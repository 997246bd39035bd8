//! The client libraries: how each fetches one request and reports it. A library does not depend on
//! a mode.

mod exchange_times;
pub(crate) mod floor;
pub(crate) mod h3;
pub(crate) mod hyper;
pub(crate) mod network_or_sleep;
pub(crate) mod reqwest;
mod response_scanner;
pub(crate) mod sleeper;
pub(crate) mod ureq;

use model::failure::Failure;
use tokio::runtime::Runtime;

use crate::probe::Probe;
use crate::time_limit::Interruptible;

/// A session of a client that blocks its thread until a request is done. Threads may share it.
pub(crate) trait BlockingClient: Interruptible + 'static {
    /// Makes the probe's request and reads its answer to the end. Reports to the probe the status,
    /// the number of bytes, even of a failed request, and every milestone that can be observed.
    ///
    /// # Errors
    /// When there is no complete answer.
    fn fetch(&self, probe: &Probe) -> Result<(), Failure>;
}

/// A session of a client whose requests are futures.
pub(crate) trait AsyncClient: Send + Sync + 'static {
    /// As [`BlockingClient::fetch`]; the future may be dropped at any time.
    ///
    /// # Errors
    /// When there is no complete answer.
    fn fetch(&self, probe: &Probe) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Closes what the end of the runtime would only drop. Most clients need nothing: the system closes their
    /// sockets.
    fn close(&self, _runtime: &Runtime) {}
}
