//! What the packages of the crates hold: a registry builds them without the repository. And what they are built of.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::succeed;

/// The folder of the crates.
const CRATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What the packages hold beside their sources: the crate's folder, and the file.
const NEEDED: [(&str, &str); 10] = [
    ("batchmark", "README.md"),
    ("batchmark", "drivers/go/main.go"),
    ("batchmark", "drivers/java/Host.java"),
    ("batchmark", "drivers/node/driver.mjs"),
    ("batchmark", "drivers/node/conditions.json"),
    ("batchmark", "drivers/python/batchmark/driver/__main__.py"),
    ("batchmark", "drivers/python/batchmark/driver/conditions.json"),
    ("batchmark", "src/hosts/carried/entry.py"),
    ("clients", "conditions.json"),
    ("socket-witness", "preload/witness.c"),
];

/// The folders of the crates that are published.
fn published() -> Vec<String> {
    let folders = fs::read_dir(CRATES).expect("is there").flatten();
    let names = folders.map(|folder| folder.file_name().to_string_lossy().into_owned());
    let is_published = |name: &String| {
        let manifest = fs::read_to_string(Path::new(CRATES).join(name).join("Cargo.toml"));
        !manifest.expect("a crate has a manifest").contains("publish = false")
    };
    names.filter(is_published).collect()
}

/// The files in the package of a crate.
fn packaged(folder: &str) -> Vec<String> {
    let mut list = Command::new(env!("CARGO"));
    list.args(["package", "--list", "--allow-dirty", "--offline"]);
    list.current_dir(Path::new(CRATES).join(folder));
    succeed(&mut list).lines().map(str::to_owned).collect()
}

#[test]
fn packages_of_the_crates_hold_their_licences_and_what_they_carry() {
    let published = published();
    assert!(published.len() > 10, "{published:?}");
    for folder in &published {
        let files = packaged(folder);
        let needed = NEEDED.iter().filter(|(crate_folder, _)| crate_folder == folder);
        for file in needed.map(|(_, file)| *file).chain(["LICENSE-APACHE", "LICENSE-MIT"]) {
            assert!(files.iter().any(|packaged| packaged == file), "{folder}: {file} is missing");
        }
        let unwanted = ["__pycache__", "node_modules", "drivers/python/tests"];
        let found = files.iter().find(|file| unwanted.iter().any(|word| file.contains(word)));
        assert_eq!(found, None, "{folder}");
    }
}

/// The packages that Cargo builds for a selection of crates, each with its version and features.
fn resolved(selection: &[&str]) -> BTreeSet<String> {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--locked", "--offline", "--prefix", "none", "--no-dedupe"]);
    tree.args(["--format", "{p} {f}"]).args(selection).current_dir(CRATES);
    succeed(&mut tree).lines().map(str::to_owned).collect()
}

#[test]
fn program_is_built_of_what_the_tests_of_the_workspace_are_built_of() {
    let program = resolved(&["--package", "batchmark", "--edges", "normal,build"]);
    let workspace = resolved(&["--workspace", "--edges", "normal,build,dev"]);
    assert!(program.len() > 100, "{program:?}");
    let built_twice: Vec<&String> = program.difference(&workspace).collect();
    assert!(
        built_twice.is_empty(),
        "a test, a benchmark or a task asks for more features of these: ask for them in \
         [workspace.dependencies] too. {built_twice:#?}"
    );
}
