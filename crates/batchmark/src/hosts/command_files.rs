//! The files that decide what a command does: its program, and those that its words name.

use std::env;
use std::path::{Path, PathBuf};

use clients::CommandSpec;
use model::plan::CommandFile;

use crate::secrets::HashKey;

/// The files of a command, each once, with its content as it is now. A file that cannot be read is left out.
pub(super) fn recorded(spec: &CommandSpec, key: &HashKey) -> Vec<CommandFile> {
    let mut files: Vec<CommandFile> = Vec::new();
    for name in names(spec) {
        if files.iter().any(|file| file.name == name) {
            continue;
        }
        let path = find(&name).filter(|path| path.is_file());
        let tag = path.and_then(|path| key.tag_of_file(&path).ok());
        files.extend(tag.map(|tag| CommandFile { name, tag }));
    }
    files
}

/// What may name a file: each word, and what follows `=` or `@` in it, as in `--data=@body.json`. The words of a
/// script are those of its commands too, because it may run any of them.
fn names(spec: &CommandSpec) -> Vec<String> {
    let words: Vec<String> = spec.words.iter().chain(spec.null.iter().flatten()).cloned().collect();
    let words =
        if spec.shell { words.iter().flat_map(|text| script_words(text)).collect() } else { words };
    let parts = |word: &String| -> Vec<String> {
        let value = word.split_once('=').map(|(_name, value)| value.to_owned());
        let named = [Some(word.clone()), value].into_iter().flatten();
        named.map(|part| part.trim_start_matches('@').to_owned()).collect()
    };
    words.iter().flat_map(parts).filter(|part| !part.is_empty()).collect()
}

fn script_words(script: &str) -> Vec<String> {
    let words = shell_words::split(script)
        .unwrap_or_else(|_| script.split_whitespace().map(str::to_owned).collect());
    words.iter().map(|word| word.trim_matches([';', '(', ')', '&', '|']).to_owned()).collect()
}

/// The file of a name: below the current folder, else a program.
fn find(name: &str) -> Option<PathBuf> {
    if Path::new(name).is_file() {
        return Some(PathBuf::from(name));
    }
    let folders = env::var_os("PATH").filter(|_| !name.contains('/'))?;
    env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn spec(words: &[&str], shell: bool) -> CommandSpec {
        let words = words.iter().map(|&word| word.to_owned()).collect();
        CommandSpec { name: "x".to_owned(), words, null: None, shell }
    }

    fn files(words: &[&str], shell: bool) -> Vec<String> {
        let files = recorded(&spec(words, shell), &HashKey::fixed());
        files.into_iter().map(|file| file.name).collect()
    }

    #[test]
    fn lists_the_program_and_the_files_that_words_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("body.json");
        fs::write(&file, "{}").expect("is written");
        let file = file.to_str().expect("a plain path");
        let data = format!("--data=@{file}");
        assert_eq!(
            files(&["sh", &data, file, "/tmp", "no-such-file", "{urls}"], false),
            ["sh", file]
        );
        assert_eq!(files(&[&format!("(sh {file}); wait-for-no-program")], true), ["sh", file]);
    }

    #[test]
    fn tags_a_file_by_its_content() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("script.sh");
        let tag = |text: &str| {
            fs::write(&file, text).expect("is written");
            let spec = spec(&[file.to_str().expect("a plain path")], false);
            recorded(&spec, &HashKey::fixed()).pop().expect("is there").tag
        };
        assert_eq!(tag("echo 1"), tag("echo 1"));
        assert_ne!(tag("echo 1"), tag("echo 2"));
    }
}
