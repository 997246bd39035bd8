//! The words of `stopped_by_budget`.

use explain::caveats::{Goal, StoppedByBudget};

use super::parts::first_that_fits;
use crate::list::counted;
use crate::number::percent;

pub(super) const TITLE: &str = "The time budget ended the run before its goal";

pub(super) const PAGE: &str = "\
# stopped_by_budget

The time budget ended the run before its goal.

## What it means

The run ended because its time was up, not because it had enough blocks. The intervals are valid;
they are wider than you asked for.

## How it is detected

The recording says why no further block was started.

## What to do

- Allow more time (`--budget`), or leave the option out.
- Compare fewer strategies or batch sizes in one run.
";

pub(super) fn short(found: &StoppedByBudget) -> String {
    let goal = match found.goal {
        Goal::Blocks(blocks) => format!("after {} of {blocks} blocks", found.blocks),
        Goal::Precision(share) => format!("before ratios were within {}", percent(share)),
    };
    first_that_fits([
        format!("the budget{} ended the run {goal}: raise --budget", budget(found)),
        format!("the budget ended the run {goal}: raise --budget"),
    ])
}

pub(super) fn sentence(found: &StoppedByBudget) -> String {
    let goal = match found.goal {
        Goal::Blocks(blocks) => format!("before the {blocks} blocks that you asked for"),
        Goal::Precision(share) => {
            format!("before every ratio was known to within {}", percent(share))
        }
    };
    format!(
        "The budget{} ended the run after {}, {goal}. Allow more time (--budget), or compare fewer strategies.",
        budget(found),
        counted(found.blocks, "block")
    )
}

fn budget(found: &StoppedByBudget) -> String {
    match found.budget {
        Some(budget) => format!(" of {budget}"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::assert_short;
    use super::*;
    use insta::assert_snapshot;
    use model::time::Span;

    #[test]
    fn states_the_budget_and_the_goal() {
        let budget = Some(Span::from_millis(30_000));
        let stopped = |goal, budget| StoppedByBudget { blocks: 12, goal, budget };
        assert_snapshot!(sentence(&stopped(Goal::Precision(0.02), budget)), @"The budget of 30s ended the run after 12 blocks, before every ratio was known to within 2%. Allow more time (--budget), or compare fewer strategies.");
        assert_snapshot!(sentence(&stopped(Goal::Blocks(30), None)), @"The budget ended the run after 12 blocks, before the 30 blocks that you asked for. Allow more time (--budget), or compare fewer strategies.");
        assert_snapshot!(short(&stopped(Goal::Precision(0.02), budget)), @"the budget ended the run before ratios were within 2%: raise --budget");
        assert_snapshot!(short(&stopped(Goal::Blocks(30), budget)), @"the budget of 30s ended the run after 12 of 30 blocks: raise --budget");
        assert_short(&short(&stopped(Goal::Precision(0.0125), budget)));
    }
}
