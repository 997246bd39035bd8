//! What the tests of other languages need. If something is missing, a test says so and passes; if
//! `CI` is `true`, it fails.

use std::path::{Path, PathBuf};

pub(crate) use provision::PACKAGE;

/// How Java runs a program that ends soon: optimising its code takes longer than it saves.
pub(crate) const JAVA_BRIEFLY: [&str; 2] = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

/// The Python of an environment with all pinned packages, if there can be one.
pub(crate) fn python() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    available("Python environment", provision::python(folder))
}

/// The Node of this machine, if there is one.
pub(crate) fn node() -> Option<&'static str> {
    available("Node", provision::node())
}

/// The `node_modules` folder of the pinned packages, if there can be one. Node finds them by the
/// variable `NODE_PATH`.
pub(crate) fn node_packages() -> Option<String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let packages = available("Node packages", provision::node_packages(folder))?;
    Some(packages.to_str().expect("a plain path").to_owned())
}

/// The Chromium of this machine, if there is one.
pub(crate) fn chromium() -> Option<PathBuf> {
    available("Chromium", provision::chromium())
}

/// A copy of a Node program with its pinned packages, if they can be installed.
pub(crate) fn node_program(program: &Path) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    available("Node packages", provision::node_program(folder, program))
}

/// The Go of this machine, if there is one.
pub(crate) fn go() -> Option<&'static str> {
    available("Go", provision::go())
}

/// The JDK of this machine, if there is one.
pub(crate) fn java() -> Option<&'static str> {
    available("JDK", provision::java())
}

/// The curl of this machine, if there is one.
pub(crate) fn curl() -> Option<&'static str> {
    available("curl", provision::curl())
}

/// The nginx of this machine, if there is one.
pub(crate) fn nginx() -> Option<&'static str> {
    available("nginx", provision::installed("nginx", "-v"))
}

/// A program of nghttp2 on this machine, if it is there.
pub(crate) fn nghttp2(program: &'static str) -> Option<&'static str> {
    available(program, provision::installed(program, "--version"))
}

/// Reports that a test cannot run here. In CI that is a failure.
#[expect(clippy::print_stdout, reason = "a test has no other way to say it")]
fn available<Thing>(what: &str, had: Result<Thing, String>) -> Option<Thing> {
    had.inspect_err(|reason| {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "no {what}: {reason}");
        println!("not tested: no {what}: {reason}");
    })
    .ok()
}
