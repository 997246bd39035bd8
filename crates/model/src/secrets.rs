//! Secrets: values that no recording, page or message may contain, and what is written instead.
//!
//! A secret is known by its value ([`Secrets::add`]) or recognized by its place: user name and
//! password of a URL, query values and headers whose names say so. Secrets are hidden in what is
//! written, never in what is sent.

mod forms;
mod lines;
mod names;
mod places;
mod view;

use std::borrow::Cow;
use std::ops::Range;

use crate::target::Header;

use forms::Form;
use view::View;

/// What is written instead of a secret that is recognized by its place. The mark of a secret that is
/// known by its value begins with it.
pub const HIDDEN: &str = "***";

/// How often a text may be percent-encoded for its secrets to be found.
const ENCODINGS: usize = 2;

/// The secrets of a run.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    names: Vec<String>,
    /// The longest first, so that a secret is hidden before a part of it is.
    known: Vec<Known>,
}

/// A text that gives a secret away, and what is written instead.
#[derive(Clone, Debug)]
struct Known {
    form: Form,
    mark: String,
}

impl Secrets {
    /// Secrets that are recognized by the usual names and by these.
    pub const fn named(names: Vec<String>) -> Self {
        Self { names, known: Vec::new() }
    }

    /// Whether a header, a query parameter or a field of this name holds a secret.
    pub fn is_secret_name(&self, name: &str) -> bool {
        names::is_usual(name) || self.names.iter().any(|given| given.eq_ignore_ascii_case(name))
    }

    /// Hides a value: plain, percent-encoded, in base64 and with escapes. A value of fewer than four
    /// characters is too common to be found in text; it is hidden only by its place.
    ///
    /// `mark` is written instead. It should begin with [`HIDDEN`] and may end with a keyed hash, so
    /// that equal values have equal marks.
    pub fn add(&mut self, value: &str, mark: &str) {
        for form in forms::of_value(value) {
            if self.known.iter().all(|known| known.form != form) {
                self.known.push(Known { form, mark: mark.to_owned() });
            }
        }
        self.known.sort_by_key(|known| std::cmp::Reverse(known.form.text.len()));
    }

    /// A text without its secrets.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut shown = Cow::Borrowed(text);
        if !self.known.is_empty() {
            for view in View::of_encodings(text, ENCODINGS) {
                replace(&mut shown, &self.find_known(&view));
                if shown != text {
                    return Cow::Owned(self.hide(&shown).into_owned());
                }
            }
            replace(&mut shown, &self.find_cut_off(text));
        }
        let places = places::find(&shown, self);
        replace(&mut shown, &places);
        shown
    }

    /// Hides the secrets in a text in place.
    pub fn hide_in(&self, text: &mut String) {
        if let Cow::Owned(shown) = self.hide(text) {
            *text = shown;
        }
    }

    /// Hides the whole value of a header whose name says that it is a secret, else the secrets in it.
    fn hide_header(&self, header: &mut Header) {
        if self.is_secret_name(&header.name) {
            self.hide_whole(&mut header.value);
        } else {
            self.hide_in(&mut header.value);
        }
    }

    /// Hides a text that is a secret.
    fn hide_whole(&self, text: &mut String) {
        let known = self.known.iter().find(|known| known.form.text == *text);
        if let Some(known) = known {
            text.clone_from(&known.mark);
        } else if !text.starts_with(HIDDEN) {
            HIDDEN.clone_into(text);
        }
    }

    /// The known secrets in a text that may be encoded, in the order of the text.
    fn find_known(&self, view: &View) -> Vec<Replacement> {
        let mut found: Vec<Replacement> = Vec::new();
        for known in &self.known {
            for place in view.find(&known.form) {
                let is_free = |other: &Replacement| {
                    place.end <= other.place.start || other.place.end <= place.start
                };
                if found.iter().all(is_free) {
                    found.push(Replacement { place, text: known.mark.clone() });
                }
            }
        }
        found.sort_by_key(|replacement| replacement.place.start);
        found
    }

    /// The rest of a secret where somebody has cut the text: the end of a secret at its start, the
    /// beginning of one at its end.
    fn find_cut_off(&self, text: &str) -> Vec<Replacement> {
        let end = text.trim_end_matches(['…', '.', '\'', '"']).len();
        let longest = |rest: fn(&Form, &str) -> Option<usize>, text: &str| {
            let rests =
                self.known.iter().filter_map(|known| Some((rest(&known.form, text)?, known)));
            rests.max_by_key(|(length, _)| *length)
        };
        let start = longest(Form::end_at_start, text)
            .map(|(length, known)| Replacement { place: 0..length, text: known.mark.clone() });
        let end = longest(Form::start_at_end, &text[..end])
            .map(|(length, known)| Replacement {
                place: end - length..end,
                text: known.mark.clone(),
            })
            .filter(|end| start.as_ref().is_none_or(|start| start.place.end <= end.place.start));
        start.into_iter().chain(end).collect()
    }
}

/// What is written instead of a part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Replacement {
    place: Range<usize>,
    text: String,
}

/// Replaces parts of a text, which follow each other in its order.
fn replace(text: &mut Cow<'_, str>, replacements: &[Replacement]) {
    if replacements.is_empty() {
        return;
    }
    let mut replaced = String::new();
    let mut from = 0;
    for Replacement { place, text: instead } in replacements {
        replaced.push_str(&text[from..place.start]);
        replaced.push_str(instead);
        from = place.end;
    }
    replaced.push_str(&text[from..]);
    *text = Cow::Owned(replaced);
}

#[cfg(test)]
mod tests;
