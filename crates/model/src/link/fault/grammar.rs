//! The grammar of faults: joined by `+`, with parameters after colons, so a list of faults is one value
//! without a comma.

use std::fmt;
use std::str::FromStr;

use super::{Faults, OneIn, Slow, Throttle};
use crate::time::Span;

/// Why a text is not a list of faults.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadFault {
    /// There is no such fault.
    #[error(
        "unknown fault {0:?}: write nagle, slow:K:TIME, throttle:N:TIME, redirect, \
         unauthorized, early-close:K, truncate:K or reset:K, joined by +, or none"
    )]
    Unknown(String),
    /// A parameter of the fault is missing or wrong.
    #[error("{text:?} cannot be read: write {example}")]
    Unreadable {
        /// The typed text.
        text: String,
        /// What to write instead.
        example: &'static str,
    },
    /// A fault is named twice.
    #[error("{0} is named twice")]
    Twice(&'static str),
}

const SLOW: &str = "slow:K:TIME for one request in K, such as slow:8:50ms";
const THROTTLE: &str = "throttle:N:TIME for N requests in each TIME, such as throttle:8:1s";
const EARLY_CLOSE: &str = "early-close:K for one answer in K, such as early-close:4";
const RESET: &str = "reset:K for one request in K, such as reset:4";
const TRUNCATE: &str = "truncate:K for one answer in K, such as truncate:4";

impl FromStr for Faults {
    type Err = BadFault;

    /// Reads `slow:8:50ms+redirect`.
    fn from_str(text: &str) -> Result<Self, BadFault> {
        let mut faults = Self::default();
        for fault in text.split('+') {
            faults.add(fault)?;
        }
        Ok(faults)
    }
}

impl Faults {
    fn add(&mut self, text: &str) -> Result<(), BadFault> {
        let (name, rest) =
            text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
        let unreadable = |example| BadFault::Unreadable { text: text.to_owned(), example };
        match (name, rest) {
            ("nagle", None) => switch_on(&mut self.nagle, "nagle"),
            ("redirect", None) => switch_on(&mut self.redirect, "redirect"),
            ("unauthorized", None) => switch_on(&mut self.unauthorized, "unauthorized"),
            ("slow", rest) => {
                let slow = rest.and_then(slow).ok_or_else(|| unreadable(SLOW))?;
                fill(&mut self.slow, slow, "slow")
            }
            ("throttle", rest) => {
                let throttle = rest.and_then(throttle).ok_or_else(|| unreadable(THROTTLE))?;
                fill(&mut self.throttle, throttle, "throttle")
            }
            ("early-close", rest) => {
                let one_in = rest.and_then(one_in).ok_or_else(|| unreadable(EARLY_CLOSE))?;
                fill(&mut self.early_close, one_in, "early-close")
            }
            ("truncate", rest) => {
                let one_in = rest.and_then(one_in).ok_or_else(|| unreadable(TRUNCATE))?;
                fill(&mut self.truncate, one_in, "truncate")
            }
            ("reset", rest) => {
                let one_in = rest.and_then(one_in).ok_or_else(|| unreadable(RESET))?;
                fill(&mut self.reset, one_in, "reset")
            }
            _ => Err(BadFault::Unknown(text.to_owned())),
        }
    }
}

fn switch_on(switch: &mut bool, name: &'static str) -> Result<(), BadFault> {
    if std::mem::replace(switch, true) { Err(BadFault::Twice(name)) } else { Ok(()) }
}

fn fill<T>(slot: &mut Option<T>, value: T, name: &'static str) -> Result<(), BadFault> {
    if slot.replace(value).is_some() { Err(BadFault::Twice(name)) } else { Ok(()) }
}

fn one_in(text: &str) -> Option<OneIn> {
    text.parse().ok().map(OneIn)
}

fn slow(text: &str) -> Option<Slow> {
    let (one, time) = text.split_once(':')?;
    Some(Slow { one_in: one_in(one)?, time: some_time(time)? })
}

fn throttle(text: &str) -> Option<Throttle> {
    let (requests, window) = text.split_once(':')?;
    Some(Throttle { requests: requests.parse().ok()?, window: some_time(window)? })
}

fn some_time(text: &str) -> Option<Span> {
    text.parse().ok().filter(|time: &Span| !time.is_zero())
}

impl fmt::Display for OneIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Display for Faults {
    /// Writes the faults as they are typed, always in the same order.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults = [
            self.nagle.then(|| "nagle".to_owned()),
            self.slow.map(|slow| format!("slow:{}:{}", slow.one_in, slow.time)),
            self.throttle
                .map(|throttle| format!("throttle:{}:{}", throttle.requests, throttle.window)),
            self.redirect.then(|| "redirect".to_owned()),
            self.unauthorized.then(|| "unauthorized".to_owned()),
            self.early_close.map(|one_in| format!("early-close:{one_in}")),
            self.truncate.map(|one_in| format!("truncate:{one_in}")),
            self.reset.map(|one_in| format!("reset:{one_in}")),
        ];
        let faults: Vec<String> = faults.into_iter().flatten().collect();
        formatter.write_str(&faults.join("+"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_written_faults() {
        for text in [
            "nagle",
            "slow:8:50ms",
            "throttle:8:1s",
            "redirect",
            "unauthorized",
            "early-close:4",
            "truncate:3",
            "reset:5",
            "nagle+slow:8:50ms+throttle:8:1s+redirect+unauthorized+early-close:4+truncate:3+reset:5",
        ] {
            assert_eq!(text.parse::<Faults>().expect("reads").to_string(), text);
        }
        assert_eq!("redirect+nagle".parse::<Faults>(), "nagle+redirect".parse());
    }

    #[test]
    fn explains_a_bad_fault() {
        let sentence = |text: &str| text.parse::<Faults>().expect_err("is refused").to_string();
        for unknown in ["", "nagel", "nagle:1", "redirect:", "slow:2:1ms+", "nagle redirect"] {
            assert!(sentence(unknown).starts_with("unknown fault \""), "{unknown}");
        }
        assert!(sentence("nagel").ends_with("truncate:K or reset:K, joined by +, or none"));
        for bad in ["slow", "slow:8", "slow:0:1ms", "slow:8:50", "slow:8:0", "slow:8:1ms:2"] {
            assert_eq!(
                sentence(bad),
                format!(
                    "{bad:?} cannot be read: write slow:K:TIME for one request in K, such as slow:8:50ms"
                )
            );
        }
        assert!(sentence("throttle:8").ends_with("such as throttle:8:1s"));
        assert!(sentence("throttle:0:1s").ends_with("such as throttle:8:1s"));
        assert!(sentence("early-close").ends_with("such as early-close:4"));
        assert!(sentence("truncate:-1").ends_with("such as truncate:4"));
        assert!(sentence("reset:0").ends_with("such as reset:4"));
        assert_eq!(sentence("nagle+nagle"), "nagle is named twice");
        assert_eq!(sentence("slow:2:1ms+slow:3:1ms"), "slow is named twice");
    }
}
