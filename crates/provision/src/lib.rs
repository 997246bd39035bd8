//! What tests and chores need of other languages: a Python environment of pinned packages under the
//! build folder, and the Node that is here.
//!
//! Nothing that users run depends on it. What cannot be had is a sentence that says why; whether that
//! is a failure is for the caller to say.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder of the Python package.
pub const PACKAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../drivers/python");

/// The pinned packages: what is driven, and what checks the package.
const REQUIREMENTS: [&str; 2] = ["requirements-test.txt", "requirements-dev.txt"];

/// The Python of an environment with everything that is pinned, made in `folder` where it is not
/// there yet.
///
/// # Errors
/// When there is no `python3`, its packages cannot be had, or the folder cannot be written.
pub fn python(folder: &Path) -> Result<PathBuf, String> {
    let environment = folder.join("python");
    let _held = hold(folder, "python.lock")?;
    let wanted = requirements()?;
    let made_of = environment.join("made-of.txt");
    if !fs::read_to_string(&made_of).is_ok_and(|made_of| made_of == wanted) {
        make(&environment)?;
        fs::write(&made_of, wanted).map_err(|error| failed(&made_of, &error))?;
    }
    Ok(environment.join("bin/python"))
}

/// The folder of other versions of packages, for a Python that has its own: as `name==version`,
/// without what they need. Installed in `folder` where they are not there yet.
///
/// # Errors
/// When they cannot be had, or the folder cannot be written.
pub fn packages(folder: &Path, python: &Path, packages: &[String]) -> Result<PathBuf, String> {
    let place = folder.join(packages.join("+"));
    let _held = hold(folder, "packages.lock")?;
    if !place.exists() {
        // What was interrupted leaves a folder of another name.
        let unfinished = folder.join("packages-unfinished");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(|error| failed(&unfinished, &error))?;
        }
        let mut install = pip_install(python);
        run(install.args(["--no-deps", "--target"]).arg(&unfinished).args(packages))?;
        fs::rename(&unfinished, &place).map_err(|error| failed(&place, &error))?;
    }
    Ok(place)
}

/// The Node that is here.
///
/// # Errors
/// When there is none.
pub fn node() -> Result<&'static str, String> {
    run(Command::new("node").arg("--version")).map(|()| "node")
}

/// The curl that is here.
///
/// # Errors
/// When there is none.
pub fn curl() -> Result<&'static str, String> {
    run(Command::new("curl").arg("--version")).map(|()| "curl")
}

fn requirements() -> Result<String, String> {
    let read = |name: &str| {
        let file = Path::new(PACKAGE).join(name);
        fs::read_to_string(&file).map_err(|error| failed(&file, &error))
    };
    REQUIREMENTS.into_iter().map(read).collect::<Result<Vec<_>, _>>().map(|texts| texts.join("\n"))
}

fn make(environment: &Path) -> Result<(), String> {
    if environment.exists() {
        fs::remove_dir_all(environment).map_err(|error| failed(environment, &error))?;
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(environment))?;
    let mut install = pip_install(&environment.join("bin/python"));
    for name in REQUIREMENTS {
        install.arg("-r").arg(Path::new(PACKAGE).join(name));
    }
    run(&mut install)
}

fn pip_install(python: &Path) -> Command {
    let mut install = Command::new(python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    install
}

/// Makes a folder and locks it: one fills it, and the others, in this process or another, wait.
fn hold(folder: &Path, lock: &str) -> Result<File, String> {
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let lock = folder.join(lock);
    let held = File::create(&lock).and_then(|file| file.lock().map(|()| file));
    held.map_err(|error| failed(&lock, &error))
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    output.status.success().then_some(()).ok_or_else(|| format!("{command:?}: {}", said.trim()))
}

fn failed(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
