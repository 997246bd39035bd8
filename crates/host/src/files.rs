//! The limit of open files, which includes sockets, and the space for files.

use std::fs::File;
use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::AsRawFd;
use std::path::Path;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// The free bytes of the file system that holds a file.
///
/// # Errors
/// If the system does not report them.
#[cfg(target_os = "linux")]
pub fn free_space(file: &Path) -> io::Result<u64> {
    let about = nix::sys::statvfs::statvfs(file)?;
    Ok(about.blocks_available().saturating_mul(about.fragment_size()))
}

/// The free bytes of a file system are known on Linux only.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn free_space(_: &Path) -> io::Result<u64> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Makes a file this long, with space that is certainly there.
///
/// # Errors
/// If there is not enough space.
#[cfg(target_os = "linux")]
pub fn reserve(file: &File, bytes: u64) -> io::Result<()> {
    let length = i64::try_from(bytes).map_err(io::Error::other)?;
    Ok(nix::fcntl::posix_fallocate(file, 0, length)?)
}

/// Makes a file this long.
///
/// # Errors
/// If that is not possible.
#[cfg(not(target_os = "linux"))]
pub fn reserve(file: &File, bytes: u64) -> io::Result<()> {
    file.set_len(bytes)
}

/// Opens a file again that was opened only to be written, to read it. Its name may belong to another file by
/// now.
///
/// # Errors
/// If it cannot be opened.
#[cfg(target_os = "linux")]
pub fn reopen(file: &File) -> io::Result<File> {
    File::open(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

/// Opens a file again that was opened only to be written, to read it.
///
/// # Errors
/// If it cannot be opened, or the system does not say where it is.
#[cfg(target_os = "macos")]
pub fn reopen(file: &File) -> io::Result<File> {
    let mut path = std::path::PathBuf::new();
    nix::fcntl::fcntl(file, nix::fcntl::FcntlArg::F_GETPATH(&mut path))?;
    File::open(path)
}

/// Raises the limit as far as possible without privileges. Returns the limit; none if the system does
/// not report it.
pub fn raise_limit() -> Option<u64> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    if soft < hard && setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok() {
        return Some(hard);
    }
    Some(soft)
}
