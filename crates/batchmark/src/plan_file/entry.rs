//! The value of a key as texts of the option with this name.

use std::ffi::OsString;

use clap::Arg;
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use crate::option_texts::{has_optional_value, is_flag, is_list};

/// Why a value cannot be used, as the end of a sentence about its key.
pub(super) type Reason = String;

/// The texts of an option's value; none if it switches a flag off.
pub(super) fn texts(
    definition: &Arg,
    value: &DeValue<'_>,
) -> Result<Option<Vec<OsString>>, Reason> {
    if is_flag(definition) {
        return match value {
            DeValue::Boolean(true) => Ok(Some(Vec::new())),
            DeValue::Boolean(false) => Ok(None),
            _ => Err("write true or false".to_owned()),
        };
    }
    let texts = match value {
        DeValue::Boolean(true) if has_optional_value(definition) => Vec::new(),
        DeValue::Boolean(false) if has_optional_value(definition) => return Ok(None),
        DeValue::Array(values) if is_list(definition) => {
            let texts: Result<Vec<_>, _> =
                values.iter().map(|value| scalar(value.get_ref())).collect();
            texts?
        }
        DeValue::Array(_) => return Err("it has one value, not several".to_owned()),
        DeValue::Table(table) => of_table(definition, table)?,
        scalar_value => vec![scalar(scalar_value)?],
    };
    Ok(Some(texts.into_iter().map(OsString::from).collect()))
}

/// How an option writes a name with a value. The name of its value in the help says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pairs {
    /// `a=1,b=2`.
    Joined,
    /// `a=1` again and again.
    Repeated,
    /// `a: 1` again and again.
    Headers,
}

fn pairs(definition: &Arg) -> Option<Pairs> {
    match definition.get_value_names()?.first()?.as_str() {
        "KEY=VALUE,…" => Some(Pairs::Joined),
        "HEADER" => Some(Pairs::Headers),
        name if name.starts_with("NAME=") => Some(Pairs::Repeated),
        _ => None,
    }
}

fn of_table(definition: &Arg, table: &DeTable<'_>) -> Result<Vec<String>, Reason> {
    let pairs = pairs(definition).ok_or("it has a value, not a table of values")?;
    let mut texts = Vec::new();
    for (name, value) in in_order(table) {
        let separator = if pairs == Pairs::Headers { ": " } else { "=" };
        for value in several(value)? {
            texts.push(format!("{name}{separator}{value}"));
        }
    }
    Ok(if pairs == Pairs::Joined { vec![texts.join(",")] } else { texts })
}

/// The texts of a value or of an array of values.
fn several(value: &DeValue<'_>) -> Result<Vec<String>, Reason> {
    match value {
        DeValue::Array(values) => values.iter().map(|value| scalar(value.get_ref())).collect(),
        value => Ok(vec![scalar(value)?]),
    }
}

/// The entries of a table in the order of the file.
pub(super) fn in_order<'t>(
    table: &'t DeTable<'_>,
) -> impl Iterator<Item = (&'t str, &'t DeValue<'t>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries.into_iter().map(|(name, value): (&Spanned<_>, _)| (&**name.get_ref(), value.get_ref()))
}

/// A text, a number, or a switch as the options write it.
pub(super) fn scalar(value: &DeValue<'_>) -> Result<String, Reason> {
    match value {
        DeValue::String(text) => Ok(text.clone().into_owned()),
        DeValue::Integer(number) => whole(number),
        DeValue::Float(number) => Ok(number.as_str().to_owned()),
        DeValue::Boolean(true) => Ok("on".to_owned()),
        DeValue::Boolean(false) => Ok("off".to_owned()),
        DeValue::Datetime(_) => Err("write the text in quotes".to_owned()),
        DeValue::Array(_) | DeValue::Table(_) => Err("write a text or a number".to_owned()),
    }
}

fn whole(number: &DeInteger<'_>) -> Result<String, Reason> {
    let read = i128::from_str_radix(number.as_str(), number.radix());
    read.map(|number| number.to_string()).map_err(|_| "the number is too large".to_owned())
}
