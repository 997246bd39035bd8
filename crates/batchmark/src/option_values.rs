//! Reads the numbers of the command line. Each refusal says what to write instead.

use std::net::SocketAddr;
use std::ops::RangeInclusive;

use explain::compare::SlowdownLimit;

use crate::run_request::LARGEST_BATCH;

/// Reads a number of requests.
pub(crate) fn batch_size(text: &str) -> Result<u32, String> {
    whole_number(text, 1..=LARGEST_BATCH, "16")
}

/// Reads a number of blocks.
pub(crate) fn blocks(text: &str) -> Result<u32, String> {
    whole_number(text, 1..=u32::MAX, "30")
}

/// Reads a number of trials, which may be 0.
pub(crate) fn trials(text: &str) -> Result<u32, String> {
    whole_number(text, 0..=u32::MAX, "3")
}

/// Reads the seed of the random order.
pub(crate) fn seed(text: &str) -> Result<u64, String> {
    whole_number(text, 0..=u64::MAX, "1")
}

/// Reads a share: `2%` or `0.02`.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    let (number, unit) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 0.01));
    let share = number.trim().parse::<f64>().map(|number| number * unit);
    share
        .ok()
        .filter(|share| *share > 0.0 && *share < 1.0)
        .ok_or_else(|| "write a share between 0% and 100%, such as 2%".to_owned())
}

/// Reads the limit of a slowdown: `5%` or `0.05`.
pub(crate) fn slowdown(text: &str) -> Result<SlowdownLimit, String> {
    let limit = share(text).ok().and_then(SlowdownLimit::new);
    limit.ok_or_else(|| "write a share between 0% and 100%, such as 5%".to_owned())
}

/// Reads an address with a port.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    let example = "write an IP address and a port, such as 127.0.0.1:8080";
    text.parse().map_err(|_| example.to_owned())
}

fn whole_number<N>(text: &str, range: RangeInclusive<N>, example: &str) -> Result<N, String>
where
    N: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    let number = text.parse().ok().filter(|number| range.contains(number));
    let (least, most) = (range.start(), range.end());
    number.ok_or_else(|| format!("write a whole number from {least} to {most}, such as {example}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_whole_numbers_of_their_range() {
        assert_eq!((batch_size("1"), batch_size("1000000")), (Ok(1), Ok(1_000_000)));
        assert_eq!((blocks("1"), trials("0"), seed("0")), (Ok(1), Ok(0), Ok(0)));
        let sentence = "write a whole number from 1 to 1000000, such as 16";
        for text in ["", "x", "0", "-1", "1.5", " 4", "1000001", "99999999999999999999999"] {
            assert_eq!(batch_size(text), Err(sentence.to_owned()), "{text:?}");
        }
        assert!(blocks("0").is_err() && seed("18446744073709551616").is_err());
    }

    #[test]
    fn reads_shares() {
        assert_eq!(share("2%"), Ok(0.02));
        assert_eq!(share("0.5"), Ok(0.5));
        for text in ["0", "-1%", "100%", "two", "", "nan", "inf"] {
            assert!(share(text).is_err(), "{text:?} was accepted");
        }
    }
}
