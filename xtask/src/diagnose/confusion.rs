//! The confusion table: for each injected cause, how often each finding came first.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use explain::FindingCode;

use super::evaluation::TopFinding;

/// How often each code came first, for each injected cause.
#[derive(Default)]
pub(crate) struct Confusion {
    counts: BTreeMap<Pair, usize>,
}

/// An injected cause and the finding that came first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    injected: FindingCode,
    found: TopFinding,
}

impl Confusion {
    /// Counts a run.
    pub(crate) fn count(&mut self, injected: FindingCode, found: TopFinding) {
        *self.counts.entry(Pair { injected, found }).or_default() += 1;
    }

    /// All codes in the table, in the order of the list of causes.
    fn outcomes(&self) -> Vec<TopFinding> {
        let both = |pair: &Pair| [TopFinding::Code(pair.injected), pair.found];
        self.counts.keys().flat_map(both).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn cell(&self, injected: TopFinding, found: TopFinding) -> String {
        let count = match injected {
            TopFinding::Code(injected) => self.counts.get(&Pair { injected, found }),
            TopFinding::NoResult => None,
        };
        count.map_or_else(|| ".".to_owned(), ToString::to_string)
    }
}

impl fmt::Display for Confusion {
    /// A row for each code. The columns have the numbers of the rows.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcomes = self.outcomes();
        let numbers: String = (1..=outcomes.len()).map(|number| format!("{number:>4}")).collect();
        writeln!(formatter, "{:<24}{numbers}", "injected \\ found first")?;
        for (index, &injected) in outcomes.iter().enumerate() {
            let cell = |&found: &TopFinding| format!("{:>4}", self.cell(injected, found));
            let cells: String = outcomes.iter().map(cell).collect();
            writeln!(formatter, "{:>2} {:<21}{cells}", index + 1, injected.to_string())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_injected_causes_and_columns_are_findings() {
        let mut confusion = Confusion::default();
        for found in [
            TopFinding::Code(FindingCode::Dns),
            TopFinding::Code(FindingCode::Dns),
            TopFinding::NoResult,
        ] {
            confusion.count(FindingCode::Dns, found);
        }
        confusion.count(FindingCode::Nothing, TopFinding::Code(FindingCode::Nothing));
        let expected = "\
injected \\ found first     1   2   3
 1 dns                     2   .   1
 2 nothing                 .   1   .
 3 no result               .   .   .
";
        assert_eq!(confusion.to_string(), expected);
    }
}
