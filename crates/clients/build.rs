//! Reads from the lock file which versions of the clients' libraries are built in, so that what the
//! driver says of itself cannot drift from what it is.

use std::path::Path;

/// The modules whose versions can change what is measured.
const MODULES: [&str; 8] =
    ["ureq", "ureq-proto", "hyper", "hyper-util", "rustls", "ring", "tokio", "webpki-roots"];

fn main() {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    println!("cargo:rerun-if-changed={}", lock.display());
    let text = std::fs::read_to_string(&lock).expect("the workspace has a lock file");
    let versions: Vec<String> =
        MODULES.iter().map(|module| format!("{module}={}", version(&text, module))).collect();
    println!("cargo:rustc-env=CLIENTS_VERSIONS={}", versions.join(","));
}

/// The one version of `module` in a lock file, where `name = "…"` and `version = "…"` are two
/// lines in a row.
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
        _ => panic!("{module} should be locked at one version, but the lock has {versions:?}"),
    }
}
