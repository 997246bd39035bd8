//! The key of the hashes that recordings keep of secrets, one for each user of a machine.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use ring::hmac::{Context, HMAC_SHA256, Key, Tag, sign};
use ring::rand::{SecureRandom, SystemRandom};

use crate::output::state_directory;

/// The length of a key, in bytes.
const LENGTH: usize = 32;
/// The length of a tag, in bytes: short enough to read, long enough to tell values apart.
const TAG: usize = 4;
/// How many bytes of a file are read at once.
const PIECE: usize = 64 * 1024;

/// A key. Two values have the same tag if they are equal.
#[derive(Debug)]
pub(crate) struct HashKey(Key);

impl HashKey {
    /// The user's key, which is made on first use. If it cannot be kept, the key of this run only.
    pub(crate) fn of_user() -> Self {
        let path = state_directory().map(|state| state.join("secrets.key"));
        let kept = path.and_then(|path| read_or_make(&path).ok());
        Self::new(&kept.unwrap_or_else(|| random().unwrap_or_default()))
    }

    /// A key for tests.
    #[cfg(test)]
    pub(crate) fn fixed() -> Self {
        Self::new(&[7; LENGTH])
    }

    fn new(key: &[u8]) -> Self {
        Self(Key::new(HMAC_SHA256, key))
    }

    /// The beginning of the value's HMAC-SHA-256, in hexadecimal.
    pub(super) fn tag(&self, value: &str) -> String {
        beginning(&sign(&self.0, value.as_bytes()))
    }

    /// The beginning of the HMAC-SHA-256 of a file's content, in hexadecimal.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn tag_of_file(&self, path: &Path) -> io::Result<String> {
        let mut file = File::open(path)?;
        let mut context = Context::with_key(&self.0);
        let mut piece = vec![0; PIECE];
        loop {
            match file.read(&mut piece)? {
                0 => return Ok(beginning(&context.sign())),
                length => context.update(&piece[..length]),
            }
        }
    }
}

fn beginning(tag: &Tag) -> String {
    tag.as_ref().iter().take(TAG).map(|byte| format!("{byte:02x}")).collect()
}

fn read_or_make(path: &Path) -> io::Result<Vec<u8>> {
    match fs::read(path) {
        Ok(key) if key.len() == LENGTH => return Ok(key),
        Ok(_) => return Err(io::Error::other("it is not a key")),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Err(_) => {}
    }
    let key = random()?;
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    // Complete before it gets its name: another run may read it at the same time.
    let unnamed: PathBuf = path.with_extension(format!("{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unnamed)?;
    let linked = file.write_all(&key).and_then(|()| fs::hard_link(&unnamed, path));
    fs::remove_file(&unnamed)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => fs::read(path),
        linked => linked.map(|()| key),
    }
}

fn random() -> io::Result<Vec<u8>> {
    let mut key = vec![0; LENGTH];
    let failed = |_| io::Error::other("the system has no random numbers");
    SystemRandom::new().fill(&mut key).map_err(failed)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn keeps_one_key_that_only_its_owner_reads() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state/secrets.key");
        let key = read_or_make(&path).expect("is made");
        assert_eq!((key.len(), read_or_make(&path).expect("is read")), (LENGTH, key));
        let mode = fs::metadata(&path).expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().expect("has one")).expect("is there").count(), 1);
        fs::write(&path, "short").expect("is written");
        assert!(read_or_make(&path).is_err());
    }
}
