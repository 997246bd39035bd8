//! The texts that give a secret away: its value, in base64, and as programs print it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// Fewer characters are too common to be hidden wherever they occur.
const SHORTEST: usize = 4;
/// Fewer characters are hidden only as a word of their own.
const SHORTEST_ANYWHERE: usize = 8;
/// Fewer characters of a secret do not give it away.
const SHORTEST_REST: usize = 6;

/// A text that gives a secret away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) text: String,
    pub(super) extent: Extent,
}

/// Where a form is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// Wherever it occurs.
    Anywhere,
    /// Where no letter or digit is next to it, because the text is short or only digits.
    Word,
}

/// The forms of a value; percent-encoding is undone before they are searched.
pub(super) fn of_value(value: &str) -> Vec<Form> {
    let bytes = value.as_bytes();
    if value.chars().count() < SHORTEST {
        return Vec::new();
    }
    let texts = [
        value.to_owned(),
        value.replace(' ', "+"),
        STANDARD.encode(bytes),
        STANDARD_NO_PAD.encode(bytes),
        URL_SAFE.encode(bytes),
        URL_SAFE_NO_PAD.encode(bytes),
        value.replace('\\', r"\\").replace('"', "\\\""),
        value.replace('\\', r"\\").replace('\'', r"\'"),
        value.escape_debug().to_string(),
        value.chars().map(unicode_escape).collect(),
        value.bytes().map(byte_escape).collect(),
    ];
    let mut forms: Vec<Form> = Vec::new();
    for text in texts {
        let form = Form { extent: extent(&text), text };
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

fn extent(text: &str) -> Extent {
    let is_short = text.chars().count() < SHORTEST_ANYWHERE;
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    if is_short || is_number { Extent::Word } else { Extent::Anywhere }
}

/// A character as `json.dumps` of Python writes it.
fn unicode_escape(letter: char) -> String {
    match letter {
        '"' | '\\' => format!("\\{letter}"),
        ' '..='~' => letter.to_string(),
        _ => letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
    }
}

/// A byte as Python writes it in a bytes literal.
fn byte_escape(byte: u8) -> String {
    match byte {
        b'\\' | b'\'' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    }
}

impl Form {
    /// The length of the longest end of this form with which a text starts, if it is long enough to
    /// give the secret away.
    pub(super) fn end_at_start(&self, text: &str) -> Option<usize> {
        let ends = self.text.char_indices().skip(1).map(|(start, _)| &self.text[start..]);
        self.rest(ends, |rest| text.starts_with(rest))
    }

    /// The length of the longest start of this form with which a text ends.
    pub(super) fn start_at_end(&self, text: &str) -> Option<usize> {
        let starts = self.text.char_indices().skip(1).map(|(end, _)| &self.text[..end]);
        self.rest(starts, |rest| text.ends_with(rest))
    }

    fn rest<'a>(
        &self,
        rests: impl Iterator<Item = &'a str>,
        occurs: impl Fn(&str) -> bool,
    ) -> Option<usize> {
        let is_telling = |rest: &&str| rest.len() >= SHORTEST_REST && occurs(rest);
        let lengths = rests.filter(is_telling).map(str::len);
        lengths.max().filter(|_| self.extent == Extent::Anywhere)
    }
}
