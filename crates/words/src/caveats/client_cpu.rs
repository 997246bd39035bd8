//! The words of `client_cpu`.

use explain::caveats::{BusyClient, ClientCpu};

use super::parts::{first_that_fits, one_or_count};
use crate::list::counted;
use crate::number::plain;

pub(super) const TITLE: &str = "A client used almost all the CPU that it can use";

pub(super) const PAGE: &str = "\
# client_cpu

A client used almost all the CPU that it can use.

## What it means

The batch takes as long as the client needs to compute, not as long as the network or the server
needs. A faster machine, or a cheaper client, gives other times and other ratios.

## How it is detected

The CPU time of the driver's process during the batch, over the batch's time, is 80% or more of
what the client can use. A client can use one core per thread that makes requests, up to the cores
of the machine.

## What to do

- Measure on the kind of machine on which the code will run.
- Look at the findings on CPU of the run, such as `client_cpu`: they say what the client computes,
  and what to change.
";

pub(super) fn short(ClientCpu { arms }: &ClientCpu) -> String {
    let busiest = one_or_count(arms, |client| format!("{}: {}", client.arm, share(client)));
    first_that_fits([
        format!("client CPU at its limit ({busiest}): ratios hold here only"),
        "client CPU at its limit: ratios hold for this machine".to_owned(),
    ])
}

pub(super) fn sentence(ClientCpu { arms }: &ClientCpu) -> String {
    let cores = |client: &BusyClient| format!("{} ({})", client.arm, share(client));
    let arms: Vec<String> = arms.iter().map(cores).collect();
    format!(
        "A client used almost all the CPU that it can use: {}. These times are mostly the client's \
         own work, not the network or the server. Measure on the kind of machine on which the code \
         will run; a faster one gives other ratios.",
        arms.join(", ")
    )
}

fn share(client: &BusyClient) -> String {
    format!("{} of {}", plain(client.cores), counted(client.usable_cores, "core"))
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{arm, assert_short, long_arm};
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn states_the_used_and_the_usable_cores() {
        let client = |name, cores, usable_cores| BusyClient { arm: name, cores, usable_cores };
        let mut found = ClientCpu { arms: vec![client(arm("a/x@4"), 0.81, 1)] };
        assert_snapshot!(short(&found), @"client CPU at its limit (a/x@4: 0.810 of 1 core): ratios hold here only");
        found.arms.push(client(long_arm(), 1.61, 2));
        assert_snapshot!(sentence(&found), @"A client used almost all the CPU that it can use: a/x@4 (0.810 of 1 core), requests/threads:context=shared,session=warm,workers=12@1000#delay (1.61 of 2 cores). These times are mostly the client's own work, not the network or the server. Measure on the kind of machine on which the code will run; a faster one gives other ratios.");
        assert_short(&short(&found));
        found.arms.remove(0);
        assert_short(&short(&found));
    }
}
