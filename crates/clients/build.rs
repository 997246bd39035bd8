//! Generates what the crate must not write by hand: the locked versions of the client libraries,
//! and the table of conditions.

#[path = "build/conditions.rs"]
mod conditions;
#[path = "build/versions.rs"]
mod versions;

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lock = read(&lock_file(folder));
    println!("cargo::rustc-env=CLIENTS_VERSIONS={}", versions::listed(&lock));
    let json = read(&folder.join("conditions.json"));
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let generated = Path::new(&out).join("conditions.rs");
    fs::write(generated, conditions::table(&json)).expect("OUT_DIR can be written");
}

/// The lock file of the workspace, or the one that a package of this crate holds.
fn lock_file(folder: &Path) -> PathBuf {
    let packaged = folder.join("Cargo.lock");
    if packaged.exists() { packaged } else { folder.join("../../Cargo.lock") }
}

/// Reads a file, and rebuilds when it changes.
fn read(path: &Path) -> String {
    println!("cargo::rerun-if-changed={}", path.display());
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
