//! Gathers the facts about the machine for the header of a recording.

use model::environment::Environment;

/// The variables that configure a proxy. No process of a run gets them, so no client uses a proxy.
pub(crate) const PROXY_VARIABLES: [&str; 6] =
    ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// Gathers the facts. Takes about 20 ms.
pub fn gather(version: &str) -> Environment {
    let facts = host::facts::MachineFacts::gather();
    Environment {
        batchmark: version.to_owned(),
        kernel: facts.kernel,
        cpu: facts.cpu,
        cores: facts.cores.and_then(|cores| u32::try_from(cores).ok()),
        memory: facts.memory,
        load: facts.load,
        governor: facts.governor,
        hypervisor: facts.hypervisor,
        clock_source: facts.clock_source,
        clock_resolution: Some(facts.clock_resolution.into()),
        wake_lateness: Some(facts.wake_lateness.into()),
        ignored_proxies: PROXY_VARIABLES
            .into_iter()
            .filter(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
            .map(str::to_owned)
            .collect(),
    }
}
