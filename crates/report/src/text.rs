//! Sentences and names, broken to fit.

use crate::printable::printable;

/// How many columns a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.chars().count()
}

/// Breaks a text at its spaces into lines of at most `columns`, each after `indent` spaces. Words
/// that are longer are broken as names are; line breaks and control characters, which a server may
/// have put there, become spaces.
pub(crate) fn wrap(text: &str, columns: usize, indent: usize) -> Vec<String> {
    let clean = printable(text);
    let pieces = clean.split_whitespace().flat_map(|word| break_name(word, columns - indent));
    fill(pieces, " ", columns - indent)
        .into_iter()
        .map(|line| format!("{:indent$}{line}", ""))
        .collect()
}

/// A text as `wrap` breaks it, with `indent` spaces before every line but the first.
pub(crate) fn hang(text: &str, columns: usize, indent: usize) -> Vec<String> {
    let mut lines = wrap(text, columns - indent, 0);
    for line in lines.iter_mut().skip(1) {
        line.insert_str(0, &" ".repeat(indent));
    }
    lines
}

/// A text as `hang` breaks it, all of it set in by `indent`, and its further lines by `further`.
pub(crate) fn hang_by(text: &str, columns: usize, indent: usize, further: usize) -> Vec<String> {
    let lines = hang(text, columns - indent, further - indent);
    lines.into_iter().map(|line| format!("{:indent$}{line}", "")).collect()
}

/// A text behind the start of its first line; further lines are set in by `indent`.
pub(crate) fn fill_behind(start: &str, text: &str, columns: usize, indent: usize) -> Vec<String> {
    let start = if start.is_empty() { " ".repeat(indent) } else { start.to_owned() };
    let room = columns - width(&start);
    let mut first = wrap(text, room, 0);
    if first.is_empty() {
        return vec![start.trim_end().to_owned()];
    }
    let mut lines = vec![format!("{start}{}", first.remove(0))];
    lines.extend(wrap(&first.join(" "), columns, indent));
    lines
}

/// A command after `indent` spaces. It is never broken, so that it can be copied.
pub(crate) fn command(text: &str, indent: usize) -> String {
    format!("{:indent$}{}", "", printable(text))
}

/// Puts entries one after another into lines of at most `columns`, with `between` in between where
/// they share a line. An entry that is longer is broken at its spaces.
pub(crate) fn list(entries: &[String], between: &str, columns: usize) -> Vec<String> {
    let pieces = entries.iter().flat_map(|entry| wrap(entry, columns, 0));
    fill(pieces, between, columns)
}

/// The lines of a text as they stand, each after `indent` spaces, and cut where it is longer than
/// `columns`: for tracebacks and logs, whose own indents say what belongs to what.
pub(crate) fn verbatim(text: &str, columns: usize, indent: usize) -> Vec<String> {
    text.lines()
        .map(printable)
        .filter(|line| !line.trim().is_empty())
        .flat_map(|line| cut(line.trim_end(), columns - indent))
        .map(|line| format!("{:indent$}{line}", ""))
        .collect()
}

/// Breaks a name after its colons and commas into lines of at most `columns`; a part that is longer
/// is cut.
pub(crate) fn break_name(name: &str, columns: usize) -> Vec<String> {
    let name = printable(name);
    let pieces = name.split_inclusive([':', ',']).flat_map(|part| cut(part, columns));
    fill(pieces, "", columns)
}

/// Puts pieces into lines for as long as they fit.
fn fill(pieces: impl Iterator<Item = String>, glue: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for piece in pieces {
        match lines.last_mut() {
            Some(line) if width(line) + width(glue) + width(&piece) <= columns => {
                line.push_str(glue);
                line.push_str(&piece);
            }
            _ => lines.push(piece),
        }
    }
    lines
}

/// Cuts a word into pieces of at most `columns`.
fn cut(word: &str, columns: usize) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    letters.chunks(columns.max(1)).map(|piece| piece.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_a_text_at_its_spaces_and_cuts_a_long_word() {
        assert_eq!(wrap("one two three", 9, 2), ["  one two", "  three"]);
        assert_eq!(wrap("abcdefghij k", 4, 0), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrap("", 10, 0), [""; 0]);
    }

    #[test]
    fn indents_further_lines_of_a_paragraph() {
        assert_eq!(hang("one two three", 9, 2), ["one two", "  three"]);
    }

    #[test]
    fn keeps_the_lines_of_a_log() {
        let text = "Traceback:\r\n  File \"my.py\"\n\n    x = \x1b[2J1\n";
        let lines = ["  Traceback:", "    File \"my.py\"", "      x =  [2J1"];
        assert_eq!(verbatim(text, 40, 2), lines);
        assert_eq!(verbatim("abcdefgh", 6, 2), ["  abcd", "  efgh"]);
    }

    #[test]
    fn removes_control_characters() {
        assert_eq!(wrap("a\r\nb\x1b[2Jc", 20, 0), ["a b [2Jc"]);
    }

    #[test]
    fn puts_entries_on_shared_lines_and_breaks_long_ones() {
        let entries = ["one", "two", "three and four", "five"].map(str::to_owned);
        assert_eq!(list(&entries, " · ", 9), ["one · two", "three and", "four", "five"]);
        assert_eq!(list(&entries, " · ", 13), ["one · two", "three and", "four · five"]);
    }

    #[test]
    fn breaks_a_name_between_its_conditions() {
        let name = "ureq/threads:session=warm,workers=4";
        assert_eq!(break_name(name, 40), [name]);
        assert_eq!(break_name(name, 20), ["ureq/threads:", "session=warm,", "workers=4"]);
    }
}
