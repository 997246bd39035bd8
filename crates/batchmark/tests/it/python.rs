//! Python libraries: they are found, listed and measured, and missing ones are reported.

use std::fs;
use std::process::Command;

use crate::cluster::Cluster;
use crate::provision;
use crate::support::{BARE, Program};

/// The Python of the test environment, as text.
macro_rules! python_or_return {
    () => {
        match provision::python() {
            Some(python) => python.to_str().expect("a plain path").to_owned(),
            None => return,
        }
    };
}
pub(crate) use python_or_return;

/// A virtual environment without libraries.
fn bare_environment(program: &Program) -> String {
    let folder = program.file("environment");
    let made = Command::new("python3").args(["-m", "venv", "--without-pip"]).arg(&folder).output();
    assert!(made.expect("python3 starts").status.success());
    folder.to_str().expect("a plain path").to_owned()
}

#[test]
fn python_driver_passes_driver_check() {
    let python = python_or_return!();
    let cluster = Cluster::start(&python);
    let words = ["driver-check", "--host", "python", "--python", &python];
    let scheduler = [("DASK_SCHEDULER_ADDRESS", cluster.address())];
    let ended = Program::new().run_with(&scheduler, &words);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(!ended.stdout.contains("WRONG"), "{}", ended.stdout);
    assert!(ended.stdout.contains("ok      dask/gather: "), "{}", ended.stdout);
}

#[test]
fn lists_python_strategies_with_interpreter_and_versions() {
    let python = python_or_return!();
    let ended = Program::new().run(&["strategies", "--python", &python]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for word in [&format!("python: {python}"), "requests/threads", "aiohttp/async", "urllib3 2."] {
        assert!(ended.stdout.contains(word), "{word} is missing in {}", ended.stdout);
    }
    assert!(!ended.stdout.contains("python: not there"), "{}", ended.stdout);
    let longest = ended.stdout.lines().filter(|line| !line.contains('/'));
    let longest = longest.map(|line| line.chars().count()).max();
    assert!(longest <= Some(80), "{}", ended.stdout);
}

#[test]
fn measures_python_libraries_beside_built_in_strategies() {
    let python = python_or_return!();
    let program = Program::new();
    let temporary = program.file("temporary");
    fs::create_dir(&temporary).expect("is made");
    let save = program.file("recording.jsonl");
    let names = "requests/sequential,requests/threads,aiohttp/async,httpx/async,sequential";
    let save = save.to_str().expect("a plain path");
    let words = ["-s", names, "-b", "2", "-n", "2", "--python", &python, "--save", save];
    let temporary_path = temporary.to_str().expect("a plain path");
    let ended = program.run_with(&[("TMPDIR", temporary_path)], &[&words[..], &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let recording = crate::support::read_recording(save.as_ref());
    let drivers: Vec<&str> =
        recording.header.drivers.iter().map(|hello| hello.driver.as_str()).collect();
    assert_eq!(drivers, ["batchmark", "python"], "those that take part, and no others");
    assert_eq!(recording.facts.len(), 5, "{:?}", recording.facts);
    let left: Vec<_> = fs::read_dir(&temporary).expect("is there").flatten().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn keeps_compiled_files_of_the_driver_and_of_no_other_code() {
    let python = python_or_return!();
    let program = Program::new();
    program.write("helper.py", "BODY = b'{}'\n");
    let own = program.write(
        "own.py",
        "import helper\n\ndef fetch(urls):\n    return [helper.BODY for _ in urls]\n",
    );
    let seen = program.file("seen");
    // Before each start: lists what earlier processes compiled in the carried folder, the second argument.
    let script = format!(
        "#!/bin/sh\nfind \"$2\" -name '*.pyc' >> {seen}\nunset PYTHONDONTWRITEBYTECODE\nexec {python} \"$@\"\n",
        seen = seen.display()
    );
    let spy = program.script("spy", &script);
    let own = format!("{own}:fetch");
    let ended = program
        .run(&[&["--own", &own, "-b", "1", "-n", "1", "--python", &spy][..], &BARE].concat());
    // The code ran and fetched nothing.
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    let compiled = fs::read_to_string(&seen).expect("is written");
    assert!(compiled.contains("/driver/__pycache__/protocol."), "{compiled}");
    assert!(compiled.lines().all(|file| file.contains("/python/batchmark/")), "{compiled}");
    assert!(!program.file("__pycache__").exists(), "the user's folder holds compiled files");
}

#[test]
fn says_how_to_install_a_missing_library() {
    if provision::python().is_none() {
        return;
    }
    let program = Program::new();
    let environment = bare_environment(&program);
    let active = [("VIRTUAL_ENV", environment.as_str())];
    let ended = program.run_with(&active, &["-s", "aiohttp/async"]);
    assert_eq!(ended.code, Some(2), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains("aiohttp/async is not available"), "{}", ended.stderr);
    assert!(ended.stderr.contains("-m pip install aiohttp"), "{}", ended.stderr);
    let listed = program.run_with(&active, &["strategies"]).stdout;
    assert!(listed.contains(&format!("python: {environment}/bin/python")), "{listed}");
    assert!(listed.contains("missing") && listed.contains("pip install requests"), "{listed}");
}

#[test]
fn reports_a_missing_interpreter_only_if_it_is_needed() {
    let program = Program::new();
    let named = program.run(&["-s", "requests/threads", "--python", "/nonexistent/python"]);
    assert_eq!(named.code, Some(2), "{}", named.stderr);
    assert!(named.stderr.contains("there is no program /nonexistent/python"), "{}", named.stderr);
    let nowhere = [("PATH", "/nonexistent")];
    let ended = program.run_with(&nowhere, &["-s", "requests/threads"]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("there is no python3 on PATH"), "{}", ended.stderr);
    assert!(ended.stderr.contains("install Python 3.9 or newer"), "{}", ended.stderr);
    let broken = [("VIRTUAL_ENV", "/nonexistent")];
    let ended = program.run_with(&broken, &["-s", "requests/threads"]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("`deactivate`"), "{}", ended.stderr);
    let words = [&["-b", "1", "-n", "1"][..], &BARE].concat();
    assert_eq!(program.run_with(&nowhere, &words).code, Some(0), "it needs no interpreter");
    let listed = program.run_with(&nowhere, &["strategies"]).stdout;
    assert!(
        listed.contains("python: not available") && listed.contains("node: not available"),
        "{listed}"
    );
}

#[test]
fn reports_an_interpreter_that_is_too_old() {
    let python = python_or_return!();
    let program = Program::new();
    // The same interpreter, pretending to be an old one.
    let disguise = "import runpy, sys; sys.version_info = (3, 8, 20, 'final', 0); \
                    sys.argv = sys.argv[2:]; runpy.run_path(sys.argv[0], run_name='__main__')";
    let script = format!("#!/bin/sh\nexec {python} -B -c \"{disguise}\" \"$@\"\n");
    let old = program.script("python3.8", &script);
    let ended = program.run(&["-s", "requests/threads", "--python", &old]);
    assert_eq!(ended.code, Some(2), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains("Python 3.9 or newer; this is 3.8"), "{}", ended.stderr);
}

#[test]
fn reports_a_program_that_is_not_python() {
    let program = Program::new();
    let ended = program.run(&["-s", "requests/threads", "--python", "true"]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("failed as a driver"), "{}", ended.stderr);
}

#[test]
fn starts_no_interpreter_for_built_in_strategies() {
    let program = Program::new();
    let mark = program.file("started");
    let script = format!("#!/bin/sh\ntouch {}\n", mark.display());
    let spy = program.script("spy", &script);
    let hosts = ["--python", &spy, "--node", &spy];
    let ended = program.run(&[&["-b", "1", "-n", "1"][..], &BARE, &hosts].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(!mark.exists(), "an interpreter was started");
    assert_eq!(program.run(&[&["-s", "no/such"][..], &hosts].concat()).code, Some(2));
    assert!(mark.exists(), "the spy does not work");
}
