//! Lists the sources of the drivers that the program carries. A file that is added to the folder of a
//! driver is carried without being named anywhere else.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The folders whose sources are carried, under `drivers`, a link to the folder of the repository: a package
/// of this crate holds the files themselves.
const FOLDERS: [&str; 4] = ["go", "java", "node", "python/batchmark"];

/// Folders in them that hold no sources.
const SKIPPED: [&str; 2] = ["__pycache__", "test"];

/// Files that a published package needs and the program does not.
const UNCARRIED: [&str; 2] = ["package.json", "index.mjs"];

/// The extensions of sources; `conditions.json` is beside the code that reads it.
const EXTENSIONS: [&str; 5] = ["go", "java", "json", "mjs", "py"];

fn main() -> io::Result<()> {
    let drivers = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default())
        .join("drivers")
        .canonicalize()?;
    let mut files = Vec::new();
    for folder in FOLDERS {
        add_sources(&drivers, Path::new(folder), &mut files)?;
    }
    files.sort();
    let mut table = String::from("&[\n");
    for file in files {
        let source = drivers.join(&file);
        println!("cargo::rerun-if-changed={}", source.display());
        let _ = writeln!(table, "    ({file:?}, include_str!({source:?})),");
    }
    table.push(']');
    fs::write(PathBuf::from(env::var("OUT_DIR").unwrap_or_default()).join("carried.rs"), table)
}

/// Adds the sources in `folder`, which is relative to `drivers`, and in its subfolders.
fn add_sources(drivers: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", drivers.join(folder).display());
    for entry in fs::read_dir(drivers.join(folder))? {
        let name = entry?.file_name();
        let file = folder.join(&name);
        if drivers.join(&file).is_dir() {
            if !SKIPPED.iter().any(|skipped| name == *skipped) {
                add_sources(drivers, &file, files)?;
            }
        } else if is_source(&file) && !UNCARRIED.iter().any(|uncarried| name == *uncarried) {
            files.push(file);
        }
    }
    Ok(())
}

fn is_source(file: &Path) -> bool {
    let extension = file.extension();
    extension.is_some_and(|extension| EXTENSIONS.iter().any(|source| extension == *source))
}
