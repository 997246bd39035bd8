//! The link: how the embedded endpoint and the network before it behave.
//!
//! The same keys are written after `--link` for a whole run and as conditions of one strategy.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::{BadSpan, Span};

/// The conditions of the emulated link and of the server behind it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// The round trip: each direction is held for half of it.
    pub rtt: Span,
    /// Whether the connections speak TLS.
    pub tls: bool,
    /// How long the server thinks before it answers.
    pub think: Span,
    /// How many bytes a body has, where it is not the natural todo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<u64>,
}

/// The largest body that the endpoint serves: 1 GiB.
pub const LARGEST_BODY: u64 = 1 << 30;

impl Default for Link {
    /// What `batchmark` measures on when nothing is said: TLS, 11 ms round trip.
    fn default() -> Self {
        Self { rtt: Span::from_millis(11), tls: true, think: Span::ZERO, body: None }
    }
}

/// Why a link's setting cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadLink {
    /// The text has no `=`.
    #[error("{0:?} is not a link setting: write KEY=VALUE, such as rtt=11ms")]
    NotASetting(String),
    /// No such key.
    #[error("the link has no setting {0:?}: it knows rtt, tls, think and body")]
    UnknownKey(String),
    /// A time that cannot be read.
    #[error("{key}: {source}")]
    BadTime {
        /// The setting.
        key: String,
        /// What is wrong with its value.
        source: BadSpan,
    },
    /// Neither on nor off.
    #[error("tls is on or off, not {0:?}")]
    BadSwitch(String),
    /// Not a size of a body.
    #[error("body is a number of bytes from 0 to {LARGEST_BODY}, not {0:?}")]
    BadBody(String),
}

impl Link {
    /// The keys of the link's settings.
    pub const KEYS: [&'static str; 4] = ["rtt", "tls", "think", "body"];

    /// Whether `key` is a setting of the link.
    pub fn knows(key: &str) -> bool {
        Self::KEYS.contains(&key)
    }

    /// Changes one setting.
    ///
    /// # Errors
    /// When the key is unknown or the value is not one that it takes.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), BadLink> {
        let time = |value: &str| {
            value.parse().map_err(|source| BadLink::BadTime { key: key.to_owned(), source })
        };
        match key {
            "rtt" => self.rtt = time(value)?,
            "think" => self.think = time(value)?,
            "tls" => {
                self.tls = match value {
                    "on" => true,
                    "off" => false,
                    _ => return Err(BadLink::BadSwitch(value.to_owned())),
                }
            }
            "body" => {
                let bytes = value.parse().ok().filter(|&bytes| bytes <= LARGEST_BODY);
                self.body = Some(bytes.ok_or_else(|| BadLink::BadBody(value.to_owned()))?);
            }
            _ => return Err(BadLink::UnknownKey(key.to_owned())),
        }
        Ok(())
    }
}

impl FromStr for Link {
    type Err = BadLink;

    /// Reads `rtt=11ms,tls=on,think=2ms,body=1000`; what is not named keeps its default.
    fn from_str(text: &str) -> Result<Self, BadLink> {
        let mut link = Self::default();
        for setting in text.split(',').filter(|setting| !setting.is_empty()) {
            let (key, value) =
                setting.split_once('=').ok_or_else(|| BadLink::NotASetting(setting.to_owned()))?;
            link.set(key, value)?;
        }
        Ok(link)
    }
}

impl fmt::Display for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "rtt={},tls={}", self.rtt, if self.tls { "on" } else { "off" })?;
        if !self.think.is_zero() {
            write!(formatter, ",think={}", self.think)?;
        }
        if let Some(bytes) = self.body {
            write!(formatter, ",body={bytes}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_reads_back_as_it_is_written() {
        for text in ["rtt=11ms,tls=on", "rtt=0,tls=off,think=2ms,body=1000"] {
            assert_eq!(text.parse::<Link>().expect("reads").to_string(), text);
        }
        assert_eq!("".parse::<Link>(), Ok(Link::default()));
    }

    #[test]
    fn a_bad_setting_says_what_would_be_good() {
        let sentence = |text: &str| text.parse::<Link>().expect_err("is refused").to_string();
        assert_eq!(
            sentence("rtt"),
            "\"rtt\" is not a link setting: write KEY=VALUE, such as rtt=11ms"
        );
        assert_eq!(
            sentence("ttl=1"),
            "the link has no setting \"ttl\": it knows rtt, tls, think and body"
        );
        assert_eq!(sentence("tls=yes"), "tls is on or off, not \"yes\"");
        assert!(sentence("rtt=11").starts_with("rtt: \"11\" is not a time"));
        assert!(sentence("body=-1").starts_with("body is a number of bytes"));
    }
}
