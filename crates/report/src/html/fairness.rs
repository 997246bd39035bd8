//! The uncontrolled differences between the strategies, and the caveats on their setup.

use explain::{Analysis, Caveat, FactDifference};
use maud::{Markup, html};
use model::recording::Recording;

use super::figure::texts;
use super::{caveats, figure};
use crate::fairness;

/// Nothing where the strategies differ in nothing.
pub(crate) fn section(analysis: &Analysis, _: &Recording) -> Markup {
    let found = analysis.caveats.iter().filter_map(Caveat::differences).flatten();
    let differences: Vec<&FactDifference> = found.collect();
    let setup = analysis.caveats.iter().filter(|caveat| caveat.concerns_setup());
    let setup: Vec<&Caveat> = setup.filter(|caveat| caveat.differences().is_none()).collect();
    if differences.is_empty() && setup.is_empty() {
        return html! {};
    }
    let labels = fairness::measured(analysis);
    let group = |difference: &&FactDifference| {
        let groups = difference.groups.iter();
        let groups: Vec<String> =
            groups.map(|group| fairness::write_group(group, difference, &labels)).collect();
        groups.join(" · ")
    };
    let columns = [
        texts("fact", differences.iter().map(|difference| difference.fact.replace('_', " "))),
        texts("strategies by its values", differences.iter().map(group)),
    ];
    html! {
        @if !differences.is_empty() {
            (figure::table("In what the strategies differ that the command line did not set", &columns))
        }
        @if !setup.is_empty() {
            ul.caveats { @for caveat in setup { (caveats::entry(caveat)) } }
        }
    }
}
