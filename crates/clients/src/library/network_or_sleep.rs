//! A client under the condition `work`: it fetches, or it is the control that sleeps.

use model::failure::Failure;
use tokio::runtime::Runtime;

use super::sleeper::Sleeper;
use super::{AsyncClient, BlockingClient};
use crate::conditions::Work;
use crate::probe::Probe;
use crate::setup::ClientSetup;
use crate::time_limit::Interruptible;

/// The session of a client library, or the control in its place.
pub(crate) enum NetworkOrSleep<C> {
    Network(C),
    Sleep(Sleeper),
}

impl<C> NetworkOrSleep<C> {
    /// Opens what the condition `work` asks for.
    pub(crate) fn open(setup: &ClientSetup, open: fn(&ClientSetup) -> C) -> Self {
        match setup.settings.work {
            Work::Network => Self::Network(open(setup)),
            Work::Sleep(time) => Self::Sleep(Sleeper::new(time)),
        }
    }
}

impl<C: Interruptible> Interruptible for NetworkOrSleep<C> {
    fn interrupt(&self) {
        match self {
            Self::Network(client) => client.interrupt(),
            Self::Sleep(sleeper) => sleeper.interrupt(),
        }
    }
}

impl<C: BlockingClient> BlockingClient for NetworkOrSleep<C> {
    fn fetch(&self, probe: &Probe) -> Result<(), Failure> {
        match self {
            Self::Network(client) => client.fetch(probe),
            Self::Sleep(sleeper) => BlockingClient::fetch(sleeper, probe),
        }
    }
}

impl<C: AsyncClient> AsyncClient for NetworkOrSleep<C> {
    async fn fetch(&self, probe: &Probe) -> Result<(), Failure> {
        match self {
            Self::Network(client) => client.fetch(probe).await,
            Self::Sleep(sleeper) => AsyncClient::fetch(sleeper, probe).await,
        }
    }

    fn close(&self, runtime: &Runtime) {
        if let Self::Network(client) = self {
            client.close(runtime);
        }
    }
}
