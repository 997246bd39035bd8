//! Texts as whole numbers: the last number in a text apart from the text around it.
//!
//! The paths of a batch differ by a number, and its methods not at all. So few forms are left, and the
//! numbers compress well.

use std::collections::HashMap;

/// Longer numbers stay in the form: they might not fit.
const MOST_DIGITS: usize = 18;

/// A text in two whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SplitText {
    /// The place of the form among those of the column.
    pub(crate) form: u64,
    /// The number between the two parts of the form; nothing where the form is the whole text.
    pub(crate) number: Option<u64>,
}

/// The forms of a column while it is written.
#[derive(Debug, Default)]
pub(crate) struct Forms {
    all: Vec<(String, String)>,
    places: HashMap<(String, String), u64>,
    /// The form of the last text, which the next one has in most columns.
    last: u64,
}

impl Forms {
    /// Splits a text, and keeps its form.
    pub(crate) fn split(&mut self, text: &str) -> SplitText {
        let (before, number, after) = around_number(text);
        SplitText { form: self.place(before, after), number }
    }

    fn place(&mut self, before: &str, after: &str) -> u64 {
        if self.get(self.last) == Some((before, after)) {
            return self.last;
        }
        let form = (before.to_owned(), after.to_owned());
        let next = self.all.len() as u64;
        self.last = *self.places.entry(form.clone()).or_insert(next);
        if self.last == next {
            self.all.push(form);
        }
        self.last
    }

    fn get(&self, place: u64) -> Option<(&str, &str)> {
        get(&self.all, place)
    }

    /// All forms, in the order of their places.
    pub(crate) fn into_all(self) -> Vec<(String, String)> {
        self.all
    }
}

/// The text of a form and a number; nothing where there is no such form.
pub(crate) fn join(forms: &[(String, String)], split: SplitText) -> Option<String> {
    let (before, after) = get(forms, split.form)?;
    Some(match split.number {
        Some(number) => format!("{before}{number}{after}"),
        None => format!("{before}{after}"),
    })
}

fn get(forms: &[(String, String)], place: u64) -> Option<(&str, &str)> {
    let (before, after) = forms.get(usize::try_from(place).ok()?)?;
    Some((before, after))
}

/// The parts of a text around its last number. A number with leading zeros is no number: they would be lost.
fn around_number(text: &str) -> (&str, Option<u64>, &str) {
    let whole = (text, None, "");
    let Some(end) = text.rfind(|letter: char| letter.is_ascii_digit()).map(|last| last + 1) else {
        return whole;
    };
    let start = text[..end]
        .rfind(|letter: char| !letter.is_ascii_digit())
        .map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8));
    let digits = &text[start..end];
    let is_exact = digits.len() <= MOST_DIGITS && (digits == "0" || !digits.starts_with('0'));
    match digits.parse() {
        Ok(number) if is_exact => (&text[..start], Some(number), &text[end..]),
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn joins_what_was_split(texts in proptest::collection::vec("[/a0-9é]{0,24}", 0..20)) {
            let mut forms = Forms::default();
            let split: Vec<SplitText> = texts.iter().map(|text| forms.split(text)).collect();
            let forms = forms.into_all();
            let joined: Option<Vec<String>> =
                split.into_iter().map(|split| join(&forms, split)).collect();
            prop_assert_eq!(joined, Some(texts));
        }
    }

    #[test]
    fn paths_that_differ_by_a_number_have_one_form() {
        let mut forms = Forms::default();
        let texts = ["/todos/7?full", "/todos/12?full", "/todos/007", "GET", "/todos/9?full"];
        let split = texts.map(|text| forms.split(text));
        let numbers = split.map(|split| (split.form, split.number));
        assert_eq!(numbers, [(0, Some(7)), (0, Some(12)), (1, None), (2, None), (0, Some(9))]);
        assert_eq!(forms.into_all().len(), 3);
    }
}
