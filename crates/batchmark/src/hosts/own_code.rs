//! The host of a file of the user's code: the driver of its language, which offers the file's
//! functions. Each file has its own process, so no other driver imports it.

use std::path::PathBuf;

use runner::command::ProcessCommand;

use super::carried::Carried;
use super::host::Host;
use runner::host_driver::Absence;

/// The folder of the strategies.
pub(super) const FOLDER: &str = "own";

/// Why `--own` cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadOwnCode {
    /// There is no such file.
    #[error(
        "there is no file {}: write --own FILE to measure functions marked with @batchmark.strategy, or --own FILE:FUNCTION for any other function",
        .0.display()
    )]
    NoFile(PathBuf),
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
    pub(super) fn read(typed: &str, language: Box<dyn Host>) -> Result<Self, BadOwnCode> {
        let whole = PathBuf::from(typed);
        if !whole.is_file() {
            let (file, function) =
                typed.rsplit_once(':').ok_or_else(|| BadOwnCode::NoFile(whole.clone()))?;
            let file = PathBuf::from(file);
            if !file.is_file() {
                return Err(BadOwnCode::NoFile(if is_name(function) { file } else { whole }));
            }
            if !is_name(function) {
                return Err(BadOwnCode::NoFunction { file, function: function.to_owned() });
            }
        }
        Ok(Self { typed: typed.to_owned(), language })
    }
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
    let is_identifier = |part: &str| {
        let mut letters = part.chars();
        letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
            && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
    };
    text.split('.').all(is_identifier)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::python::Python;

    #[test]
    fn reads_a_file_with_or_without_a_function() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("my.py");
        std::fs::write(&file, "").expect("is written");
        let file = file.to_str().expect("a plain path");
        let python = || Box::new(Python::new(None));
        let read = |typed: &str| OwnCode::read(typed, python()).map(|own| own.typed);
        let sentence = |typed: &str| read(typed).expect_err("is refused").to_string();
        assert_eq!(read(file), Ok(file.to_owned()));
        assert_eq!(read(&format!("{file}:fetch_1")), Ok(format!("{file}:fetch_1")));
        let method = format!("{file}:Client.fetch");
        assert_eq!(read(&method), Ok(method.clone()));
        assert!(
            sentence(&format!("{file}:1st")).starts_with("\"1st\" is not the name of a function")
        );
        assert!(sentence(&format!("{file}:")).contains(&format!("write --own {file}:fetch_all")));
        assert!(sentence("no.py").starts_with("there is no file no.py: write --own FILE"));
        assert!(sentence("no.py:fetch").starts_with("there is no file no.py:"));
    }
}
