//! The versions of the built-in libraries, as the lock file had them at build time.

use model::driver_protocol::ModuleVersion;

/// Every library whose version can change what is measured.
pub(crate) fn versions() -> Vec<ModuleVersion> {
    env!("CLIENTS_VERSIONS")
        .split(',')
        .filter_map(|entry| entry.split_once('='))
        .map(|(module, version)| ModuleVersion {
            module: module.to_owned(),
            version: version.to_owned(),
            distribution: None,
        })
        .collect()
}

/// The version of one library.
pub(crate) fn version_of(module: &str) -> Option<String> {
    versions().into_iter().find(|entry| entry.module == module).map(|entry| entry.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_the_versions_of_the_lock_file() {
        let lock = std::fs::read_to_string("../../Cargo.lock").expect("the workspace has one");
        let versions = versions();
        assert!(versions.iter().any(|entry| entry.module == "ureq"));
        for ModuleVersion { module, version, .. } in versions {
            let entry = format!("name = \"{module}\"\nversion = \"{version}\"\n");
            assert!(lock.contains(&entry), "Cargo.lock has no {module} {version}");
        }
    }
}
