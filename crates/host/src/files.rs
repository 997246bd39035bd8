//! The limit of open files, which includes sockets.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raises the limit as far as possible without privileges. Returns the limit; none if the system does
/// not report it.
pub fn raise_limit() -> Option<u64> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    if soft < hard && setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok() {
        return Some(hard);
    }
    Some(soft)
}
