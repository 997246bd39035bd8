//! The distribution of Python: a wheel with program and package, in an environment of its own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, iter};

use crate::plan_files::report_missing;
use crate::provision;
use crate::support::{Ended, succeed};

/// The folder of the repository, whose `pyproject.toml` describes the distribution.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// What a user of the package runs: one measurement, with a client of the standard library.
const MEASURE: &str = "
import batchmark
arms = ('urllib/sequential', 'ureq/sequential')
options = ['--no-controls', '--link', 'rtt=1ms', '--no-witness']
with batchmark.compare(*arms, batch=2, blocks=2, options=options) as result:
    print(batchmark.find_program(), result.table(), sorted(result.describe()))
";

/// Each shell, and a script that prints how it completes `batchmark explain serial`. Its first argument is the
/// folder of the completions.
const COMPLETING: [(&str, &str); 3] = [
    (
        "bash",
        r#"source "$1/bash-completion/completions/batchmark"
COMP_WORDS=(batchmark explain serial) COMP_CWORD=2
_batchmark batchmark serial explain
echo "${COMPREPLY[@]}""#,
    ),
    (
        "fish",
        r#"source "$argv[2]/fish/vendor_completions.d/batchmark.fish"
complete -C "batchmark explain serial""#,
    ),
    // Only an interactive zsh completes.
    (
        "zsh",
        r#"zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "fpath=($1/zsh/site-functions \$fpath); autoload -Uz compinit; compinit -D -u"
zpty -n -w shell $'batchmark explain serial\t'
zpty -r shell shown '*serial_round_trips*'
print -r -- $shown"#,
    ),
];

/// What `timeout` ends with if its program is missing.
const MISSING: Option<i32> = Some(127);

/// What Cargo says to a test about its crate.
const ABOUT_THE_CRATE: [&str; 3] = ["CARGO_MANIFEST_", "CARGO_PKG_", "OUT_DIR"];

/// Runs maturin in the folder of the repository.
fn maturin(python: &Path, arguments: &[&str], out: &Path) {
    let mut command = Command::new(python);
    command.args(["-m", "maturin"]).args(arguments).arg("--out").arg(out).current_dir(ROOT);
    // The build script of ring reads these: if they change, ring and all that uses it are compiled again.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if ABOUT_THE_CRATE.iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(&*name);
        }
    }
    succeed(&mut command);
}

/// The only file of a folder with this ending.
fn only(folder: &Path, ending: &str) -> PathBuf {
    let files = fs::read_dir(folder).expect("is there").flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> =
        files.filter(|file| file.to_string_lossy().ends_with(ending)).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// The search path with a folder before the others.
fn path_with(folder: &Path) -> OsString {
    let others = env::var_os("PATH").unwrap_or_default();
    let folders = iter::once(folder.to_path_buf()).chain(env::split_paths(&others));
    env::join_paths(folders).expect("no folder on the path has a colon in its name")
}

#[test]
fn wheel_carries_the_program_and_measures_in_a_clean_environment() {
    let Some(python) = provision::python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    // With the profile of the tests, Cargo links the program again and compiles no library a second time.
    maturin(&python, &["build", "--profile", "dev", "--locked"], folder.path());
    let wheel = only(folder.path(), ".whl");
    assert!(wheel.to_string_lossy().contains("-py3-none-"), "{}", wheel.display());
    let environment = folder.path().join("environment");
    succeed(Command::new("python3").args(["-m", "venv"]).arg(&environment));
    let scripts = environment.join("bin");
    let interpreter = scripts.join("python");
    let pip = ["-m", "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check"];
    succeed(Command::new(&interpreter).args(pip).arg(&wheel));

    let run = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder.path()).env("PATH", "/usr/bin:/bin");
        succeed(command.env_remove("VIRTUAL_ENV").env_remove("BATCHMARK"))
    };
    let measured = run(&interpreter, &["-c", MEASURE]);
    let program = scripts.join("batchmark");
    assert!(measured.starts_with(program.to_str().expect("a plain path")), "{measured}");
    assert!(measured.contains("['ureq/sequential', 'urllib/sequential']"), "{measured}");
    let host = format!("python: {}", interpreter.display());
    for listed in
        [run(&program, &["strategies"]), run(&interpreter, &["-m", "batchmark", "strategies"])]
    {
        assert!(listed.contains(&host), "{listed}");
    }

    let shared = environment.join("share");
    let page = fs::read_to_string(shared.join("man/man1/batchmark.1")).expect("is installed");
    assert_eq!(page, run(&program, &["man"]));
    for (shell, script) in COMPLETING {
        let mut command = Command::new("timeout");
        command.args(["60", shell, "-c", script, shell]).arg(&shared);
        command.env("PATH", path_with(&scripts)).env("HOME", folder.path());
        let ended = Ended::from(command.stdin(Stdio::null()).output().expect("timeout starts"));
        if ended.code == MISSING {
            report_missing(shell);
            continue;
        }
        let completed = ended.stdout.contains("serial_round_trips");
        assert!(completed, "{shell}: {}{}", ended.stdout, ended.stderr);
    }
}

#[test]
fn source_distribution_holds_what_the_program_carries() {
    let Some(python) = provision::python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    maturin(&python, &["sdist"], folder.path());
    let list = "import sys, tarfile; print('\\n'.join(tarfile.open(sys.argv[1]).getnames()))";
    let archive = only(folder.path(), ".tar.gz");
    let names = succeed(Command::new(&python).args(["-c", list]).arg(archive));
    for needed in [
        "Cargo.lock",
        "crates/batchmark/drivers/node/driver.mjs",
        "crates/batchmark/drivers/node/conditions.json",
        "crates/batchmark/drivers/python/batchmark/driver/conditions.json",
        "crates/batchmark/drivers/python/batchmark/driver/__main__.py",
        "crates/clients/conditions.json",
        "crates/socket-witness/preload/witness.c",
        "drivers/python/batchmark/comparison.py",
        "drivers/python/wheel/data/share/man/man1/batchmark.1",
    ] {
        assert!(names.lines().any(|name| name.ends_with(needed)), "{needed} is missing");
    }
}
