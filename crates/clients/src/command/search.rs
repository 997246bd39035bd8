//! Whether a program can be found, told before a trial stumbles over it.

use std::env;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A program that is not there.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no program {0:?} to start: install it, or write its whole path in the command")]
pub(super) struct Missing(String);

/// Looks for a program where the system would.
///
/// # Errors
/// When it is not there, or cannot be executed.
pub(super) fn find(program: &str) -> Result<(), Missing> {
    let is_there = if program.contains('/') {
        is_executable(Path::new(program))
    } else {
        let path = env::var_os("PATH").unwrap_or_default();
        !program.is_empty()
            && env::split_paths(&path).any(|folder| is_executable(&folder.join(program)))
    };
    if is_there { Ok(()) } else { Err(Missing(program.to_owned())) }
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_by_its_name_or_its_path() {
        assert_eq!(find("sh"), Ok(()));
        assert_eq!(find("/bin/sh"), Ok(()));
        for missing in ["", "no-such-program", "./Cargo.toml", "/bin", "./sh"] {
            assert_eq!(find(missing), Err(Missing(missing.to_owned())));
        }
    }
}
