//! Reads the versions of the client libraries from the lock file, so that the versions that the
//! driver reports are the versions that were built.

/// The modules whose versions can change what is measured.
const MODULES: [&str; 16] = [
    "ureq",
    "ureq-proto",
    "hyper",
    "hyper-util",
    "reqwest",
    "hyper-rustls",
    "h3",
    "h3-quinn",
    "quinn",
    "quinn-proto",
    "rustls",
    "rustls-native-certs",
    "ring",
    "tokio",
    "mio",
    "webpki-roots",
];

/// Every module with its version: `ureq=3.5.1,hyper=…`.
pub(crate) fn listed(lock: &str) -> String {
    let versions: Vec<String> =
        MODULES.iter().map(|module| format!("{module}={}", version(lock, module))).collect();
    versions.join(",")
}

/// The one version of `module`: a lock file has `name = "…"` and `version = "…"` on consecutive
/// lines.
fn version<'a>(lock: &'a str, module: &str) -> &'a str {
    let name = format!("name = \"{module}\"");
    let lines: Vec<&str> = lock.lines().collect();
    let versions: Vec<&str> = lines
        .windows(2)
        .filter(|pair| pair[0] == name)
        .filter_map(|pair| pair[1].strip_prefix("version = \"")?.strip_suffix('"'))
        .collect();
    match versions[..] {
        [version] => version,
        _ => panic!("{module} must be locked at one version; Cargo.lock has {versions:?}"),
    }
}
