//! The files that `batchmark new` writes: a plan, and own code in Python. They measure as they are.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::usage::UsageError;

/// The files and their texts.
const FILES: [(&str, &str); 2] =
    [("plan.toml", include_str!("starter/plan.toml")), ("own.py", include_str!("starter/own.py"))];

/// Writes the files into a folder, which is made if it is not there. Returns their paths. No file is
/// overwritten: if one of them is there, none is written.
///
/// # Errors
/// If a file is there, or cannot be written.
pub(crate) fn write_to(folder: &Path) -> Result<Vec<PathBuf>, UsageError> {
    let paths = FILES.map(|(name, _)| folder.join(name));
    // A dangling link is there, too: it would lead elsewhere.
    if let Some(path) = paths.iter().find(|path| path.symlink_metadata().is_ok()) {
        return Err(UsageError::WouldReplace { path: path.clone() });
    }
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        move |source| UsageError::Unwritable { path, source }
    };
    fs::create_dir_all(folder).map_err(unwritable(folder))?;
    for (path, (_, text)) in paths.iter().zip(FILES) {
        // Another program may have made it meanwhile.
        let file = File::options().write(true).create_new(true).open(path);
        file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(unwritable(path))?;
    }
    Ok(paths.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overwrites_nothing_and_writes_all_or_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let (plan, own) = (folder.path().join("plan.toml"), folder.path().join("own.py"));
        fs::write(&own, "mine").expect("is written");
        let refused = write_to(folder.path()).expect_err("is there");
        assert!(matches!(refused, UsageError::WouldReplace { path } if path == own));
        assert!(!plan.exists());
        assert_eq!(fs::read_to_string(&own).expect("is there"), "mine");
        fs::remove_file(&own).expect("is removed");
        std::os::unix::fs::symlink("/nonexistent/own.py", &own).expect("is made");
        assert!(write_to(folder.path()).is_err(), "a dangling link is there");
    }

    #[test]
    fn makes_folders_that_are_not_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("a/b");
        assert_eq!(write_to(&inner).expect("is written").len(), FILES.len());
        let file = folder.path().join("a/b/own.py");
        assert!(matches!(write_to(&file), Err(UsageError::Unwritable { .. })), "it is no folder");
    }
}
