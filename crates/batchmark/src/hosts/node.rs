//! The host of Node's fetch: the Node on this machine, with the carried driver.

use std::path::{Path, PathBuf};

use runner::command::ProcessCommand;

use super::carried::Carried;
use super::host::Host;
use super::interpreter::on_path;
use runner::host_driver::Absence;

/// The named Node, else `node`.
#[derive(Clone, Debug)]
pub(super) struct Node {
    named: Option<PathBuf>,
}

impl Node {
    pub(super) const fn new(named: Option<PathBuf>) -> Self {
        Self { named }
    }
}

impl Host for Node {
    fn name(&self) -> String {
        "node".to_owned()
    }

    fn driver(&self, carried: &Carried) -> Result<ProcessCommand, Absence> {
        let name = self.named.as_deref().unwrap_or_else(|| Path::new("node"));
        let location = if self.named.is_none() { " on PATH" } else { "" };
        let absent = || Absence {
            reason: format!("there is no program {}{location}", name.display()),
            remedy: self.remedy(),
        };
        let node = on_path(name).ok_or_else(absent)?;
        let (driver, folder) = (carried.path("node/driver.mjs")?, carried.folder()?);
        Ok(ProcessCommand::new(node, &[]).with([driver, "--folder".into(), folder]))
    }

    fn remedy(&self) -> String {
        "install Node.js 18 or newer (on Debian and Ubuntu: apt install nodejs), or name one with --node"
            .to_owned()
    }
}
