//! Characters that act on a terminal or a page instead of being shown. What a server, a client or a user wrote
//! reaches neither with them.

/// Whether a character acts: a control character, a line break, or one that changes the direction of
/// writing.
pub(crate) fn acts(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

/// The text with a space in place of every character that acts.
pub(crate) fn printable(text: &str) -> String {
    text.replace(acts, " ")
}

/// The text with a space in place of every character that acts, except those that lay out its lines.
pub(crate) fn printable_lines(text: &str) -> String {
    text.replace(|letter| acts(letter) && !matches!(letter, '\n' | '\t'), " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_act_become_spaces_and_all_others_stay() {
        assert_eq!(printable("a\u{1b}[31mb\r\n\u{202e}c\u{2067}d\u{9b}e"), "a [31mb   c d e");
        assert_eq!(printable_lines("a\n\tb\u{1b}[2J\r"), "a\n\tb [2J ");
        assert_eq!(printable("Grüße, 日本 \u{2060}✓"), "Grüße, 日本 \u{2060}✓");
    }
}
