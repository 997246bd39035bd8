//! Compiles the carried driver of a language whose programs are compiled, once in each run: no trial waits for
//! a compiler.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::carried::Carried;
use runner::host_driver::Absence;

/// The most characters of a compiler's message that are shown.
const LONGEST_MESSAGE: usize = 600;

/// Compiles a driver to a folder of this name in the private folder, unless it is there. `compiler` gets the
/// path of the folder and gives the command, which writes what it makes there.
///
/// # Errors
/// If the folder cannot be written or the command fails. `remedy` says what to do then.
pub(super) fn compiled(
    name: &str,
    carried: &Carried,
    remedy: &str,
    compiler: impl FnOnce(&Path) -> Command,
) -> Result<PathBuf, Absence> {
    let absent = |reason: String| Absence { reason, remedy: remedy.to_owned() };
    let private = carried.folder()?;
    let made = private.join(format!("{name}-driver"));
    if made.exists() {
        return Ok(made);
    }
    // A compiler that fails or is interrupted leaves no folder with the final name.
    let unfinished = private.join(format!("{name}-unfinished"));
    let written = fs::create_dir_all(&unfinished);
    written
        .map_err(|error| absent(format!("{} cannot be written: {error}", unfinished.display())))?;
    let mut command = compiler(&unfinished);
    let program = PathBuf::from(command.get_program());
    let ended = command.stdin(Stdio::null()).output();
    let ended = ended
        .map_err(|error| absent(format!("{} cannot be started: {error}", program.display())))?;
    if !ended.status.success() {
        let message = beginning(&String::from_utf8_lossy(&ended.stderr));
        let reason = format!("{} cannot compile the driver: {message}", program.display());
        return Err(absent(reason));
    }
    let renamed = fs::rename(&unfinished, &made);
    renamed.map_err(|error| absent(format!("{} cannot be written: {error}", made.display())))?;
    Ok(made)
}

/// The first lines of a message, in one.
fn beginning(message: &str) -> String {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(LONGEST_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, carried: &Carried) -> Result<PathBuf, Absence> {
        compiled("test", carried, "install it", |folder| {
            let mut command = Command::new("sh");
            command.args(["-c", script, "sh"]).arg(folder);
            command
        })
    }

    #[test]
    fn compiles_once_and_keeps_what_was_made() {
        let carried = Carried::default();
        let made = run("echo made > $1/driver", &carried).expect("is compiled");
        assert_eq!(fs::read_to_string(made.join("driver")).expect("is there"), "made\n");
        assert_eq!(run("exit 1", &carried), Ok(made));
    }

    #[test]
    fn shows_the_message_of_a_compiler_that_fails_and_tries_again() {
        let carried = Carried::default();
        let absence = run("echo 'no such' >&2; echo package >&2; exit 1", &carried);
        let absence = absence.expect_err("fails");
        assert_eq!(absence.reason, "sh cannot compile the driver: no such package");
        assert_eq!(absence.remedy, "install it");
        assert!(run("true", &carried).is_ok());
    }
}
