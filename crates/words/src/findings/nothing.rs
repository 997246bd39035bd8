//! Text of `nothing`.

use explain::MARGIN;

use super::FindingText;
use crate::number::percent;

pub(super) const TEXT: FindingText = FindingText {
    title: "no difference that matters",
    cause: |_| format!("no cause accounts for {} or more of the batch", percent(MARGIN)),
    sentence: |finding| {
        format!(
            "No cause accounts for {} or more of the batch at batch size {}.",
            percent(MARGIN),
            finding.batch_size
        )
    },
    remedy: |_| String::new(),
    page: PAGE,
};

const PAGE: &str = r#"# nothing

No difference at this batch size surely matters.

## What it means

No arm is surely slower than the fastest by more than 2%, and no arm has a waste of its own. Use
whichever strategy is simplest.

## How it is measured

The size is the largest difference from the fastest arm, with its interval. That is how much may still
be there.

## What looks like it

- Too few blocks. If the interval is wide, measure more blocks (`-n 50`), or measure on a quieter
  machine.

## What to change

Nothing.
"#;
