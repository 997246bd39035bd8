//! The host of Python's libraries: the Python on this machine, with the carried driver.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use runner::command::ProcessCommand;

use super::carried::Carried;
use super::host::Host;
use super::interpreter::find;
use runner::host_driver::Absence;

/// The variable with the interpreter that the program was started from, with `python -m batchmark`.
const STARTED_FROM: &str = "BATCHMARK_PYTHON";

/// The named Python, else the one that the program was started from, else that of the active virtual
/// environment, else that of the environment which the program is installed in, else `python3`.
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
        let started_from = || set_variable(STARTED_FROM).map(PathBuf::from);
        if let Some(named) = self.named.clone().or_else(started_from) {
            return find(&named, search.as_deref())
                .ok_or_else(|| absent(format!("there is no program {}", named.display())));
        }
        if let Some(environment) = set_variable("VIRTUAL_ENV") {
            let python = Path::new(&environment).join("bin/python");
            // Another Python would have other libraries than the user expects.
            return find(&python, None).ok_or_else(|| Absence {
                reason: format!("VIRTUAL_ENV is set, but there is no {}", python.display()),
                remedy: "leave the environment with `deactivate`, or name a Python with --python"
                    .to_owned(),
            });
        }
        let beside = env::current_exe().ok().and_then(|program| interpreter_beside(&program));
        beside
            .or_else(|| find(Path::new("python3"), search.as_deref()))
            .ok_or_else(|| absent("there is no python3 on PATH".to_owned()))
    }
}

/// The value of a variable that is set and not empty.
fn set_variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// The interpreter of the virtual environment that a program is installed in.
fn interpreter_beside(program: &Path) -> Option<PathBuf> {
    let scripts = program.parent()?;
    let is_environment = scripts.parent()?.join("pyvenv.cfg").is_file();
    is_environment.then(|| find(&scripts.join("python"), None)).flatten()
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn finds_the_interpreter_of_the_environment_that_holds_the_program() {
        let folder = tempfile::tempdir().expect("a folder");
        let scripts = folder.path().join("bin");
        fs::create_dir(&scripts).expect("is made");
        let (program, python) = (scripts.join("batchmark"), scripts.join("python"));
        fs::write(&python, "#!/bin/sh\n").expect("is written");
        fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).expect("is set");
        assert_eq!(interpreter_beside(&program), None, "no virtual environment");
        fs::write(folder.path().join("pyvenv.cfg"), "").expect("is written");
        assert_eq!(interpreter_beside(&program), Some(python));
        assert_eq!(interpreter_beside(Path::new("batchmark")), None);
    }
}
