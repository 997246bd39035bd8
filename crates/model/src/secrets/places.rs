//! Secrets that are recognized by their place: user name and password of a URL, query values and
//! headers whose names say so.

use super::{HIDDEN, Replacement, Secrets};
use crate::target::percent_decoded;

/// The longest name that is looked at.
const LONGEST_NAME: usize = 100;

/// Secrets in a text, in its order. What is hidden already is left alone.
pub(super) fn find(text: &str, secrets: &Secrets) -> Vec<Replacement> {
    let found = [userinfo(text), query_values(text, secrets), headers(text, secrets)];
    let mut found: Vec<Replacement> = found.into_iter().flatten().collect();
    found.sort_by_key(|replacement| replacement.place.start);
    let mut end = 0;
    found.retain(|replacement| {
        let follows = replacement.place.start >= end;
        end = end.max(replacement.place.end);
        follows
    });
    found
}

fn hidden(text: &str, start: usize, length: usize) -> Option<Replacement> {
    let value = &text[start..start + length];
    let is_open = !value.is_empty() && !value.contains(HIDDEN);
    is_open.then(|| Replacement { place: start..start + length, text: HIDDEN.to_owned() })
}

/// Whether a character ends a URL in a text.
fn ends_url(letter: char) -> bool {
    letter.is_whitespace() || "\"'<>`\\".contains(letter)
}

/// `user:password` between `://` and `@`.
fn userinfo(text: &str) -> Vec<Replacement> {
    let found = text.match_indices("://").filter_map(|(at, separator)| {
        let start = at + separator.len();
        let ends = |letter| ends_url(letter) || "/?#".contains(letter);
        let authority = text[start..].split(ends).next()?;
        let at = authority.rfind('@').or_else(|| at_sign_after_slash(authority, &text[start..]))?;
        hidden(text, start, at)
    });
    found.collect()
}

/// The `@` after a password that contains a `/`, which ends the authority too early: what looks like
/// a port is no number.
fn at_sign_after_slash(authority: &str, rest: &str) -> Option<usize> {
    let (_host, port) = authority.rsplit_once(':')?;
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit() || byte == b']');
    rest.split(ends_url).next()?.rfind('@').filter(|_| !is_port)
}

/// The values of `?name=value` and `&name=value`.
fn query_values(text: &str, secrets: &Secrets) -> Vec<Replacement> {
    let found = text.match_indices(['?', '&']).filter_map(|(at, separator)| {
        let start = at + separator.len();
        let length = text[start..].find(|letter| ends_url(letter) || "=&#".contains(letter))?;
        let name = text.get(start..start + length).filter(|name| name.len() <= LONGEST_NAME)?;
        let value = text[start + length..].strip_prefix('=')?;
        if !secrets.is_secret_name(&String::from_utf8_lossy(&percent_decoded(name))) {
            return None;
        }
        let ends = |letter| ends_url(letter) || "&#".contains(letter);
        hidden(text, start + length + 1, value.split(ends).next()?.len())
    });
    found.collect()
}

/// The values of headers: `Name: value` to the end of the line, `'Name': 'value'` to the quote.
fn headers(text: &str, secrets: &Secrets) -> Vec<Replacement> {
    let found = text.match_indices(':').filter_map(|(colon, _)| {
        let before = text[..colon].trim_end_matches(['"', '\'']);
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        let name = &before[before.trim_end_matches(is_name).len()..];
        if name.len() > LONGEST_NAME || !is_header(name, secrets) {
            return None;
        }
        let rest = text[colon + 1..].trim_start_matches([' ', 'b']);
        let start = text.len() - rest.len();
        match rest.chars().next().filter(|quote| "\"'".contains(*quote)) {
            Some(quote) => hidden(text, start + 1, rest[1..].split(quote).next()?.len()),
            None => hidden(text, start, rest.split(['\r', '\n', '"', '\'']).next()?.len()),
        }
    });
    found.collect()
}

/// Whether a name before a colon is that of a header with a secret. A single word is one only if it
/// is the name of a header: `key: value` may be anything.
fn is_header(name: &str, secrets: &Secrets) -> bool {
    let is_single = !name.contains(['-', '_']);
    let is_known = ["authorization", "cookie"].iter().any(|known| name.eq_ignore_ascii_case(known));
    let is_given = secrets.names.iter().any(|given| given.eq_ignore_ascii_case(name));
    is_given || is_known || !is_single && secrets.is_secret_name(name)
}
