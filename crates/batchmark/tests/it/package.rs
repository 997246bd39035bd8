//! The Python package: its tests, its style and its types.

use std::path::Path;
use std::process::Command;

use crate::provision::{self, PACKAGE};
use crate::support::{program_path, succeed};

/// Runs a module of the test environment in the package's folder. It must find nothing wrong. Without
/// an environment, nothing is run.
fn run(module: &[&str]) {
    let Some(python) = provision::python() else { return };
    let mut command = Command::new(&python);
    command
        .arg("-m")
        .args(module)
        .current_dir(PACKAGE)
        .env("BATCHMARK", program_path())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("RUFF_NO_CACHE", "true")
        .env("MYPY_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("mypy"));
    succeed(&mut command);
}

#[test]
fn python_package_passes_its_tests() {
    run(&["unittest", "discover", "--quiet"]);
}

#[test]
fn python_package_passes_ruff() {
    run(&["ruff", "check"]);
    run(&["ruff", "format", "--check"]);
}

#[test]
fn python_package_passes_mypy() {
    run(&["mypy", "--strict"]);
}
