//! The words of `unequal_protocols`.

use explain::caveats::UnequalProtocols;

use super::unequal_fact;

pub(super) const TITLE: &str = "The arms used different protocols or TLS settings";

pub(super) const PAGE: &str = "\
# unequal_protocols

The arms used different protocols or TLS settings.

## What it means

HTTP/2 instead of HTTP/1.1, TLS 1.2 instead of 1.3, or a resumed TLS session instead of a full
handshake: each changes round trips or CPU time. The ratio of such arms includes that difference.
It takes no verdict away, because the difference may be what you want to measure.

## How it is detected

The endpoint observes what each handshake settled. On a server of your own the drivers report what
they offer. A difference that your conditions ask for, such as `resume=off` on one arm only, is
not reported. With the embedded endpoint, an offer that changed nothing is not reported either.

## What to do

- Set all clients to one protocol and one TLS version.
- Set resumption alike with the condition `resume=off`, where a strategy has it.
- If the difference is what you measure, ignore the caveat.
";

pub(super) fn short(UnequalProtocols(unequal): &UnequalProtocols) -> String {
    unequal_fact::short(unequal)
}

pub(super) fn sentence(UnequalProtocols(unequal): &UnequalProtocols) -> String {
    unequal_fact::sentence(unequal)
}

#[cfg(test)]
mod tests {
    use super::super::unequal_fact::testing::unequal;
    use super::*;
    use explain::caveats::TimingFact;
    use insta::assert_snapshot;

    #[test]
    fn states_the_protocol_of_each_arm() {
        let found = UnequalProtocols(unequal(TimingFact::Http, &["1.1", "2"]));
        assert_snapshot!(sentence(&found), @"The arms used different protocols: 1.1 (a/x); 2 (b/y). The ratio includes the difference of the protocols. Set all clients to one protocol.");
        assert_snapshot!(short(&found), @"protocols differ, 1.1 (a/x); 2 (b/y): set all to one protocol");
    }
}
