//! `batchmark explain`: the page of a finding or a caveat.

use report::printer::{print, style};

use crate::arguments::ExplainArguments;
use crate::exit::Exit;
use crate::nearest::suggestion;
use crate::usage::UsageError;

/// Prints the page of a code; without a code, all codes.
///
/// # Errors
/// If there is no such code, or nothing can be printed.
pub fn explain(arguments: &ExplainArguments) -> anyhow::Result<Exit> {
    let text = match &arguments.code {
        None => words::pages::index(),
        Some(code) => {
            let page = words::pages::page(code).ok_or_else(|| unknown(code))?;
            report::page(&page, style())
        }
    };
    print(&text)?;
    Ok(Exit::Success)
}

fn unknown(code: &str) -> UsageError {
    let suggestion = suggestion(code, words::pages::codes());
    UsageError::UnknownCode { typed: code.to_owned(), suggestion }
}
