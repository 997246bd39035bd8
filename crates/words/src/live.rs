//! The words of the live view of a run. They say how far the run is, and never which arm is faster.

use std::time::Duration;

use model::plan::StopRule;

use crate::list::counted;
use crate::number::{duration, percent};

/// How to stop.
pub const KEYS: &str = "q or Ctrl-C: stop after this trial and report · Ctrl-C again: stop at once";

/// What a stopping run does.
pub const STOPPING: &str = "Stopping after the current trial. Press Ctrl-C to stop at once.";

/// The pilot: `pilot: trial 3, hyper/async@16`.
pub fn pilot(trial: usize, arm: &str) -> String {
    format!("pilot: trial {trial}, {arm} (uncounted)")
}

/// The profiled trials after the last block.
pub fn profile(arm: &str) -> String {
    format!("profile: {arm} (uncounted)")
}

/// How many blocks are done, and the time left: `12 of up to 50 blocks, up to 3 min left`.
pub fn blocks(done: u32, rule: &StopRule, left: Option<Duration>) -> String {
    let up_to = if matches!(rule, StopRule::Precision { .. }) { "up to " } else { "" };
    let of = match rule.most_blocks() {
        Some(most) => format!("{done} of {up_to}{}", counted(most as usize, "block")),
        None => counted(done as usize, "block"),
    };
    let left = left.map(|left| format!(", up to {} left", duration(left)));
    format!("{of}{}", left.unwrap_or_default())
}

/// How precisely the least known ratio is known, and the goal: shares of a ratio.
pub fn precision(reached: Option<f64>, rule: &StopRule) -> String {
    let reached = match reached {
        Some(share) if share.is_finite() => format!("every ratio within {}", percent(share)),
        _ => "not every ratio has an interval yet".to_owned(),
    };
    match rule {
        StopRule::Precision { half_width, least, .. } => {
            let least = counted(*least as usize, "block");
            format!("{reached}; the goal is {} after at least {least}", percent(*half_width))
        }
        StopRule::Blocks { .. } => format!("{reached}; the number of blocks is fixed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_precision_stands_beside_its_goal() {
        assert_eq!(
            precision(Some(0.031), &StopRule::DEFAULT),
            "every ratio within 3.1%; the goal is 2% after at least 10 blocks"
        );
        assert_eq!(
            precision(None, &StopRule::Blocks { blocks: 3 }),
            "not every ratio has an interval yet; the number of blocks is fixed"
        );
        assert!(precision(Some(f64::INFINITY), &StopRule::DEFAULT).starts_with("not every"));
    }

    #[test]
    fn the_blocks_have_their_maximum_and_the_time_left() {
        let left = Some(Duration::from_secs(90));
        assert_eq!(blocks(3, &StopRule::DEFAULT, left), "3 of up to 50 blocks, up to 90 s left");
        assert_eq!(blocks(1, &StopRule::Blocks { blocks: 1 }, None), "1 of 1 block");
    }
}
