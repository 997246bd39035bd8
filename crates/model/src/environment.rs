//! The environment: what must be known of a machine to read its recording elsewhere.

use serde::{Deserialize, Serialize};

use crate::time::Span;

/// Facts of the machine at the start of a run. What could not be learnt is null.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Environment {
    /// This program's version.
    pub batchmark: String,
    /// The operating system and the kernel's release.
    pub kernel: Option<String>,
    /// The CPU's model.
    pub cpu: Option<String>,
    /// How many logical CPUs this process may use.
    pub cores: Option<u32>,
    /// Main memory, in bytes.
    pub memory: Option<u64>,
    /// The load average over the last minute.
    pub load: Option<f64>,
    /// The frequency governor of the first CPU.
    pub governor: Option<String>,
    /// The smallest step that the monotonic clock was seen to make.
    pub clock_resolution: Option<Span>,
    /// The median time by which a sleeping thread was woken too late.
    pub wake_lateness: Option<Span>,
    /// Proxy variables that were set and are not used, by name.
    pub ignored_proxies: Vec<String>,
}
