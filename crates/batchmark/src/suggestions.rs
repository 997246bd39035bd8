//! What to try after the first run without arguments: two suggestions on the terminal. Nothing is suggested to
//! a pipe, or to somebody who has a recording already.

use std::path::Path;

use report::printer::{is_terminal, print_message};

use crate::exit::Exit;
use crate::hosts;
use crate::output::last_recording;

/// What is there to suggest from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OwnCode {
    /// A Python that can run own code.
    Python,
    /// No Python.
    Nothing,
}

/// Runs something without arguments, and suggests what to try next if it was the first run.
///
/// # Errors
/// Those of the run.
pub(crate) fn after_first(run: impl FnOnce() -> anyhow::Result<Exit>) -> anyhow::Result<Exit> {
    let is_first = last_recording().is_some_and(|recording| !recording.exists());
    let exit = run()?;
    if is_first && exit == Exit::Success && is_terminal() && report::printer::prints_to_terminal() {
        let own = match hosts::on_path(Path::new("python3")) {
            Some(_) => OwnCode::Python,
            None => OwnCode::Nothing,
        };
        print_message(&text(own));
    }
    Ok(exit)
}

fn text(own: OwnCode) -> String {
    let second = match own {
        OwnCode::Python => ("batchmark new bench", "your own code: functions to start from"),
        OwnCode::Nothing => ("batchmark --why", "the same again, with each cause confirmed"),
    };
    let first = ("batchmark 'https://api.example.org/todos/[1-16]'", "your own API");
    let width = [first, second].map(|(command, _)| command.len()).into_iter().max().unwrap_or(0);
    let line = |(command, about)| format!("  {command:width$}  {about}");
    format!("\nTry next:\n{}\n{}", line(first), line(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_what_can_be_done_here() {
        insta::assert_snapshot!(text(OwnCode::Python), @"

        Try next:
          batchmark 'https://api.example.org/todos/[1-16]'  your own API
          batchmark new bench                               your own code: functions to start from
        ");
        insta::assert_snapshot!(text(OwnCode::Nothing), @"

        Try next:
          batchmark 'https://api.example.org/todos/[1-16]'  your own API
          batchmark --why                                   the same again, with each cause confirmed
        ");
    }
}
