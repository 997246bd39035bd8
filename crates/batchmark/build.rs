//! Lists the hosts' sources, so that the program carries every file of them: a file that is added
//! to the Python package is carried without being named anywhere else.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let drivers = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default())
        .join("../../drivers")
        .canonicalize()?;
    let mut files = vec![PathBuf::from("node/driver.mjs")];
    python_files(&drivers, Path::new("python/batchmark"), &mut files)?;
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

/// Adds the sources of a package, which stands in `folder` under `drivers`.
fn python_files(drivers: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", drivers.join(folder).display());
    for entry in fs::read_dir(drivers.join(folder))? {
        let entry = entry?;
        let file = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            if entry.file_name() != "__pycache__" {
                python_files(drivers, &file, files)?;
            }
        } else if file.extension().is_some_and(|extension| extension == "py") {
            files.push(file);
        }
    }
    Ok(())
}
