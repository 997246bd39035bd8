//! The confusion table: what was put there, and how often which finding came first.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use explain::FindingCode;

use super::judgement::Came;

/// How often which code came first where which was put there.
#[derive(Default)]
pub(crate) struct Confusion {
    counts: BTreeMap<Pair, usize>,
}

/// What was put there and what came first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    put: FindingCode,
    came: Came,
}

impl Confusion {
    /// Counts a run.
    pub(crate) fn count(&mut self, put: FindingCode, came: Came) {
        *self.counts.entry(Pair { put, came }).or_default() += 1;
    }

    /// All that takes part, in the order of the list of causes.
    fn outcomes(&self) -> Vec<Came> {
        let both = |pair: &Pair| [Came::Code(pair.put), pair.came];
        self.counts.keys().flat_map(both).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn cell(&self, put: Came, came: Came) -> String {
        let count = match put {
            Came::Code(put) => self.counts.get(&Pair { put, came }),
            Came::NoResult => None,
        };
        count.map_or_else(|| ".".to_owned(), ToString::to_string)
    }
}

impl fmt::Display for Confusion {
    /// A row for each code; the columns bear the numbers of the rows.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcomes = self.outcomes();
        let numbers: String = (1..=outcomes.len()).map(|number| format!("{number:>4}")).collect();
        writeln!(formatter, "{:<24}{numbers}", "put there \\ came first")?;
        for (place, &put) in outcomes.iter().enumerate() {
            let cell = |&came: &Came| format!("{:>4}", self.cell(put, came));
            let cells: String = outcomes.iter().map(cell).collect();
            writeln!(formatter, "{:>2} {:<21}{cells}", place + 1, put.to_string())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_what_was_put_there_and_columns_what_came() {
        let mut confusion = Confusion::default();
        for came in [Came::Code(FindingCode::Dns), Came::Code(FindingCode::Dns), Came::NoResult] {
            confusion.count(FindingCode::Dns, came);
        }
        confusion.count(FindingCode::Nothing, Came::Code(FindingCode::Nothing));
        let expected = "\
put there \\ came first     1   2   3
 1 dns                     2   .   1
 2 nothing                 .   1   .
 3 no result               .   .   .
";
        assert_eq!(confusion.to_string(), expected);
    }
}
