//! Provides what tests and tasks need from other languages: a Python environment and Node packages, both
//! pinned, under the build folder, and the installed Node, Go, Java, curl and Chromium.
//!
//! Nothing that users run may depend on this crate. An error is a sentence that says what is not
//! available; the caller decides whether that is a failure.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder of the Python package.
pub const PACKAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../drivers/python");

/// The folder of the pinned packages of Node.
const NODE_PACKAGES: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../drivers/node/test/packages");

/// The pinned packages: the measured clients, and the tools that check the package.
const REQUIREMENTS: [&str; 2] = ["requirements-test.txt", "requirements-dev.txt"];

/// The Python of an environment with all pinned packages. Creates the environment in `folder` if it
/// is missing or out of date.
///
/// # Errors
/// When there is no `python3`, a package cannot be installed, or the folder cannot be written.
pub fn python(folder: &Path) -> Result<PathBuf, String> {
    let environment = folder.join("python");
    let _lock = lock(folder, "python.lock")?;
    let pinned = requirements()?;
    let installed = environment.join("made-of.txt");
    if !fs::read_to_string(&installed).is_ok_and(|installed| installed == pinned) {
        create(&environment)?;
        fs::write(&installed, pinned).map_err(|error| failed(&installed, &error))?;
    }
    Ok(environment.join("bin/python"))
}

/// The folder with these versions of packages (`name==version`), without their dependencies, for a
/// Python that has other versions. Installs them in `folder` if they are missing.
///
/// # Errors
/// When a package cannot be installed, or the folder cannot be written.
pub fn packages(folder: &Path, python: &Path, packages: &[String]) -> Result<PathBuf, String> {
    let place = folder.join(packages.join("+"));
    let _lock = lock(folder, "packages.lock")?;
    if !place.exists() {
        // An interrupted installation leaves a folder with this name.
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

/// The `node_modules` folder of the pinned packages of Node. Installs them in `folder` if they are missing
/// or out of date.
///
/// # Errors
/// When there is no npm, a package cannot be installed, or the folder cannot be written.
pub fn node_packages(folder: &Path) -> Result<PathBuf, String> {
    let place = folder.join("node");
    let _lock = lock(folder, "node.lock")?;
    npm_install(&place, Path::new(NODE_PACKAGES))?;
    Ok(place.join("node_modules"))
}

/// A copy of a folder with a Node program, its pinned packages installed beside it: modules find them only
/// there. Makes the copy in `folder`.
///
/// # Errors
/// When there is no npm, a package cannot be installed, or a folder cannot be read or written.
pub fn node_program(folder: &Path, program: &Path) -> Result<PathBuf, String> {
    let place = folder.join(program.file_name().unwrap_or_default());
    let _lock = lock(folder, "node.lock")?;
    npm_install(&place, program)?;
    for entry in fs::read_dir(program).map_err(|error| failed(program, &error))?.flatten() {
        let copy = place.join(entry.file_name());
        fs::copy(entry.path(), &copy).map_err(|error| failed(&copy, &error))?;
    }
    Ok(place)
}

/// Installs the packages that a folder pins, if they are missing in `place` or out of date.
fn npm_install(place: &Path, pins: &Path) -> Result<(), String> {
    let installed = place.join("made-of.txt");
    let read = |name: &str| {
        let file = pins.join(name);
        fs::read_to_string(&file).map_err(|error| failed(&file, &error))
    };
    let [manifest, pinned] = [read("package.json")?, read("package-lock.json")?];
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == pinned) {
        return Ok(());
    }
    fs::create_dir_all(place).map_err(|error| failed(place, &error))?;
    for (name, text) in [("package.json", &manifest), ("package-lock.json", &pinned)] {
        fs::write(place.join(name), text).map_err(|error| failed(place, &error))?;
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(place);
    run(&mut install)?;
    fs::write(&installed, pinned).map_err(|error| failed(&installed, &error))
}

/// The installed Node.
///
/// # Errors
/// When Node is not installed.
pub fn node() -> Result<&'static str, String> {
    run(Command::new("node").arg("--version")).map(|()| "node")
}

/// The installed Chromium.
///
/// # Errors
/// When it is not installed.
pub fn chromium() -> Result<PathBuf, String> {
    const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let mut places =
        std::env::split_paths(&folders).flat_map(|folder| NAMES.map(|name| folder.join(name)));
    places
        .find(|place| place.is_file())
        .ok_or_else(|| format!("none of {} is there", NAMES.join(", ")))
}

/// The installed Go.
///
/// # Errors
/// When Go is not installed.
pub fn go() -> Result<&'static str, String> {
    run(Command::new("go").arg("version")).map(|()| "go")
}

/// The installed Java, which has a compiler.
///
/// # Errors
/// When no JDK is installed.
pub fn java() -> Result<&'static str, String> {
    let compiler = ["-m", "jdk.compiler/com.sun.tools.javac.Main", "-version"];
    run(Command::new("java").args(compiler)).map(|()| "java")
}

/// The installed curl.
///
/// # Errors
/// When curl is not installed.
pub fn curl() -> Result<&'static str, String> {
    installed("curl", "--version")
}

/// An installed program, which prints its version when it is asked with this word.
///
/// # Errors
/// When it is not installed.
pub fn installed(program: &'static str, version: &str) -> Result<&'static str, String> {
    run(Command::new(program).arg(version)).map(|()| program)
}

fn requirements() -> Result<String, String> {
    let read = |name: &str| {
        let file = Path::new(PACKAGE).join(name);
        fs::read_to_string(&file).map_err(|error| failed(&file, &error))
    };
    REQUIREMENTS.into_iter().map(read).collect::<Result<Vec<_>, _>>().map(|texts| texts.join("\n"))
}

fn create(environment: &Path) -> Result<(), String> {
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
    // Otherwise urllib3-future, which niquests uses, replaces the files of urllib3 when it is built.
    install.env("URLLIB3_NO_OVERRIDE", "1");
    install
}

/// Creates a folder and locks it. While one caller fills it, the others wait, in any process.
fn lock(folder: &Path, name: &str) -> Result<File, String> {
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let path = folder.join(name);
    let locked = File::create(&path).and_then(|file| file.lock().map(|()| file));
    locked.map_err(|error| failed(&path, &error))
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let message = String::from_utf8_lossy(&output.stderr);
    output.status.success().then_some(()).ok_or_else(|| format!("{command:?}: {}", message.trim()))
}

fn failed(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
