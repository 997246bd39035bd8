//! GitHub-flavoured Markdown: texts that cannot become markup, tables and collapsible parts.
//!
//! Everything that a client or a server may have written passes through `text` or `code`.

use crate::printable::{acts, printable};

/// The letters that Markdown or HTML would read as markup.
const MARKUP: &[char] = &['\\', '`', '*', '_', '~', '|', '[', ']', '#', '$'];

/// A text that is shown as it is. Control characters become spaces, so that it stays on its line.
pub(crate) fn text(plain: &str) -> String {
    let mut escaped = String::with_capacity(plain.len());
    let mut before = ' ';
    for letter in plain.chars() {
        match letter {
            _ if acts(letter) => escaped.push(' '),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // GitHub would notify a user of this name; a word joiner keeps it from that.
            '@' if !before.is_alphanumeric() => escaped.push_str("@\u{2060}"),
            _ if MARKUP.contains(&letter) => escaped.extend(['\\', letter]),
            _ => escaped.push(letter),
        }
        before = letter;
    }
    escaped
}

/// A name as code. A backtick, which would end it, becomes an apostrophe.
pub(crate) fn code(name: &str) -> String {
    let clean = printable(name).replace('`', "'");
    if clean.trim().is_empty() {
        return String::new();
    }
    // GitHub splits the cells of a table before it reads code.
    format!("`{}`", clean.replace('|', "\\|"))
}

/// How the cells of a column are aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heading {
    pub(crate) name: &'static str,
    pub(crate) align: Align,
}

/// A heading of texts.
pub(crate) const fn left(name: &'static str) -> Heading {
    Heading { name, align: Align::Left }
}

/// A heading of numbers.
pub(crate) const fn right(name: &'static str) -> Heading {
    Heading { name, align: Align::Right }
}

/// The lines of a table; none without rows. The cells must be escaped already.
pub(crate) fn table(headings: &[Heading], rows: &[Vec<String>]) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let line = |cells: Vec<&str>| format!("| {} |", cells.join(" | "));
    let rule = |heading: &Heading| match heading.align {
        Align::Left => ":---",
        Align::Right => "---:",
    };
    let mut lines = vec![
        line(headings.iter().map(|heading| heading.name).collect()),
        line(headings.iter().map(rule).collect()),
    ];
    lines.extend(rows.iter().map(|row| line(row.iter().map(String::as_str).collect())));
    lines
}

/// Lines that a click opens; none without content.
pub(crate) fn details(summary: &str, content: Vec<String>) -> Vec<String> {
    if content.iter().all(String::is_empty) {
        return Vec::new();
    }
    let mut lines = vec![
        "<details>".to_owned(),
        format!("<summary>{}</summary>", text(summary)),
        String::new(),
    ];
    lines.extend(content);
    lines.extend([String::new(), "</details>".to_owned()]);
    lines
}

/// The blocks with an empty line between them, ending in a line break. Empty blocks are left out.
pub(crate) fn document(blocks: Vec<Vec<String>>) -> String {
    let blocks = blocks.into_iter().filter(|block| !block.is_empty());
    let blocks: Vec<String> = blocks.map(|block| block.join("\n")).collect();
    format!("{}\n", blocks.join("\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_become_markup() {
        assert_eq!(
            text("</script><b>a|b</b> `x` *y* [z](u) &amp; \x1b[2J"),
            "&lt;/script&gt;&lt;b&gt;a\\|b&lt;/b&gt; \\`x\\` \\*y\\* \\[z\\](u) &amp;amp;  \\[2J"
        );
        assert_eq!(text("a\nb@16 @user"), "a b@16 @\u{2060}user");
        assert_eq!(code("a`b|c\r\n"), "`a'b\\|c  `");
        assert_eq!(code(" "), "");
    }

    #[test]
    fn a_table_without_rows_and_details_without_content_are_left_out() {
        assert!(table(&[left("a")], &[]).is_empty());
        assert!(details("more", vec![String::new()]).is_empty());
        let rows = [vec!["x".to_owned(), "1".to_owned()]];
        let expected = ["| a | b |", "| :--- | ---: |", "| x | 1 |"];
        assert_eq!(table(&[left("a"), right("b")], &rows), expected);
        assert_eq!(document(vec![vec!["a".into()], Vec::new(), vec!["b".into()]]), "a\n\nb\n");
    }
}
