//! `batchmark new`: a plan and own code to start from.

use std::path::Path;

use report::printer::print_lines;

use crate::arguments::NewArguments;
use crate::exit::Exit;
use crate::starter;

/// Writes the files, and prints what to type next.
///
/// # Errors
/// If one of the files is there already, or cannot be written.
pub fn new(arguments: &NewArguments) -> anyhow::Result<Exit> {
    let written = starter::write_to(&arguments.folder)?;
    let names: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
    print_lines(&format!(
        "wrote {}\nmeasure them: {}\n",
        words::list::listed(&names),
        measuring(&arguments.folder)
    ))?;
    Ok(Exit::Success)
}

/// What to type to measure what is in a folder: paths in a plan are relative to where batchmark is started.
fn measuring(folder: &Path) -> String {
    const RUN: &str = "batchmark run plan.toml";
    if folder == Path::new(".") {
        return RUN.to_owned();
    }
    let folder = folder.to_string_lossy();
    // A name such as `-x` would be an option.
    let folder = if folder.starts_with('-') { format!("./{folder}") } else { folder.into_owned() };
    format!("cd {} && {RUN}", shell_words::quote(&folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_the_folder_for_a_shell() {
        assert_eq!(measuring(Path::new(".")), "batchmark run plan.toml");
        assert_eq!(measuring(Path::new("bench")), "cd bench && batchmark run plan.toml");
        assert_eq!(measuring(Path::new("my $x")), "cd 'my $x' && batchmark run plan.toml");
        assert_eq!(measuring(Path::new("-x")), "cd ./-x && batchmark run plan.toml");
    }
}
