//! The tables of `docs/performance.md`. A task prints its table, and with `--publish` replaces the block behind the
//! comment `<!-- table: NAME -->` on the page.

use std::fs;

use anyhow::{Context, Result};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/performance.md");
const BEGIN: &str = "```text\n";
const END: &str = "```";

/// What becomes of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Publication {
    /// It is only printed.
    Print,
    /// It replaces the one on the page, too.
    Publish,
}

impl Publication {
    /// Takes `--publish` out of the words of a command line, if it is there.
    pub(crate) fn take(words: &mut Vec<String>) -> Self {
        let before = words.len();
        words.retain(|word| word != "--publish");
        if words.len() < before { Self::Publish } else { Self::Print }
    }
}

/// A table that is printed line by line.
pub(crate) struct Table {
    name: &'static str,
    text: String,
}

impl Table {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, text: String::new() }
    }

    /// Prints a line.
    pub(crate) fn line(&mut self, line: &str) {
        let line = line.trim_end();
        println!("{line}");
        self.text += line;
        self.text.push('\n');
    }

    /// Publishes the table if that was asked for.
    pub(crate) fn finish(&self, publication: Publication) -> Result<()> {
        if publication == Publication::Publish {
            let page = fs::read_to_string(PAGE)?;
            let page = self.placed_in(&page);
            let page = page.with_context(|| format!("{PAGE} has no table {}", self.name))?;
            fs::write(PAGE, page)?;
        }
        Ok(())
    }

    /// The page with this table in its place.
    fn placed_in(&self, page: &str) -> Option<String> {
        let marker = format!("<!-- table: {} -->", self.name);
        let start = page.find(&marker)? + marker.len();
        let start = start + page[start..].find(BEGIN)? + BEGIN.len();
        let end = start + page[start..].find(END)?;
        Some(format!("{}{}{}", &page[..start], self.text, &page[end..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_block_behind_its_comment() {
        let page = |table| {
            format!(
                "<!-- table: a -->\n```text\nA\n```\n\n<!-- table: b -->\n\n```text\n{table}```\n"
            )
        };
        let table = Table { name: "b", text: "new\n".to_owned() };
        assert_eq!(table.placed_in(&page("old\nlines\n")), Some(page("new\n")));
        assert_eq!(Table::new("c").placed_in(&page("old\n")), None);
    }
}
