//! A page of documentation in the terminal: Markdown without its marks, wrapped to the width.
//!
//! It knows what the pages of `words` use: headings, paragraphs, lists, tables and fenced blocks.

use crate::style::{Ink, Style};
use crate::text;

/// By how many columns fenced blocks are indented.
const INDENT: usize = 4;

/// A Markdown page as text, ending in a line break.
pub fn page(markdown: &str, style: Style) -> String {
    let mut page = Rendered { style, lines: Vec::new(), paragraph: String::new() };
    let mut in_fence = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            page.end_paragraph();
            in_fence = !in_fence;
        } else if in_fence {
            page.lines.push(format!("{:INDENT$}{line}", "").trim_end().to_owned());
        } else {
            page.take(line);
        }
    }
    page.end_paragraph();
    let text = page.lines.join("\n");
    format!("{}\n", text.trim_end())
}

struct Rendered {
    style: Style,
    lines: Vec<String>,
    /// The paragraph or list item that is being read.
    paragraph: String,
}

impl Rendered {
    fn take(&mut self, line: &str) {
        let trimmed = line.trim();
        if let Some(heading) = heading(trimmed) {
            self.end_paragraph();
            self.lines.push(self.style.paint(&plain(heading), Ink::Heading));
        } else if trimmed.is_empty() {
            self.end_paragraph();
            self.lines.push(String::new());
        } else if trimmed.starts_with('|') {
            self.end_paragraph();
            self.lines.extend(row(trimmed));
        } else {
            if is_item(trimmed) {
                self.end_paragraph();
            }
            if !self.paragraph.is_empty() {
                self.paragraph.push(' ');
            }
            self.paragraph.push_str(trimmed);
        }
    }

    fn end_paragraph(&mut self) {
        let paragraph = plain(&std::mem::take(&mut self.paragraph));
        if paragraph.is_empty() {
            return;
        }
        let indent = if is_item(&paragraph) { 2 } else { 0 };
        self.lines.extend(text::hang(&paragraph, self.style.columns(), indent));
    }
}

fn heading(line: &str) -> Option<&str> {
    line.starts_with('#').then(|| line.trim_start_matches('#').trim())
}

fn is_item(line: &str) -> bool {
    line.starts_with("- ")
}

/// A row of a table with its cells side by side; nothing for the line below the headings.
fn row(line: &str) -> Option<String> {
    let cells: Vec<String> =
        line.trim_matches('|').split('|').map(|cell| plain(cell.trim())).collect();
    let is_rule = cells.iter().all(|cell| cell.chars().all(|letter| matches!(letter, '-' | ':')));
    (!is_rule).then(|| cells.join("  "))
}

/// The text without marks of emphasis and code, and links by their words alone.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("](") {
        let (before, words) = before.rsplit_once('[').unwrap_or((before, ""));
        out.push_str(before);
        out.push_str(words);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out.replace("**", "").replace(['`', '*'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_a_page_and_removes_its_marks() {
        let markdown = "# worker_limit\n\nRequests wait for **a worker**, see [the link](link.md).\n\
             Two lines are one paragraph.\n\n- one item of `code`\n  that goes on\n- another\n\n\
             ```python\nrun( 1 )\n```\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n";
        insta::assert_snapshot!(page(markdown, Style::default()), @r"
        worker_limit

        Requests wait for a worker, see the link. Two lines are one paragraph.

        - one item of code that goes on
        - another

            run( 1 )

        a  b
        1  2
        ");
    }

    #[test]
    fn keeps_the_prose_of_a_page_within_the_width() {
        let long = "word ".repeat(100);
        for line in page(&long, Style::default()).lines() {
            assert!(text::width(line) <= 80, "{line}");
        }
    }
}
