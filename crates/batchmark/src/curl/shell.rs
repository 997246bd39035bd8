//! Splits a command into words as a POSIX shell does, with `$'…'` as bash has it. It expands nothing: what
//! a shell would expand is refused.

use std::iter::Peekable;
use std::str::Chars;

/// Why a text is not one command.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadShell {
    /// A quote has no end.
    #[error("a quote {0} is not closed: copy the command to its end")]
    Unclosed(char),
    /// Another command follows.
    #[error("the command has an unquoted {0}: leave out what is no part of curl, or quote the URL")]
    Operator(char),
    /// A shell would put a value there.
    #[error("the command uses {0} of the shell: write its value instead")]
    Expansion(String),
    /// An escape is no character.
    #[error("the command has an escape that is no UTF-8 text")]
    NotUtf8,
}

/// The words of a command.
///
/// # Errors
/// If a quote is open, or a shell would do more than split it.
pub(super) fn split(text: &str) -> Result<Vec<String>, BadShell> {
    let mut splitter = Splitter { rest: text.chars().peekable(), words: Vec::new(), word: None };
    while let Some(letter) = splitter.rest.next() {
        splitter.take(letter)?;
    }
    splitter.end_word();
    Ok(splitter.words)
}

struct Splitter<'t> {
    rest: Peekable<Chars<'t>>,
    words: Vec<String>,
    /// The word that has begun.
    word: Option<String>,
}

impl Splitter<'_> {
    fn word(&mut self) -> &mut String {
        self.word.get_or_insert_default()
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn take(&mut self, letter: char) -> Result<(), BadShell> {
        match letter {
            '\\' => self.escaped(),
            '\'' => self.literal()?,
            '"' => self.double_quoted()?,
            '$' => self.dollar()?,
            '`' => return Err(BadShell::Expansion("`…`".to_owned())),
            '|' | '&' | ';' | '<' | '>' | '(' | ')' => return Err(BadShell::Operator(letter)),
            space if space.is_whitespace() => self.end_word(),
            letter => self.word().push(letter),
        }
        Ok(())
    }

    /// A backslash: before the end of a line both are left out.
    fn escaped(&mut self) {
        if self.rest.peek() == Some(&'\r') {
            self.rest.next();
        }
        match self.rest.next() {
            None | Some('\n') => {}
            Some(letter) => self.word().push(letter),
        }
    }

    fn literal(&mut self) -> Result<(), BadShell> {
        self.word();
        loop {
            match self.rest.next() {
                None => return Err(BadShell::Unclosed('\'')),
                Some('\'') => return Ok(()),
                Some(letter) => self.word().push(letter),
            }
        }
    }

    fn double_quoted(&mut self) -> Result<(), BadShell> {
        self.word();
        loop {
            match self.rest.next() {
                None => return Err(BadShell::Unclosed('"')),
                Some('"') => return Ok(()),
                Some('\\') => match self.rest.next() {
                    None => return Err(BadShell::Unclosed('"')),
                    Some('\n') => {}
                    Some(letter @ ('"' | '\\' | '$' | '`')) => self.word().push(letter),
                    Some(letter) => self.word().extend(['\\', letter]),
                },
                Some('`') => return Err(BadShell::Expansion("`…`".to_owned())),
                Some('$') => self.refuse_expansion()?,
                Some(letter) => self.word().push(letter),
            }
        }
    }

    /// A dollar sign outside of quotes.
    fn dollar(&mut self) -> Result<(), BadShell> {
        match self.rest.peek() {
            Some('\'') => {
                self.rest.next();
                self.ansi_quoted()
            }
            Some('"') => Ok(()),
            _ => self.refuse_expansion(),
        }
    }

    /// A dollar sign that begins no name is a plain character.
    fn refuse_expansion(&mut self) -> Result<(), BadShell> {
        match self.rest.peek().copied() {
            Some('(') => Err(BadShell::Expansion("$(…)".to_owned())),
            Some('{') => Err(BadShell::Expansion("${…}".to_owned())),
            Some(letter) if letter.is_alphabetic() || letter == '_' => {
                let mut name = String::from("$");
                let is_part = |letter: &char| letter.is_alphanumeric() || *letter == '_';
                while let Some(letter) = self.rest.next_if(is_part) {
                    name.push(letter);
                }
                Err(BadShell::Expansion(name))
            }
            _ => {
                self.word().push('$');
                Ok(())
            }
        }
    }

    /// The text of `$'…'`, after its first quote. Escapes may be bytes.
    fn ansi_quoted(&mut self) -> Result<(), BadShell> {
        let mut bytes = Vec::new();
        loop {
            match self.rest.next() {
                None => return Err(BadShell::Unclosed('\'')),
                Some('\'') => break,
                Some('\\') => self.ansi_escape(&mut bytes)?,
                Some(letter) => push(&mut bytes, letter),
            }
        }
        let text = String::from_utf8(bytes).map_err(|_| BadShell::NotUtf8)?;
        self.word().push_str(&text);
        Ok(())
    }

    fn ansi_escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), BadShell> {
        let Some(letter) = self.rest.next() else { return Err(BadShell::Unclosed('\'')) };
        match letter {
            'n' => bytes.push(b'\n'),
            't' => bytes.push(b'\t'),
            'r' => bytes.push(b'\r'),
            'a' => bytes.push(7),
            'b' => bytes.push(8),
            'e' | 'E' => bytes.push(27),
            'f' => bytes.push(12),
            'v' => bytes.push(11),
            'x' => bytes.push(self.byte(16, 2, 0)?),
            'u' => push(bytes, self.character(4)?),
            'U' => push(bytes, self.character(8)?),
            first @ '0'..='7' => bytes.push(self.byte(8, 2, first.to_digit(8).unwrap_or(0))?),
            '\\' | '\'' | '"' | '?' => push(bytes, letter),
            other => {
                bytes.push(b'\\');
                push(bytes, other);
            }
        }
        Ok(())
    }

    /// A number of up to `most` further digits.
    fn number(&mut self, radix: u32, most: usize, first: u32) -> u32 {
        let mut number = first;
        for _ in 0..most {
            let digit = self.rest.peek().and_then(|letter| letter.to_digit(radix));
            let Some(digit) = digit else { break };
            self.rest.next();
            number = number.wrapping_mul(radix).wrapping_add(digit);
        }
        number
    }

    fn byte(&mut self, radix: u32, most: usize, first: u32) -> Result<u8, BadShell> {
        u8::try_from(self.number(radix, most, first)).map_err(|_| BadShell::NotUtf8)
    }

    /// A character by its number. JavaScript writes one beyond U+FFFF as two halves, and so do browsers.
    fn character(&mut self, digits: usize) -> Result<char, BadShell> {
        let number = self.number(16, digits, 0);
        if !(0xD800..0xDC00).contains(&number) {
            return char::from_u32(number).ok_or(BadShell::NotUtf8);
        }
        if self.rest.next() != Some('\\') || self.rest.next() != Some('u') {
            return Err(BadShell::NotUtf8);
        }
        let low = self.number(16, 4, 0);
        if !(0xDC00..0xE000).contains(&low) {
            return Err(BadShell::NotUtf8);
        }
        char::from_u32(0x1_0000 + ((number - 0xD800) << 10) + (low - 0xDC00))
            .ok_or(BadShell::NotUtf8)
    }
}

fn push(bytes: &mut Vec<u8>, letter: char) {
    bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_words_as_bash_does() {
        for (text, words) in [
            ("a  b\n c\\\n d\\\r\n e", vec!["a", "b", "c", "d", "e"]),
            (r#"'a b' "c d" e\ f g'h'"i" '' """#, vec!["a b", "c d", "e f", "ghi", "", ""]),
            (r#""a\"b\\c\$d\`e\f" 'a\b'"#, vec!["a\"b\\c$d`e\\f", "a\\b"]),
            (
                r"$'a\'b\n\t\\' $'\x41\101\u0021\u00e9\U0001F600' $'\xc3\xa9'",
                vec!["a'b\n\t\\", "AA!é😀", "é"],
            ),
            (r"$'\ud83d\ude00' x$'y'z $'\q'", vec!["😀", "xyz", "\\q"]),
            (r#"$"a" 5$ "5$ b""#, vec!["a", "5$", "5$ b"]),
            ("", vec![]),
        ] {
            assert_eq!(split(text).expect("splits"), words, "{text}");
        }
    }

    #[test]
    fn refuses_what_a_shell_would_do_more() {
        let expansion = |text: &str| BadShell::Expansion(text.to_owned());
        for (text, error) in [
            ("a 'b", BadShell::Unclosed('\'')),
            ("a \"b", BadShell::Unclosed('"')),
            ("a \"b\\", BadShell::Unclosed('"')),
            ("$'a", BadShell::Unclosed('\'')),
            ("$'a\\", BadShell::Unclosed('\'')),
            ("a | b", BadShell::Operator('|')),
            ("a?b&c", BadShell::Operator('&')),
            ("a > b", BadShell::Operator('>')),
            ("$A_1.", expansion("$A_1")),
            ("\"$(a)\"", expansion("$(…)")),
            ("${A}", expansion("${…}")),
            ("`a`", expansion("`…`")),
            (r"$'\xff'", BadShell::NotUtf8),
            (r"$'\777'", BadShell::NotUtf8),
            (r"$'\ud83dx'", BadShell::NotUtf8),
            (r"$'\UFFFFFFFF'", BadShell::NotUtf8),
        ] {
            assert_eq!(split(text), Err(error), "{text}");
        }
    }
}
