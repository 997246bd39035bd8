//! Which rows of a large waterfall are shown.

use super::Row;

/// Rows of a waterfall: all, or a sample of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownRows<'w, 'a> {
    /// The rows, in order.
    pub rows: Vec<&'w Row<'a>>,
    /// How many are left out.
    pub hidden: usize,
}

/// At most `most` rows: the first, the last, and others evenly between them.
pub fn shown_rows<'w, 'a>(rows: &'w [Row<'a>], most: usize) -> ShownRows<'w, 'a> {
    let shown = rows.len().min(most);
    let last = rows.len().saturating_sub(1);
    let at = |place: usize| place * last / shown.saturating_sub(1).max(1);
    let rows_shown: Vec<&Row<'a>> = (0..shown).filter_map(|place| rows.get(at(place))).collect();
    let hidden = rows.len() - rows_shown.len();
    ShownRows { rows: rows_shown, hidden }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::waterfall::{pick, waterfall};
    use model::arm::ArmName;
    use test_support::sample::Sample;

    #[test]
    fn a_sample_has_the_first_and_the_last_row() {
        let recording = Sample::three_sizes(1);
        let plan = recording.plan.as_ref().expect("has a plan");
        let arm = ArmName("hyper/async@16".to_owned());
        let trials = pick(&recording, &arm).expect("has trials");
        let trial = trials.values().next().expect("is one");
        let rows = waterfall(plan, trial).expect("ran").rows;
        let items = |most| -> Vec<usize> {
            shown_rows(&rows, most).rows.iter().filter_map(|row| row.item).collect()
        };
        assert_eq!(items(4), [0, 5, 10, 15]);
        assert_eq!(items(1), [0]);
        assert_eq!(items(0), [0; 0]);
        assert_eq!((items(99).len(), shown_rows(&rows, 99).hidden), (16, 0));
        assert_eq!(shown_rows(&rows, 4).hidden, 12);
    }
}
