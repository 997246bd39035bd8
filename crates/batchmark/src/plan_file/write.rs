//! Writes options as a plan file that can be read again. Secrets are hidden.

use std::fmt::Write as _;

use clap::{Arg, Command};
use model::secrets::Secrets;

use super::{ARM, key, keyed};
use crate::option_texts::{OptionId, OptionTexts, is_list};
use crate::strategy_grammar::{TypedCondition, TypedStrategy, parse};

/// How long a line with several values may be.
const LONGEST_LINE: usize = 100;

/// The plan file of these options.
pub(crate) fn write(texts: &OptionTexts, command: &Command, secrets: &Secrets) -> String {
    let strategies = OptionId::named("strategies");
    let mut file = String::new();
    for definition in keyed(command) {
        let id = OptionId::new(definition);
        if texts.has(&id) && id != strategies {
            write_option(&mut file, definition, texts.values(&id), secrets);
        }
    }
    let typed = texts.values(&strategies).iter().map(|text| parse(&text.to_string_lossy()));
    for strategy in typed.flatten().flatten() {
        write_arm(&mut file, &strategy, secrets);
    }
    file
}

fn write_option(
    file: &mut String,
    definition: &Arg,
    values: &[std::ffi::OsString],
    secrets: &Secrets,
) {
    let key = key(definition);
    if values.is_empty() {
        line(file, &key, "true");
        return;
    }
    let values: Vec<String> =
        values.iter().map(|value| scalar(&secrets.hide(&value.to_string_lossy()))).collect();
    match values.as_slice() {
        [only] => line(file, &key, only),
        several if is_list(definition) => line(file, &key, &array(several)),
        several => several.iter().for_each(|value| line(file, &key, value)),
    }
}

/// Appends a key with its value.
fn line(file: &mut String, key: &str, value: &str) {
    // A string takes every text.
    let _ = writeln!(file, "{key} = {value}");
}

fn array(values: &[String]) -> String {
    let short = format!("[{}]", values.join(", "));
    if short.len() <= LONGEST_LINE {
        return short;
    }
    let lines: String = values.iter().map(|value| format!("    {value},\n")).collect();
    format!("[\n{lines}]")
}

fn write_arm(file: &mut String, strategy: &TypedStrategy, secrets: &Secrets) {
    let separator = if file.is_empty() { "" } else { "\n" };
    let _ = writeln!(file, "{separator}[[{ARM}]]");
    line(file, "strategy", &scalar(&strategy.name));
    let pair = |TypedCondition { name, value }: &TypedCondition| {
        format!("{} = {}", bare_or_quoted(name), scalar(&secrets.hide(value)))
    };
    let conditions: Vec<String> = strategy.conditions.iter().map(pair).collect();
    if !conditions.is_empty() {
        line(file, "conditions", &format!("{{ {} }}", conditions.join(", ")));
    }
}

fn bare_or_quoted(name: &str) -> String {
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { quoted(name) }
}

/// A number as it is, every other text in quotes.
fn scalar(text: &str) -> String {
    let is_number = text.parse::<u32>().is_ok_and(|number| number.to_string() == text);
    if is_number { text.to_owned() } else { quoted(text) }
}

/// A text as a TOML string: literal where that needs no escapes, else basic.
fn quoted(text: &str) -> String {
    let has_escapes = text.contains(['"', '\\']);
    let is_literal = !text.contains('\'') && !text.chars().any(char::is_control);
    if has_escapes && is_literal {
        return format!("'{text}'");
    }
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(control));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_every_text_as_toml() {
        for text in
            ["", "a", "'", "\"", "\\", "a\nb\tc\r", "\u{7f}\u{0}\u{85}", "a'\"b", "é", "10%"]
        {
            let file = format!("x = {}", quoted(text));
            let table = toml::de::DeTable::parse(&file).expect("parses");
            let value = table.get_ref().values().next().and_then(|value| value.get_ref().as_str());
            assert_eq!(value, Some(text), "{file}");
        }
    }
}
