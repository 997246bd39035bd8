//! The clients that are compared: built-in strategies with a driver each, and the tools that are there.

use anyhow::{Context, Result};
use model::driver_protocol::Preparation;
use model::target::{Checks, Request, Target, Trust};
use model::time::Span;
use runner::process_groups::ProcessGroups;

use super::cost::Cost;
use super::tool::{TOOLS, Tool};
use super::{BODY, Security};
use crate::driver_process::DriverProcess;
use crate::harness::{driver_command, strategies};

/// The strategies; the floor, with which all are compared, is the first.
const STRATEGIES: [&str; 2] = ["floor/async", "hyper/async"];

/// What every client is to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) security: Security,
    pub(super) port: u16,
    pub(super) connections: u32,
    pub(super) requests: u32,
}

/// The clients of one table.
pub(super) struct Clients {
    pub(super) all: Vec<Client>,
    /// Ends the drivers when it is dropped.
    _groups: ProcessGroups,
}

/// A client.
pub(super) enum Client {
    Strategy { name: &'static str, driver: Box<DriverProcess> },
    Tool(&'static Tool),
}

impl Load {
    pub(super) fn url(&self) -> String {
        let scheme = if self.security == Security::Tls { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}/todos/1", self.port)
    }

    fn target(&self) -> Target {
        let request = Request { method: "GET".to_owned(), url: self.url(), body: None };
        Target {
            userinfo: None,
            requests: vec![request; self.requests as usize].into(),
            headers: Vec::new(),
            // As the tools, which verify nothing.
            trust: Trust::Anyone,
            checks: Checks { statuses: vec![200], min_bytes: BODY.len() as u64 },
            time_limit: Span::from_secs(120),
        }
    }
}

impl Clients {
    /// Starts a driver for each strategy, and finds the tools.
    pub(super) fn start(load: &Load) -> Result<Self> {
        let groups = ProcessGroups::default();
        let mut all = Vec::new();
        for name in STRATEGIES {
            all.push(Client::start(name, load, &groups)?);
        }
        all.extend(TOOLS.iter().filter(|tool| tool.file().is_some()).map(Client::Tool));
        Ok(Self { all, _groups: groups })
    }
}

impl Client {
    /// A strategy whose connections are opened in each batch, as the tools open theirs.
    fn start(name: &'static str, load: &Load, groups: &ProcessGroups) -> Result<Self> {
        let spec = strategies(groups)?.into_iter().find(|spec| spec.name == name);
        let spec = spec.with_context(|| format!("there is no strategy {name}"))?;
        let connections = load.connections.to_string();
        let wanted = [("concurrency", &connections), ("pool", &connections)];
        let given = wanted.into_iter().filter(|(name, _)| spec.condition(name).is_some());
        let given = given.map(|(name, value)| (name.to_owned(), value.clone())).collect();
        let preparation = Preparation {
            strategy: name.to_owned(),
            conditions: spec.complete(&given),
            target: load.target(),
            trace: true,
        };
        let driver = DriverProcess::start(&driver_command()?, preparation, load.requests, groups)?;
        Ok(Self::Strategy { name, driver: Box::new(driver) })
    }

    /// The name in the table.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Strategy { name, .. } => name,
            Self::Tool(tool) => tool.name,
        }
    }

    /// Makes the requests once. The cost of a strategy is that of its batch, without the start of its
    /// driver and without what is done with its trace; that of a tool is all of its process.
    pub(super) fn run(&mut self, load: &Load) -> Result<Cost> {
        match self {
            Self::Tool(tool) => tool.run(load),
            Self::Strategy { driver, .. } => {
                let run = driver.run_batch()?;
                let time = run.batch_time().into();
                let known = "the driver does not report what it used";
                Ok(Cost {
                    requests: load.requests.into(),
                    time,
                    user: run.usage.user.context(known)?.into(),
                    system: run.usage.system.context(known)?.into(),
                    peak_memory: run.usage.peak_memory.context(known)?,
                })
            }
        }
    }
}
