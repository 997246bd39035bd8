//! Finds programs by a path, or by a name on `PATH`.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The program with this path or name, if there is one.
pub(super) fn find(program: &Path, search: Option<&OsStr>) -> Option<PathBuf> {
    if program.components().count() > 1 {
        return is_program(program).then(|| program.to_owned());
    }
    let folders = env::split_paths(search?).collect::<Vec<_>>();
    folders.into_iter().map(|folder| folder.join(program)).find(|path| is_program(path))
}

/// The program with this path, or with this name on `PATH`, if there is one.
pub(crate) fn on_path(program: &Path) -> Option<PathBuf> {
    find(program, env::var_os("PATH").as_deref())
}

fn is_program(path: &Path) -> bool {
    const ANY_EXECUTE: u32 = 0o111;
    fs::metadata(path)
        .is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & ANY_EXECUTE != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_path_as_it_is_and_looks_up_a_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let search = env::join_paths([Path::new("/nonexistent"), folder.path()]);
        let search = search.expect("joins");
        let program = folder.path().join("python3");
        assert_eq!(find(Path::new("python3"), Some(&search)), None);
        fs::write(&program, "#!/bin/sh\n").expect("is written");
        assert_eq!(find(Path::new("python3"), Some(&search)), None, "it cannot be run");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("is set");
        assert_eq!(find(Path::new("python3"), Some(&search)), Some(program.clone()));
        assert_eq!(find(&program, None), Some(program));
        assert_eq!(find(folder.path(), None), None, "a folder is not a program");
        assert_eq!(find(Path::new("./no/such"), Some(&search)), None);
    }
}
