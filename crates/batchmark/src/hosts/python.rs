//! The host of Python's libraries: the Python on this machine, with the carried driver.

use std::env;
use std::path::{Path, PathBuf};

use runner::command::ProcessCommand;

use super::carried::Carried;
use super::host::Host;
use super::interpreter::find;
use runner::host_driver::Absence;

/// The named Python, else that of the active virtual environment, else `python3`.
#[derive(Clone, Debug)]
pub(super) struct Python {
    named: Option<PathBuf>,
}

impl Python {
    pub(super) const fn new(named: Option<PathBuf>) -> Self {
        Self { named }
    }

    fn interpreter(&self) -> Result<PathBuf, Absence> {
        let search = env::var_os("PATH");
        let absent = |reason: String| Absence { reason, remedy: self.remedy() };
        if let Some(named) = &self.named {
            return find(named, search.as_deref())
                .ok_or_else(|| absent(format!("there is no program {}", named.display())));
        }
        if let Some(environment) = env::var_os("VIRTUAL_ENV").filter(|value| !value.is_empty()) {
            let python = Path::new(&environment).join("bin/python");
            // Another Python would have other libraries than the user expects.
            return find(&python, None).ok_or_else(|| Absence {
                reason: format!("VIRTUAL_ENV is set, but there is no {}", python.display()),
                remedy: "leave the environment with `deactivate`, or name a Python with --python"
                    .to_owned(),
            });
        }
        find(Path::new("python3"), search.as_deref())
            .ok_or_else(|| absent("there is no python3 on PATH".to_owned()))
    }
}

impl Host for Python {
    fn name(&self) -> String {
        "python".to_owned()
    }

    fn driver(&self, carried: &Carried) -> Result<ProcessCommand, Absence> {
        let interpreter = self.interpreter()?;
        let (package, folder) = (carried.path("python")?, carried.folder()?);
        // -B keeps compiled files out of the carried folder and the user's folders.
        Ok(ProcessCommand::new(interpreter, &["-B"]).with([package, "--folder".into(), folder]))
    }

    fn remedy(&self) -> String {
        "install Python 3.9 or newer (on Debian and Ubuntu: apt install python3), or name one with --python"
            .to_owned()
    }
}
