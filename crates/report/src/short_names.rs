//! Short names for arms whose labels are too long for a table.
//!
//! Conditions that all arms share are left out first, then labels are cut in the middle. Two arms never
//! get the same name, and `legend` says what was left out.

use std::collections::BTreeSet;

use model::arm::Label;

use crate::style::Style;
use crate::text::{self, width};

/// Stands for what was cut.
const CUT: &str = "…";
const INDENT: usize = 2;

/// A label and its short name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Renamed {
    label: String,
    /// The label without the conditions that all arms share.
    whole: String,
    /// The same, cut where it is too long.
    name: String,
}

impl Renamed {
    fn is_cut(&self) -> bool {
        self.whole != self.name
    }
}

/// What the labels of some arms are shortened to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShortNames {
    /// The longest label first, so that no label is found inside another.
    renamed: Vec<Renamed>,
    /// The conditions that no name shows.
    shared: Vec<String>,
}

impl ShortNames {
    /// Names of at most `room` columns where that is possible.
    pub(crate) fn new(labels: &[&Label], room: usize) -> Self {
        let labels: BTreeSet<&str> = labels.iter().map(|label| label.0.as_str()).collect();
        let labels: Vec<&str> = labels.into_iter().collect();
        if labels.iter().all(|label| width(label) <= room) {
            return Self::default();
        }
        let (shared, names) = without_shared(&labels);
        let short = cut_all(&names, room);
        let names = labels.iter().zip(names.iter().zip(&short));
        let mut renamed: Vec<Renamed> = names
            .filter(|(label, (_, name))| **label != name.as_str())
            .map(|(label, (whole, name))| Renamed {
                label: (*label).to_owned(),
                whole: whole.clone(),
                name: name.clone(),
            })
            .collect();
        renamed.sort_by_key(|renamed| std::cmp::Reverse(renamed.label.len()));
        Self { renamed, shared }
    }

    /// Whether the legend explains the name of this label.
    pub(crate) fn is_cut(&self, label: &Label) -> bool {
        self.renamed.iter().any(|renamed| renamed.label == label.0 && renamed.is_cut())
    }

    /// A text with its labels shortened.
    pub(crate) fn shorten(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let found = self.renamed.iter().find_map(|renamed| {
                let behind = rest.strip_prefix(&renamed.label)?;
                (!out.ends_with(is_part_of_name) && ends_name(behind)).then_some((renamed, behind))
            });
            (rest, _) = match found {
                Some((renamed, behind)) => (behind, out.push_str(&renamed.name)),
                None => (&rest[letter.len_utf8()..], out.push(letter)),
            };
        }
        out
    }

    /// What the names leave out.
    pub(crate) fn legend(&self, references: &[Label], style: Style) -> Vec<String> {
        let shared =
            (!self.shared.is_empty()).then(|| format!("every arm with {}", self.shared.join(", ")));
        let cut = self.renamed.iter().filter(|renamed| renamed.is_cut()).map(|cut| {
            let is_reference = references.iter().any(|label| label.0 == cut.label);
            let article = if is_reference { "the reference " } else { "" };
            format!("{} is {article}{}", cut.name, cut.whole)
        });
        let notes = shared.into_iter().chain(cut);
        let lines = notes.flat_map(|note| {
            let lines = text::break_name(&note, style.columns() - INDENT).into_iter().enumerate();
            lines.map(|(place, line)| match place {
                0 => line,
                _ => format!("{:INDENT$}{}", "", line.trim_start()),
            })
        });
        lines.map(|line| line.trim_end().to_owned()).collect()
    }
}

const fn is_part_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '=' | '/')
}

/// Whether a label ends before this text. A comma or a colon may continue it.
fn ends_name(behind: &str) -> bool {
    let mut letters = behind.chars();
    match letters.next() {
        Some(',' | ':' | '.') => !letters.next().is_some_and(is_part_of_name),
        Some(letter) => !is_part_of_name(letter),
        None => true,
    }
}

/// The conditions that all labels share, and the labels without them; nothing shared where two labels
/// would become equal.
fn without_shared(labels: &[&str]) -> (Vec<String>, Vec<String>) {
    let whole = || (Vec::new(), labels.iter().map(|label| (*label).to_owned()).collect());
    let parts: Vec<(&str, Vec<&str>)> = labels.iter().map(|label| split(label)).collect();
    let [(_, first), others @ ..] = parts.as_slice() else { return whole() };
    let is_shared = |condition: &&str| others.iter().all(|(_, all)| all.contains(condition));
    let shared: Vec<&str> = first.iter().copied().filter(is_shared).collect();
    if shared.is_empty() || others.is_empty() {
        return whole();
    }
    let names: Vec<String> = parts
        .iter()
        .map(|(strategy, conditions)| {
            let own: Vec<&str> =
                conditions.iter().copied().filter(|one| !shared.contains(one)).collect();
            if own.is_empty() {
                (*strategy).to_owned()
            } else {
                format!("{strategy}:{}", own.join(","))
            }
        })
        .collect();
    if !are_different(&names) {
        return whole();
    }
    (shared.into_iter().map(str::to_owned).collect(), names)
}

/// The strategy of a label and its conditions.
fn split(label: &str) -> (&str, Vec<&str>) {
    label
        .split_once(':')
        .map_or((label, Vec::new()), |(strategy, typed)| (strategy, typed.split(',').collect()))
}

/// Cuts the names that are longer than `room`, where that keeps all of them different.
fn cut_all(names: &[String], room: usize) -> Vec<String> {
    let longest_start = room.saturating_sub(width(CUT));
    let half = longest_start / 2;
    // Names that differ only at their ends need a longer end; in the middle, a longer start.
    let starts = (0..=half).rev().chain(half + 1..=longest_start);
    let cut = |start: usize| -> Vec<String> {
        names.iter().map(|name| cut_middle(name, start, longest_start - start)).collect()
    };
    let numbered = || -> Vec<String> {
        let number = |(place, name): (usize, &String)| match width(name) > room {
            true => {
                let number = format!("{}{}", CUT, place + 1);
                let kept = room.saturating_sub(width(&number));
                format!("{}{number}", name.chars().take(kept).collect::<String>())
            }
            false => name.clone(),
        };
        names.iter().enumerate().map(number).collect()
    };
    let mut candidates = starts.map(cut).chain(std::iter::once_with(numbered));
    candidates.find(|names| are_different(names)).unwrap_or_else(|| names.to_vec())
}

fn cut_middle(name: &str, start: usize, end: usize) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= start + width(CUT) + end {
        return name.to_owned();
    }
    let first: String = letters[..start].iter().collect();
    let last: String = letters[letters.len() - end..].iter().collect();
    format!("{first}{CUT}{last}")
}

fn are_different(names: &[String]) -> bool {
    names.iter().collect::<BTreeSet<_>>().len() == names.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(labels: &[&str], room: usize) -> ShortNames {
        let labels: Vec<Label> = labels.iter().map(|label| Label((*label).to_owned())).collect();
        ShortNames::new(&labels.iter().collect::<Vec<_>>(), room)
    }

    fn legend(names: &ShortNames) -> Vec<String> {
        names.legend(&[], Style { width: 200, ..Style::default() })
    }

    #[test]
    fn leaves_labels_that_fit_as_they_are() {
        let names = names(&["ureq/threads:workers=4", "hyper/async"], 22);
        assert_eq!(names, ShortNames::default());
        assert_eq!(
            names.shorten("as ureq/threads:workers=4 does"),
            "as ureq/threads:workers=4 does"
        );
    }

    #[test]
    fn leaves_out_the_conditions_that_all_arms_share() {
        let names =
            names(&["own/fetch:session=warm,workers=4", "own/fetch:session=warm,workers=40"], 22);
        let text = "own/fetch:session=warm,workers=4@8, own/fetch:session=warm,workers=40.";
        assert_eq!(names.shorten(text), "own/fetch:workers=4@8, own/fetch:workers=40.");
        assert_eq!(legend(&names), ["every arm with session=warm"]);
    }

    #[test]
    fn cuts_a_long_label_in_the_middle_and_explains_it() {
        let long = "own/fetch_everything:session=warm,workers=4";
        let names = names(&[long, "hyper/async"], 22);
        assert_eq!(names.shorten(long), "own/fetch_…m,workers=4");
        assert_eq!(names.shorten("hyper/async"), "hyper/async");
        assert_eq!(legend(&names), [format!("own/fetch_…m,workers=4 is {long}")]);
    }

    #[test]
    fn finds_only_whole_labels() {
        let names = names(&["own/fetch_everything_at_once:a=1", "hyper/async"], 22);
        for other in ["own/fetch_everything_at_once:a=1,b=2", "own/fetch_everything_at_once:a=12"] {
            assert_eq!(names.shorten(other), other);
        }
    }

    #[test]
    fn never_gives_two_arms_one_name() {
        let middle = |letter: char| {
            format!("own/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{letter}{}", "b".repeat(30))
        };
        let labels: Vec<String> = ('a'..='m').map(middle).collect();
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let names = names(&labels, 16);
        let short: BTreeSet<String> = labels.iter().map(|label| names.shorten(label)).collect();
        assert_eq!(short.len(), labels.len(), "{short:?}");
        assert!(short.iter().all(|name| width(name) <= 16), "{short:?}");
        assert_eq!(legend(&names).iter().filter(|line| line.contains(" is ")).count(), 13);
    }
}
