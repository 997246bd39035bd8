//! The words of `warm_connections`.

use explain::caveats::{ReopeningArm, WarmConnections};

use super::parts::{first_that_fits, one_or_count};
use crate::list::counted;

pub(super) const TITLE: &str = "Trials with a warm session opened connections";

pub(super) const PAGE: &str = "\
# warm_connections

Trials with a warm session opened connections.

## What it means

With `session=warm` the session, and with it the connections, stay open from trial to trial. Here
counted trials opened connections anyway. Their times include the setup that a warm session should
save.

## How it is detected

The endpoint, or else the client, counts the connections that a trial opened. The caveat appears
for any counted trial of a warm session that opened one.

## What to do

- Check whether the server closes idle connections. Its keep-alive timeout must be longer than a
  block, because a connection waits while the other arms run.
- Check whether the client keeps enough connections for its concurrency: raise its pool (`pool=N`,
  where the strategy has it).
";

pub(super) fn short(WarmConnections { arms }: &WarmConnections) -> String {
    let opened = one_or_count(arms, |arm| format!("{}: {}", arm.arm, arm.connections));
    let remedy = match pool(arms) {
        Some(_) => "raise pool, check keep-alive",
        None => "check the server's keep-alive",
    };
    first_that_fits([
        format!("warm sessions opened connections ({opened}): {remedy}"),
        format!("warm sessions opened connections: {remedy}"),
    ])
}

pub(super) fn sentence(WarmConnections { arms }: &WarmConnections) -> String {
    let opened: Vec<String> = arms
        .iter()
        .map(|arm| format!("{} ({} in {})", arm.arm, arm.connections, counted(arm.trials, "trial")))
        .collect();
    let remedy = match pool(arms) {
        Some(size) => format!("and raise the pool of the client (now pool={size})"),
        None => "and whether the client keeps enough of them".to_owned(),
    };
    format!(
        "Trials with a warm session opened connections: {}. Their times include the setup that a warm \
         session should save. Check whether the server closes idle connections, {remedy}.",
        opened.join(", ")
    )
}

/// The size of the first pool that a condition can change.
fn pool(arms: &[ReopeningArm]) -> Option<&str> {
    arms.iter().find_map(|arm| arm.pool.as_deref())
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{arm, assert_short, long_arm};
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn suggests_a_larger_pool_only_where_the_strategy_has_one() {
        let reopening = |arm, pool| ReopeningArm { arm, connections: 6, trials: 2, pool };
        let found = WarmConnections { arms: vec![reopening(arm("a/x@1"), None)] };
        assert_snapshot!(sentence(&found), @"Trials with a warm session opened connections: a/x@1 (6 in 2 trials). Their times include the setup that a warm session should save. Check whether the server closes idle connections, and whether the client keeps enough of them.");
        assert_snapshot!(short(&found), @"warm sessions opened connections: check the server's keep-alive");
        let found = WarmConnections { arms: vec![reopening(long_arm(), Some("10".to_owned()))] };
        assert!(sentence(&found).ends_with("(now pool=10)."), "{}", sentence(&found));
        assert_short(&short(&found));
    }
}
