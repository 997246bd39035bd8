//! The host of a file of the user's code: the driver of its language, which offers the file's
//! functions. Each file has its own process, so no other driver imports it.

use std::fs;
use std::path::{Path, PathBuf};

use model::plan::OwnFile;
use runner::command::ProcessCommand;

use super::carried::Carried;
use super::host::Host;
use super::{HostArguments, HostName, named};
use crate::nearest::suggestion;
use runner::host_driver::Absence;

/// The folder of the strategies.
pub(super) const FOLDER: &str = "own";

/// Why `--own` cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadOwnCode {
    /// There is no such file.
    #[error(
        "there is no file {}{suggestion}\nwrite --own FILE to measure the functions that a file offers, or --own FILE:FUNCTION for one function",
        file.display()
    )]
    NoFile {
        /// The file.
        file: PathBuf,
        /// The files of its folder with a similar name, as the end of a sentence.
        suggestion: String,
    },
    /// The file is in no language whose driver takes functions.
    #[error(
        "{} is neither Python (.py) nor JavaScript (.mjs, .js, .cjs): measure a program in another language as a command: --command 'NAME=PROGRAM {{urls}}'",
        .0.display()
    )]
    NoLanguage(PathBuf),
    /// The text after the colon is not the name of a function.
    #[error(
        "{function:?} is not the name of a function: write --own {file}:fetch_all, or --own {file}:Client.fetch for a method",
        file = file.display()
    )]
    NoFunction {
        /// The file.
        file: PathBuf,
        /// The text after the colon.
        function: String,
    },
}

/// A file of the user, or one function of it.
#[derive(Debug)]
pub(super) struct OwnCode {
    typed: String,
    /// The host of the file's language. Its driver takes `--own`.
    language: Box<dyn Host>,
}

impl OwnCode {
    /// Reads `FILE` or `FILE:FUNCTION`. The host of the file's language runs it.
    pub(super) fn read(typed: &str, arguments: &HostArguments) -> Result<Self, BadOwnCode> {
        let file = existing_file(typed)?;
        let language = named(language_of(&file)?, arguments);
        Ok(Self { typed: typed.to_owned(), language })
    }
}

/// The content of the files of own code. A file that cannot be read is left out: its driver says why.
pub(super) fn recorded(typed: &[String]) -> Vec<OwnFile> {
    let content = |typed: &String| {
        let content = fs::read(existing_file(typed).ok()?).ok()?;
        let hash = ring::digest::digest(&ring::digest::SHA256, &content);
        let sha256 = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Some(OwnFile { typed: typed.clone(), sha256 })
    };
    typed.iter().filter_map(content).collect()
}

/// The file in `FILE` or `FILE:FUNCTION`.
fn existing_file(typed: &str) -> Result<PathBuf, BadOwnCode> {
    let whole = PathBuf::from(typed);
    if whole.is_file() {
        return Ok(whole);
    }
    let Some((file, function)) = typed.rsplit_once(':') else { return Err(no_file(whole)) };
    let file = PathBuf::from(file);
    if !file.is_file() {
        return Err(no_file(if is_name(function) { file } else { whole }));
    }
    if is_name(function) {
        return Ok(file);
    }
    Err(BadOwnCode::NoFunction { file, function: function.to_owned() })
}

/// The host whose driver runs a file. A file without an extension is taken for Python.
fn language_of(file: &Path) -> Result<HostName, BadOwnCode> {
    let extension = file.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        None | Some("py" | "pyw") => Ok(HostName::Python),
        Some("js" | "mjs" | "cjs" | "ts" | "mts" | "cts") => Ok(HostName::Node),
        Some(_) => Err(BadOwnCode::NoLanguage(file.to_owned())),
    }
}

fn no_file(file: PathBuf) -> BadOwnCode {
    let folder = file.parent().filter(|folder| folder.components().next().is_some());
    let entries = fs::read_dir(folder.unwrap_or_else(|| Path::new("."))).into_iter().flatten();
    let names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| language_of(Path::new(name)).is_ok())
        .collect();
    let typed = file.file_name().unwrap_or_default().to_string_lossy();
    let suggestion = suggestion(&typed, names.iter().map(String::as_str));
    BadOwnCode::NoFile { file, suggestion }
}

impl Host for OwnCode {
    fn name(&self) -> String {
        format!("own code {}", self.typed)
    }

    fn folder(&self) -> Option<&'static str> {
        Some(FOLDER)
    }

    fn driver(&self, carried: &Carried) -> Result<ProcessCommand, Absence> {
        Ok(self.language.driver(carried)?.with(["--own", &self.typed]))
    }

    fn remedy(&self) -> String {
        self.language.remedy()
    }
}

/// Whether a text looks like the name of a function or a method: `fetch`, `Client.fetch`.
fn is_name(text: &str) -> bool {
    let is_sign = |letter: char| matches!(letter, '_' | '$');
    let is_identifier = |part: &str| {
        let mut letters = part.chars();
        letters.next().is_some_and(|first| first.is_alphabetic() || is_sign(first))
            && letters.all(|letter| letter.is_alphanumeric() || is_sign(letter))
    };
    text.split('.').all(is_identifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_file_with_or_without_a_function() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("my.py");
        fs::write(&file, "").expect("is written");
        let file = file.to_str().expect("a plain path");
        assert_eq!(read(file), Ok(file.to_owned()));
        assert_eq!(read(&format!("{file}:fetch_1")), Ok(format!("{file}:fetch_1")));
        let method = format!("{file}:Client.fetch");
        assert_eq!(read(&method), Ok(method.clone()));
        assert!(
            sentence(&format!("{file}:1st")).starts_with("\"1st\" is not the name of a function")
        );
        assert!(sentence(&format!("{file}:")).contains(&format!("write --own {file}:fetch_all")));
        assert!(sentence("no.py").starts_with("there is no file no.py\nwrite --own FILE"));
        assert!(sentence("no.py:fetch").starts_with("there is no file no.py\n"));
    }

    #[test]
    fn chooses_the_language_by_the_extension() {
        let language = |name: &str| language_of(Path::new(name));
        for name in ["my.py", "a.b/my", "MY.PY"] {
            assert_eq!(language(name), Ok(HostName::Python), "{name}");
        }
        for name in ["my.mjs", "my.js", "my.test.cjs", "my.ts"] {
            assert_eq!(language(name), Ok(HostName::Node), "{name}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("my.rb");
        fs::write(&file, "").expect("is written");
        let refused = sentence(&format!("{}:fetch", file.display()));
        assert!(refused.contains("my.rb is neither Python (.py) nor JavaScript"), "{refused}");
    }

    #[test]
    fn suggests_the_file_whose_name_is_near() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("fetch.mjs"), "").expect("is written");
        let refused = sentence(&format!("{}:all", folder.path().join("fetch.js").display()));
        assert!(refused.contains("fetch.js: did you mean fetch.mjs?"), "{refused}");
    }

    fn read(typed: &str) -> Result<String, BadOwnCode> {
        OwnCode::read(typed, &HostArguments::default()).map(|own| own.typed)
    }

    fn sentence(typed: &str) -> String {
        read(typed).expect_err("is refused").to_string()
    }
}
