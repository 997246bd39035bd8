//! The words of `late_answers`.

use explain::caveats::{LateAnswers, LateArm};

use crate::list::counted;
use crate::number::{millis, percent};

pub(super) const TITLE: &str = "Requests took longer for the client than for the endpoint";

pub(super) const PAGE: &str = "\
# late_answers

Requests took longer for the client than for the endpoint.

## What it means

Responses were ready in the client's socket before the client took them: the client, or the
machine, was busy. The path counts that time as `client`. It is real time of the batch, but on an
idle machine it may be shorter.

## How it is detected

The times of all requests, from the client's `writing` to its `done`, are summed and compared with
the time that the endpoint saw them. The caveat appears if the client's sum is larger by more than
1% and by more than 0.15 ms per request, which is what it takes to wake a client.

## What to do

- Close other programs and run again.
- For a client that computes between its requests, such as one that parses large bodies, this is
  expected: look at the finding `client_cpu` or `client_serialised`.
";

/// How many arms the sentence names: the latest.
const NAMED: usize = 2;

pub(super) fn short(LateAnswers { arms }: &LateAnswers) -> String {
    let latest = arms.iter().map(lateness).fold(1.0, f64::max);
    format!(
        "busy clients read answers late (up to {}): close other programs",
        percent(latest - 1.0)
    )
}

pub(super) fn sentence(LateAnswers { arms }: &LateAnswers) -> String {
    let mut latest: Vec<&LateArm> = arms.iter().collect();
    latest.sort_by(|left, right| lateness(right).total_cmp(&lateness(left)));
    let named: Vec<String> = latest.iter().take(NAMED).map(|arm| both_times(arm)).collect();
    let more = match arms.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and less so for {}", counted(more, "other arm")),
    };
    format!(
        "The requests of a batch together took longer for the client than for the endpoint: {}{more}. \
         Responses were ready while the client, or the machine, was busy; the path counts that as \
         client. If the client should have been idle, close other programs and run again.",
        named.join(", ")
    )
}

fn lateness(arm: &LateArm) -> f64 {
    arm.requests.client.as_secs() / arm.requests.witness.as_secs()
}

fn both_times(arm: &LateArm) -> String {
    let [client, endpoint] =
        [arm.requests.client, arm.requests.witness].map(|time| millis(time.as_secs()));
    format!("{} ({client}, not {endpoint})", arm.arm)
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{arm, assert_short};
    use super::*;
    use explain::Dispute;
    use insta::assert_snapshot;
    use model::time::Span;

    #[test]
    fn names_the_latest_arms_and_counts_the_others() {
        let late = |name: &str, client| LateArm {
            arm: arm(name),
            requests: Dispute {
                trials: 12,
                client: Span::from_millis(client),
                witness: Span::from_millis(178),
            },
        };
        let arms = vec![late("a/x@16", 182), late("b/y@16", 195), late("c/z@16", 188)];
        let found = LateAnswers { arms };
        assert_snapshot!(sentence(&found), @"The requests of a batch together took longer for the client than for the endpoint: b/y@16 (195 ms, not 178 ms), c/z@16 (188 ms, not 178 ms), and less so for 1 other arm. Responses were ready while the client, or the machine, was busy; the path counts that as client. If the client should have been idle, close other programs and run again.");
        assert_snapshot!(short(&found), @"busy clients read answers late (up to 9.6%): close other programs");
        assert_short(&short(&found));
    }
}
