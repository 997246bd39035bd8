//! The words of `unequal_facts`.

use explain::caveats::UnequalFacts;

use super::unequal_fact;

pub(super) const TITLE: &str = "The arms differ in a setting that is known to change times";

pub(super) const PAGE: &str = "\
# unequal_facts

The arms differ in a setting that is known to change times.

## What it means

The arms do different work by their settings: only some verify certificates, keep connections, ask
for compression, follow redirects or read bodies. The ratio of such arms includes that difference.
It takes no verdict away, because the difference may be what you want to measure.

## How it is detected

Drivers report their settings, and the endpoint observes what happened. A setting is reported only
if it changed something in this run: compression only with a server that may compress, redirects
only if there was one. What the endpoint observed overrules what a driver reports.

## What to do

- `compression`: request the same from all clients with `-H 'Accept-Encoding: identity'`.
- `verification`: verify in all clients, or in none with `-k`.
- `connections`: send all requests of a batch over one session.
- `session`: open the session in each batch, or keep it in all arms with `session=warm`.
- `redirects`: measure the URL to which the redirect leads.
- `bodies`: read every body to its end.
";

pub(super) fn short(UnequalFacts(unequal): &UnequalFacts) -> String {
    unequal_fact::short(unequal)
}

pub(super) fn sentence(UnequalFacts(unequal): &UnequalFacts) -> String {
    unequal_fact::sentence(unequal)
}

#[cfg(test)]
mod tests {
    use super::super::unequal_fact::testing::unequal;
    use super::*;
    use explain::caveats::TimingFact;
    use insta::assert_snapshot;

    #[test]
    fn states_the_setting_of_each_arm() {
        let found = UnequalFacts(unequal(TimingFact::Compression, &["gzip", "identity"]));
        assert_snapshot!(sentence(&found), @"The arms ask for different compressions: gzip (a/x); identity (b/y). A compressed body is smaller, and costs CPU time on both sides. Ask for the same with -H 'Accept-Encoding: identity'.");
        assert_snapshot!(short(&found), @"compressions differ: use -H 'Accept-Encoding: identity'");
    }
}
