//! The environment: facts about the machine that a recording needs to be read elsewhere.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Span;

/// Facts about the machine at the start of a run. A fact that is not known is null.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// The hypervisor or the virtual machine that runs this system; null where none is seen.
    pub hypervisor: Option<String>,
    /// What the kernel's clocks count: `tsc`, `kvm-clock`, `hpet`, ….
    pub clock_source: Option<String>,
    /// The smallest observed step of the monotonic clock.
    pub clock_resolution: Option<Span>,
    /// The median delay of a thread's wake-up from sleep.
    pub wake_lateness: Option<Span>,
    /// The names of proxy variables that were set and ignored.
    pub ignored_proxies: Vec<String>,
}
