//! The body of a curl command: what `-d` and its relatives send.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::options::Meaning;
use crate::option_texts::{OptionId, OptionTexts};
use crate::urls::text_or_file;
use crate::usage::UsageError;

/// What `--data-urlencode` encodes: all but the unreserved characters of RFC 3986.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A part of the body.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) meaning: Meaning,
    pub(super) text: String,
}

/// The parts of a body as one text, with files read.
///
/// # Errors
/// If a file cannot be read.
pub(super) fn text(parts: &[Part]) -> Result<String, UsageError> {
    let texts: Result<Vec<String>, UsageError> = parts.iter().map(part).collect();
    Ok(texts?.join("&"))
}

/// Gives the body to a run: as typed where `--data` means the same, else as one text.
///
/// # Errors
/// If a file cannot be read.
pub(super) fn give(parts: &[Part], texts: &mut OptionTexts) -> Result<(), UsageError> {
    if parts.iter().all(|part| part.meaning == Meaning::Data) {
        parts.iter().for_each(|part| texts.add(OptionId::named("data"), &part.text));
    } else {
        texts.add(OptionId::named("data_raw"), text(parts)?);
    }
    Ok(())
}

fn part(Part { meaning, text }: &Part) -> Result<String, UsageError> {
    match meaning {
        Meaning::DataRaw => Ok(text.clone()),
        Meaning::DataBinary => text_or_file(text),
        Meaning::DataUrlencode => encoded(text),
        _ if text.starts_with('@') => Ok(text_or_file(text)?.replace(['\r', '\n', '\0'], "")),
        _ => Ok(text.clone()),
    }
}

/// `content`, `=content`, `name=content`, `@file` or `name@file`: the content is encoded.
fn encoded(text: &str) -> Result<String, UsageError> {
    let (name, content) = match text.find(['=', '@']) {
        None => ("", text.to_owned()),
        Some(at) if text[at..].starts_with('=') => (&text[..at], text[at + 1..].to_owned()),
        Some(at) => (&text[..at], text_or_file(&text[at..])?),
    };
    let separator = if name.is_empty() { "" } else { "=" };
    Ok(format!("{name}{separator}{}", utf8_percent_encode(&content, ENCODED)))
}
