//! The words of `unequal_bytes`.

use explain::caveats::{BodySizes, UnequalBytes};

use super::parts::first_that_fits;

pub(super) const TITLE: &str = "Two compared arms read bodies of different sizes";

pub(super) const PAGE: &str = "\
# unequal_bytes

Two compared arms read bodies of different sizes.

## What it means

The two arms did not do the same work: one read more bytes than the other. The verdict on their
ratio is withdrawn.

## How it is detected

The bytes of all bodies of a batch, as the clients report them, are compared between the two arms.
The caveat appears if the ranges over all trials do not overlap. Bodies that vary from trial to
trial need five trials or more.

## What to do

- Request uncompressed bodies from all clients: `-H 'Accept-Encoding: identity'`. Clients that ask
  for compression by default often explain the difference.
- Check that both arms fetch the same URLs and read every body to its end.
";

pub(super) fn short(UnequalBytes { arm, baseline, .. }: &UnequalBytes) -> String {
    first_that_fits([
        format!(
            "{} read {} per batch, {} {}: make both read the same",
            arm.arm,
            bytes(arm),
            baseline.arm,
            bytes(baseline)
        ),
        format!(
            "one arm read {}, another {}: make both read the same",
            bytes(arm),
            bytes(baseline)
        ),
        "two arms read different bodies: make both read the same".to_owned(),
    ])
}

pub(super) fn sentence(UnequalBytes { arm, baseline, sets_encoding }: &UnequalBytes) -> String {
    let remedy = match sets_encoding {
        true => {
            "Accept-Encoding is already set, so check that both fetch the same URLs and read \
                 every body to its end."
        }
        false => {
            "Request uncompressed bodies (-H 'Accept-Encoding: identity'), and check that both \
                  read every body to its end."
        }
    };
    format!(
        "{} read {} of bodies per batch, and {} read {}. They did not fetch the same, so there is no \
         verdict. {remedy}",
        arm.arm,
        bytes(arm),
        baseline.arm,
        bytes(baseline)
    )
}

fn bytes(sizes: &BodySizes) -> String {
    match sizes.least == sizes.most {
        true => format!("{} bytes", sizes.least),
        false => format!("{} to {} bytes", sizes.least, sizes.most),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{arm, assert_short, long_arm};
    use super::*;
    use insta::assert_snapshot;

    fn unequal(sets_encoding: bool) -> UnequalBytes {
        let sizes = |name: &str, least, most| BodySizes { arm: arm(name), least, most };
        let (arm, baseline) = (sizes("b/y@2", 80, 80), sizes("a/x@2", 150, 160));
        UnequalBytes { arm, baseline, sets_encoding }
    }

    #[test]
    fn suggests_a_header_only_if_it_is_not_set() {
        assert_snapshot!(sentence(&unequal(false)), @"b/y@2 read 80 bytes of bodies per batch, and a/x@2 read 150 to 160 bytes. They did not fetch the same, so there is no verdict. Request uncompressed bodies (-H 'Accept-Encoding: identity'), and check that both read every body to its end.");
        assert!(sentence(&unequal(true)).contains("is already set"));
        assert_snapshot!(short(&unequal(false)), @"one arm read 80 bytes, another 150 to 160 bytes: make both read the same");
    }

    #[test]
    fn the_short_line_fits() {
        let long = BodySizes { arm: long_arm(), least: 1 << 40, most: 1 << 41 };
        let found = UnequalBytes { arm: long.clone(), baseline: long, sets_encoding: false };
        assert_short(&short(&found));
    }
}
