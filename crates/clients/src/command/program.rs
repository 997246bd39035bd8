//! Checks that a command's program exists, before a trial fails on it.

use std::env;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A program that does not exist or cannot be executed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot find the program {0:?}: install it, or write its full path in the command")]
pub(super) struct ProgramNotFound(String);

/// Looks for a program as the system does.
///
/// # Errors
/// When it does not exist, or cannot be executed.
pub(super) fn find(program: &str) -> Result<(), ProgramNotFound> {
    let is_there = if program.contains('/') {
        is_executable(Path::new(program))
    } else {
        let path = env::var_os("PATH").unwrap_or_default();
        !program.is_empty()
            && env::split_paths(&path).any(|folder| is_executable(&folder.join(program)))
    };
    if is_there { Ok(()) } else { Err(ProgramNotFound(program.to_owned())) }
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_program_by_its_name_or_its_path() {
        assert_eq!(find("sh"), Ok(()));
        assert_eq!(find("/bin/sh"), Ok(()));
        for missing in ["", "no-such-program", "./Cargo.toml", "/bin", "./sh"] {
            assert_eq!(find(missing), Err(ProgramNotFound(missing.to_owned())));
        }
    }
}
