//! What the tests of other languages need, made by the tests themselves: a Python environment of
//! pinned packages under the build folder, and the Node that is here.
//!
//! Where something is not to be had, a test says so and passes; where `CI` is `true`, it fails.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder of the Python package.
pub(crate) const PACKAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../drivers/python");

/// The pinned packages: what is driven, and what checks the package.
const REQUIREMENTS: [&str; 2] = ["requirements-test.txt", "requirements-dev.txt"];

/// The Python of an environment with everything that is pinned; nothing where there cannot be one.
pub(crate) fn python() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let environment = folder.join("python");
    // One test makes it, and the others, in this process or another, wait.
    let lock = File::create(folder.join("python.lock")).expect("the build folder is writable");
    lock.lock().expect("it can be locked");
    let wanted = REQUIREMENTS.map(|name| {
        fs::read_to_string(Path::new(PACKAGE).join(name)).expect("the requirements are there")
    });
    let wanted = wanted.join("\n");
    let made_of = environment.join("made-of.txt");
    if fs::read_to_string(&made_of).is_ok_and(|made_of| made_of == wanted) {
        return Some(environment.join("bin/python"));
    }
    match make(&environment) {
        Ok(()) => {
            fs::write(made_of, wanted).expect("the environment is writable");
            Some(environment.join("bin/python"))
        }
        Err(reason) => {
            unavailable(&format!("no Python environment: {reason}"));
            None
        }
    }
}

/// The Node that is here; nothing where there is none.
pub(crate) fn node() -> Option<&'static str> {
    match run(Command::new("node").arg("--version")) {
        Ok(()) => Some("node"),
        Err(reason) => {
            unavailable(&format!("no Node: {reason}"));
            None
        }
    }
}

/// Says that a test cannot be made here, which is a failure where everything should be there.
#[expect(clippy::print_stdout, reason = "a test has no other way to say it")]
fn unavailable(reason: &str) {
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{reason}");
    println!("not tested: {reason}");
}

fn make(environment: &Path) -> Result<(), String> {
    let _ = fs::remove_dir_all(environment);
    run(Command::new("python3").args(["-m", "venv"]).arg(environment))?;
    let mut install = Command::new(environment.join("bin/python"));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    for name in REQUIREMENTS {
        install.arg("-r").arg(Path::new(PACKAGE).join(name));
    }
    run(&mut install)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    output.status.success().then_some(()).ok_or_else(|| format!("{command:?}: {}", said.trim()))
}
