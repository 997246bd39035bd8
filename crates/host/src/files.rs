//! How many files this process may have open at once; sockets count too.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raises the limit as far as it goes without privileges, and gives it; nothing where the system
/// does not say.
pub fn raise_limit() -> Option<u64> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    if soft < hard && setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok() {
        return Some(hard);
    }
    Some(soft)
}
