//! The words of `few_blocks`.

use explain::caveats::FewBlocks;
use model::recording::StopReason;

use crate::list::counted;

pub(super) const TITLE: &str = "There are too few blocks to detect drift or dependence";

pub(super) const PAGE: &str = "\
# few_blocks

There are too few blocks to detect drift or dependence.

## What it means

A block runs every arm once. With fewer than ten blocks, drift and dependence between trials
cannot be detected, and one slow trial moves every figure. The intervals are computed all the
same; they are wide.

## How it is detected

By the number of complete blocks.

## What to do

- Measure ten blocks or more: `-n 10`, or leave `-n` out.
- If the time budget ended the run, raise `--budget`, or compare fewer strategies.
";

pub(super) fn short(found: &FewBlocks) -> String {
    format!("{}: {}", number(found.blocks), short_remedy(found))
}

pub(super) fn sentence(found: &FewBlocks) -> String {
    let are = if found.blocks == 1 { "is" } else { "are" };
    format!(
        "{} {are} complete. Fewer than {} cannot show drift or dependence between trials, and one \
         slow trial moves every figure. {}.",
        capitalised(&number(found.blocks)),
        found.enough,
        remedy(found)
    )
}

fn number(blocks: usize) -> String {
    match blocks {
        0 => "no blocks".to_owned(),
        _ => format!("only {}", counted(blocks, "block")),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn remedy(found: &FewBlocks) -> String {
    let enough = found.enough;
    match found.stopped {
        Some(StopReason::Budget) => {
            format!("Raise --budget until {enough} blocks fit, or compare fewer strategies")
        }
        Some(StopReason::Interrupted) | None => format!("Let the run complete {enough} blocks"),
        Some(_) => format!("Measure at least {enough} blocks (-n {enough})"),
    }
}

fn short_remedy(found: &FewBlocks) -> String {
    let enough = found.enough;
    match found.stopped {
        Some(StopReason::Budget) => format!("raise --budget until {enough} blocks fit"),
        Some(StopReason::Interrupted) | None => format!("let the run complete {enough}"),
        Some(_) => format!("measure at least {enough} (-n {enough})"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::assert_short;
    use super::*;
    use insta::assert_snapshot;

    fn blocks(blocks: usize, stopped: Option<StopReason>) -> FewBlocks {
        FewBlocks { blocks, enough: 10, stopped }
    }

    #[test]
    fn suggests_what_fits_the_end_of_the_run() {
        assert_snapshot!(sentence(&blocks(3, Some(StopReason::Blocks))), @"Only 3 blocks are complete. Fewer than 10 cannot show drift or dependence between trials, and one slow trial moves every figure. Measure at least 10 blocks (-n 10).");
        assert_snapshot!(sentence(&blocks(1, Some(StopReason::Budget))), @"Only 1 block is complete. Fewer than 10 cannot show drift or dependence between trials, and one slow trial moves every figure. Raise --budget until 10 blocks fit, or compare fewer strategies.");
        assert_snapshot!(sentence(&blocks(0, None)), @"No blocks are complete. Fewer than 10 cannot show drift or dependence between trials, and one slow trial moves every figure. Let the run complete 10 blocks.");
        assert_snapshot!(short(&blocks(3, Some(StopReason::Blocks))), @"only 3 blocks: measure at least 10 (-n 10)");
        assert_snapshot!(short(&blocks(3, Some(StopReason::Budget))), @"only 3 blocks: raise --budget until 10 blocks fit");
        assert_snapshot!(short(&blocks(0, Some(StopReason::Interrupted))), @"no blocks: let the run complete 10");
        assert_short(&short(&blocks(9, Some(StopReason::Budget))));
    }
}
