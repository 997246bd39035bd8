//! What the tests of other languages need. Where something is not to be had, a test says so and
//! passes; where `CI` is `true`, it fails.

use std::path::{Path, PathBuf};

pub(crate) use provision::PACKAGE;

/// The Python of an environment with everything that is pinned; nothing where there cannot be one.
pub(crate) fn python() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    available("Python environment", provision::python(folder))
}

/// The Node that is here; nothing where there is none.
pub(crate) fn node() -> Option<&'static str> {
    available("Node", provision::node())
}

/// The curl that is here; nothing where there is none.
pub(crate) fn curl() -> Option<&'static str> {
    available("curl", provision::curl())
}

/// Says where a test cannot be made here, which is a failure where everything should be there.
#[expect(clippy::print_stdout, reason = "a test has no other way to say it")]
fn available<Thing>(what: &str, had: Result<Thing, String>) -> Option<Thing> {
    had.inspect_err(|reason| {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "no {what}: {reason}");
        println!("not tested: no {what}: {reason}");
    })
    .ok()
}
