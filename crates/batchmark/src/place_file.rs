//! A recording with the name of the place where it was made, as typed: `paris=run.jsonl`, or `paris.jsonl`.

use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A recording of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceFile {
    /// The name of the place: the typed one, else the beginning of the file's name.
    pub place: String,
    /// The recording.
    pub path: PathBuf,
}

/// The text is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("name a recording, such as paris.jsonl or paris=run.jsonl")]
pub struct NoFile;

impl FromStr for PlaceFile {
    type Err = NoFile;

    /// Reads `NAME=FILE` or `FILE`. A file that exists under the whole text is that file.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(NoFile);
        }
        let named =
            text.split_once('=').filter(|(name, path)| !name.is_empty() && !path.is_empty());
        Ok(match named {
            Some((name, path)) if !Path::new(text).exists() && !name.contains('/') => {
                Self { place: name.to_owned(), path: PathBuf::from(path) }
            }
            _ => Self { place: stem(Path::new(text)), path: PathBuf::from(text) },
        })
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_after_its_file_unless_a_name_is_typed() {
        let read = |text: &str| {
            let PlaceFile { place, path } = text.parse().expect("names a file");
            (place, path.to_string_lossy().into_owned())
        };
        let pair = |place: &str, path: &str| (place.to_owned(), path.to_owned());
        assert_eq!(read("runs/paris.jsonl"), pair("paris", "runs/paris.jsonl"));
        assert_eq!(read("tokyo=a/run.jsonl"), pair("tokyo", "a/run.jsonl"));
        assert_eq!(read("a/b=c.jsonl"), pair("b=c", "a/b=c.jsonl"));
        assert_eq!(read("=c.jsonl"), pair("=c", "=c.jsonl"));
        assert_eq!(read("main"), pair("main", "main"));
        assert_eq!("".parse::<PlaceFile>(), Err(NoFile));
    }
}
