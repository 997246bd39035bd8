//! The uncontrolled differences between the strategies. The report prints them before the times.

use std::collections::BTreeSet;

use explain::{Analysis, Caveat, FactDifference, FactGroup};
use model::arm::{Label, Role};

use crate::style::{Ink, Style};
use crate::{caveats, text};

const TITLE: &str = "uncontrolled differences";

/// The indent of a line.
const INDENT: usize = 2;

/// The gap between two columns, and the maximum width of the first.
const GAP: usize = 2;
const WIDEST_NAME: usize = 20;

/// The mark between two groups.
const BETWEEN: &str = " · ";

/// A line for each difference with the strategies that are alike in it; nothing without differences.
pub(crate) fn lines(analysis: &Analysis, style: Style) -> Vec<String> {
    let differences: Vec<&FactDifference> =
        analysis.caveats.iter().filter_map(Caveat::differences).flatten().collect();
    table(&differences, &measured(analysis), style)
}

/// The caveats on the setup of the arms.
pub(crate) fn caveats(analysis: &Analysis, style: Style) -> Vec<String> {
    let of_fairness = analysis.caveats.iter().filter(|caveat| caveat.concerns_setup());
    let sentences = of_fairness.filter(|caveat| caveat.differences().is_none());
    sentences.flat_map(|caveat| caveats::paragraph(caveat, style)).collect()
}

/// A label and the names of its arms.
pub(crate) type LabelArms<'a> = (&'a Label, Vec<&'a str>);

/// The labels of the measured arms, with the names of their arms.
pub(crate) fn measured(analysis: &Analysis) -> Vec<LabelArms<'_>> {
    let mut labels: Vec<LabelArms<'_>> = Vec::new();
    for arm in analysis.arms.iter().filter(|arm| arm.role == Role::Measured) {
        match labels.iter_mut().find(|(label, _)| *label == &arm.label) {
            Some((_, arms)) => arms.push(&arm.arm.0),
            None => labels.push((&arm.label, vec![&arm.arm.0])),
        }
    }
    labels
}

fn table(differences: &[&FactDifference], labels: &[LabelArms<'_>], style: Style) -> Vec<String> {
    if differences.is_empty() {
        return Vec::new();
    }
    let names: Vec<Vec<String>> = differences
        .iter()
        .map(|difference| text::wrap(&difference.fact.replace('_', " "), WIDEST_NAME, 0))
        .collect();
    let width = names.iter().flatten().map(|line| text::width(line)).max().unwrap_or(0);
    let mut lines = vec![style.paint(TITLE, Ink::Heading)];
    for (name, difference) in names.iter().zip(differences) {
        let groups: Vec<String> =
            difference.groups.iter().map(|group| write_group(group, difference, labels)).collect();
        let groups = text::list(&groups, BETWEEN, style.columns() - INDENT - width - GAP);
        lines.extend(side_by_side(name, width, &groups));
    }
    lines
}

fn side_by_side(name: &[String], width: usize, groups: &[String]) -> Vec<String> {
    let line = |place: usize| {
        let [name, groups] =
            [name, groups].map(|lines| lines.get(place).map_or("", String::as_str));
        let padding = width - text::width(name) + GAP;
        format!("{:INDENT$}{name}{:padding$}{groups}", "", "").trim_end().to_owned()
    };
    (0..name.len().max(groups.len())).map(line).collect()
}

/// A value with the strategies that share it: `full: hyper/*, ureq/threads`.
pub(crate) fn write_group(
    group: &FactGroup,
    difference: &FactDifference,
    labels: &[LabelArms<'_>],
) -> String {
    format!("{}: {}", group.value, members(group, difference, labels).join(", "))
}

/// The members of a group: a library's name for all of its labels, and the names of the arms of a label
/// that is in another group at another size.
fn members(
    group: &FactGroup,
    difference: &FactDifference,
    labels: &[LabelArms<'_>],
) -> Vec<String> {
    let divided = |label: &Label| {
        difference.groups.iter().filter(|group| group.labels.contains(label)).count() > 1
    };
    let mut members = Vec::new();
    let mut libraries = BTreeSet::new();
    for label in &group.labels {
        let library = library(label);
        let all: Vec<&Label> = labels
            .iter()
            .map(|(label, _)| *label)
            .filter(|label| self::library(label) == library)
            .collect();
        let alike = |label: &&Label| group.labels.contains(label) && !divided(label);
        match library {
            Some(library) if all.len() > 1 && all.iter().all(alike) => {
                if libraries.insert(library) {
                    members.push(format!("{library}/*"));
                }
            }
            _ if divided(label) => members.extend(arms(group, label, labels)),
            _ => members.push(label.to_string()),
        }
    }
    members
}

fn library(label: &Label) -> Option<&str> {
    label.0.split_once('/').map(|(library, _)| library)
}

fn arms(group: &FactGroup, label: &Label, labels: &[LabelArms<'_>]) -> Vec<String> {
    let of_label = labels.iter().filter(|(other, _)| *other == label).flat_map(|(_, arms)| arms);
    let here = |name: &&&str| group.arms.iter().any(|arm| arm.0 == **name);
    of_label.filter(here).map(|name| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests;
